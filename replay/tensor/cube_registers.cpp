#include "replay/tensor/cube_registers.h"

#include <fmt/format.h>

#include "replay/tensor/sizes.h"
#include "replay/tensor/weight_tuples.h"

namespace npuscope {

namespace {

constexpr std::uint32_t largest_size_e = 7;  // three bits of 4050

Result<CubeLayout> cube_with(std::uint32_t element_bytes, std::uint32_t channels,
                             std::uint32_t height, std::uint32_t width) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4)
    return wrong_usage(
        fmt::format("elements of a cube have 1, 2 or 4 bytes, not {}", element_bytes));
  if (channels == 0 || height == 0 || width == 0)
    return wrong_usage(
        fmt::format("a cube of {} channels and {}x{} pixels is empty", channels, height, width));
  CubeLayout layout;
  layout.element_bytes = element_bytes;
  layout.channels = channels;
  layout.height = height;
  layout.width = width;
  layout.surfaces = static_cast<std::uint32_t>(parts_of(channels, cell_bytes / element_bytes));
  return layout;
}

}  // namespace

Result<CubeLayout> cube_of(const InputRegisters& r) {
  auto layout = cube_with(r.element_bytes, r.channels, r.height, r.width);
  if (!layout) return layout;
  if (!r.group_line_off && r.line_stride % 4 != 0)
    return wrong_usage(fmt::format(
        "line stride {} is no multiple of 4, but four lines are walked at a time", r.line_stride));
  const std::uint32_t walked = r.group_line_off ? r.width : r.line_stride;
  const std::int64_t surface = std::int64_t{walked} + r.surface_stride;
  if (surface < 0)
    return wrong_usage(fmt::format("surface stride {} leads back by more than the {} cells walked",
                                   r.surface_stride, walked));
  const std::uint32_t row = r.group_line_off ? r.line_stride : r.line_stride / 4;
  layout->base = r.base;
  layout->row_pitch = std::uint64_t{row} * cell_bytes;
  layout->surface_pitch = static_cast<std::uint64_t>(surface) * cell_bytes;
  layout->group_pitch = layout->surface_pitch;
  return layout;
}

Result<CubeLayout> cube_of(const OutputRegisters& r) {
  auto layout = cube_with(r.element_bytes, r.channels, r.height, r.width);
  if (!layout) return layout;
  if (r.size_e > largest_size_e)
    return wrong_usage(fmt::format("SIZE_E {} does not fit into its three bits", r.size_e));
  layout->base = r.base;
  layout->row_pitch = (std::uint64_t{r.width} + r.notch) * cell_bytes;
  layout->surface_pitch = std::uint64_t{r.surface_stride} * cell_bytes;
  layout->group_surfaces = r.size_e + 1;
  layout->group_pitch = std::uint64_t{r.surface_add} * cell_bytes;
  return layout;
}

Result<std::uint32_t> size_e_of(ElementKind weights, ElementKind stored, bool depthwise) {
  const auto units = weight_units(weights);
  if (!units) return tl::unexpected(units.error());
  const std::uint32_t unit = depthwise ? units->depthwise_channels : units->kernels;
  if (unit == 0)
    return wrong_usage(
        fmt::format("no depthwise layout is known for weights of {}", name_of(weights)));
  const std::uint32_t surfaces = unit * bytes_of(stored) / cell_bytes;
  if (surfaces > largest_size_e + 1)
    return wrong_usage(fmt::format("{} weights fill {} surfaces of {}, more than SIZE_E can say",
                                   name_of(weights), surfaces, name_of(stored)));
  return surfaces - 1;
}

}  // namespace npuscope
