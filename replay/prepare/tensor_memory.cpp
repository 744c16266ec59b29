#include "replay/prepare/tensor_memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <variant>

#include "replay/tensor/cube.h"

namespace npuscope {

namespace {

constexpr std::uint8_t cube_layout_code = 64;
constexpr std::uint64_t most_elements = std::uint64_t{1} << 32U;

struct Cubes {  // one for each image of the batch
  CubeLayout layout;
  std::uint32_t batch = 1;
  std::uint64_t image_bytes = 0;
};
struct Linear {
  std::uint64_t bytes = 0;
};
using Form = std::variant<Cubes, PixelLayout, Linear>;

bool is_input(const Tensor& tensor) {
  return tensor.kind == static_cast<std::uint8_t>(TensorKind::input);
}

bool has_cube_shape(const Tensor& tensor) {
  return tensor.layout == cube_layout_code && tensor.native_shape.size() == 5;
}

// Channels of a cube: native shapes round them up.
Result<Cubes> cubes_of(const Tensor& tensor, std::uint32_t element_bytes, std::uint64_t elements) {
  const auto extent = [&](std::size_t i) {
    return static_cast<std::uint32_t>(tensor.native_shape[i]);
  };
  const std::uint64_t pixels = std::uint64_t{extent(0)} * extent(2) * extent(3);
  if (pixels == 0 || elements % pixels != 0)
    return unreadable(fmt::format("tensor \"{}\": native shape {} does not hold {} elements",
                                  tensor.name, fmt::join(tensor.native_shape, "x"), elements),
                      {});
  Cubes cubes;
  CubeLayout& layout = cubes.layout;
  layout.element_bytes = element_bytes;
  layout.channels = static_cast<std::uint32_t>(elements / pixels);
  layout.height = extent(2);
  layout.width = extent(3);
  const std::uint32_t lanes = cell_bytes / element_bytes;
  layout.surfaces = (layout.channels + lanes - 1) / lanes;
  layout.row_pitch = std::uint64_t{layout.width} * cell_bytes;
  const std::uint64_t cells = is_input(tensor) ? std::uint64_t{layout.height} * layout.width
                                               : padded_surface_cells(layout.height, layout.width);
  layout.surface_pitch = layout.group_pitch = cells * cell_bytes;
  cubes.batch = extent(0);
  cubes.image_bytes = layout.surface_pitch * std::max(extent(1), layout.surfaces);
  return cubes;
}

Result<Form> form_of(const Tensor& tensor) {
  const auto element_bytes = bytes_of_dtype(tensor.dtype);
  if (!element_bytes)
    return unreadable(
        fmt::format("tensor \"{}\": element type {} is not known", tensor.name, tensor.dtype), {});
  const auto elements = elements_of_shape(tensor.logical_shape);
  const auto stored = elements_of_shape(tensor.native_shape);
  if (!elements || !stored)
    return unreadable(fmt::format("tensor \"{}\": shape {} is impossible", tensor.name,
                                  fmt::join(tensor.logical_shape, "x")),
                      {});
  if (const auto pixels = pixels_of(tensor)) return *pixels;
  if (!has_cube_shape(tensor)) return Linear{*elements * *element_bytes};
  auto cubes = cubes_of(tensor, *element_bytes, *elements);
  if (!cubes) return tl::unexpected(cubes.error());
  return *cubes;
}

struct Size {
  std::uint64_t operator()(const Cubes& cubes) const {
    return (cubes.batch - 1) * cubes.image_bytes + npuscope::bytes_of(cubes.layout);
  }
  std::uint64_t operator()(const PixelLayout& pixels) const { return npuscope::bytes_of(pixels); }
  std::uint64_t operator()(const Linear& linear) const { return linear.bytes; }
};

Result<Form> form_in(const Tensor& tensor, std::size_t memory) {
  auto form = form_of(tensor);
  if (!form) return form;
  if (const std::uint64_t bytes = std::visit(Size{}, *form); bytes > memory)
    return wrong_usage(
        fmt::format("tensor \"{}\" takes {} bytes, its memory has {}", tensor.name, bytes, memory));
  return form;
}

std::uint64_t plain_bytes(const Tensor& tensor) {
  return *elements_of_shape(tensor.logical_shape) * *bytes_of_dtype(tensor.dtype);
}

}  // namespace

std::optional<std::uint32_t> bytes_of_dtype(std::uint8_t dtype) {
  const std::string_view name = name_of_dtype(dtype);
  if (name == "i64" || name == "u64") return 8;
  if (name == "f32" || name == "i32" || name == "u32") return 4;
  if (name == "f16" || name == "i16" || name == "u16") return 2;
  if (name == "i8" || name == "u8" || name == "bool") return 1;
  return std::nullopt;
}

std::optional<std::uint64_t> elements_of_shape(std::span<const std::int32_t> shape) {
  std::uint64_t elements = 1;
  for (const std::int32_t extent : shape) {
    if (extent < 0) return std::nullopt;
    elements *= static_cast<std::uint32_t>(extent);
    if (elements > most_elements) return std::nullopt;
  }
  return elements;
}

std::optional<PixelLayout> pixels_of(const Tensor& tensor) {
  const std::vector<std::int32_t>& shape = tensor.native_shape;
  const auto bytes = bytes_of_dtype(tensor.dtype);
  if (!is_input(tensor) || !has_cube_shape(tensor) || !bytes || *bytes > 2) return std::nullopt;
  if (shape[0] != 1 || shape[1] != 1 || shape[2] < 1 || shape[3] < 1 || shape[4] < 1 ||
      shape[4] > 4)
    return std::nullopt;
  return pixel_layout(*bytes == 2 ? ElementKind::f16 : ElementKind::i8,
                      static_cast<std::uint32_t>(shape[4]), static_cast<std::uint32_t>(shape[2]),
                      static_cast<std::uint32_t>(shape[3]));
}

std::uint32_t row_pitch_in_pixels(const PixelLayout& layout) {
  return static_cast<std::uint32_t>(layout.row_pitch / layout.channels / layout.element_bytes);
}

Result<std::vector<std::byte>> read_tensor(const Tensor& tensor,
                                           std::span<const std::byte> memory) {
  const auto form = form_in(tensor, memory.size());
  if (!form) return tl::unexpected(form.error());
  std::vector<std::byte> plain(plain_bytes(tensor));
  if (const auto* linear = std::get_if<Linear>(&*form)) {
    std::ranges::copy(memory.first(linear->bytes), plain.begin());
    return plain;
  }
  if (const auto* pixels = std::get_if<PixelLayout>(&*form)) {
    if (auto done = unpack_pixels(*pixels, memory, PlainOrder::nchw, plain); !done)
      return tl::unexpected(done.error());
    return plain;
  }
  const auto& cubes = std::get<Cubes>(*form);
  const std::size_t image = plain_bytes_of(cubes.layout);
  for (std::uint32_t n = 0; n < cubes.batch; ++n)
    if (auto done = unpack_cube(cubes.layout, memory.subspan(n * cubes.image_bytes),
                                PlainOrder::nchw, std::span(plain).subspan(n * image, image));
        !done)
      return tl::unexpected(done.error());
  return plain;
}

Result<void> write_tensor(const Tensor& tensor, std::span<const std::byte> plain,
                          std::span<std::byte> memory) {
  const auto form = form_in(tensor, memory.size());
  if (!form) return tl::unexpected(form.error());
  if (plain.size() != plain_bytes(tensor))
    return wrong_usage(fmt::format("tensor \"{}\" has {} bytes, {} were given", tensor.name,
                                   plain_bytes(tensor), plain.size()));
  if (std::holds_alternative<Linear>(*form)) {
    std::ranges::copy(plain, memory.begin());
    return {};
  }
  if (const auto* pixels = std::get_if<PixelLayout>(&*form))
    return pack_pixels(*pixels, plain, PlainOrder::nchw, memory);
  const auto& cubes = std::get<Cubes>(*form);
  const std::size_t image = plain_bytes_of(cubes.layout);
  for (std::uint32_t n = 0; n < cubes.batch; ++n)
    if (auto done = pack_cube(cubes.layout, plain.subspan(n * image, image), PlainOrder::nchw, 0,
                              memory.subspan(n * cubes.image_bytes));
        !done)
      return done;
  return {};
}

Result<std::uint64_t> memory_of(const Tensor& tensor) {
  const auto form = form_of(tensor);
  if (!form) return tl::unexpected(form.error());
  return std::visit(Size{}, *form);
}

}  // namespace npuscope
