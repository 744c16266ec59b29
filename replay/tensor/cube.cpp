#include "replay/tensor/cube.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/tensor/cells.h"
#include "replay/tensor/sizes.h"

namespace npuscope {

namespace {

CubeLayout cube_with(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                     std::uint32_t width, std::uint64_t surface_cells) {
  CubeLayout layout;
  layout.element_bytes = bytes_of(kind);
  layout.channels = channels;
  layout.height = height;
  layout.width = width;
  layout.surfaces = static_cast<std::uint32_t>(parts_of(channels, lanes_per_cell(kind)));
  layout.row_pitch = size_product({width, cell_bytes});
  layout.surface_pitch = size_product({surface_cells, cell_bytes});
  layout.group_pitch = layout.surface_pitch;
  return layout;
}

// Valid only for a checked layout.
std::uint64_t surface_offset(const CubeLayout& layout, std::uint64_t surface) {
  const std::uint64_t group = surface / layout.group_surfaces;
  const std::uint64_t member = surface % layout.group_surfaces;
  return size_sum(layout.base, size_sum(size_product({group, layout.group_pitch}),
                                        size_product({member, layout.surface_pitch})));
}

// The surface that begins last: the last one, or the last of the last complete group.
std::uint64_t last_surface_offset(const CubeLayout& layout) {
  const std::uint64_t last = layout.surfaces - std::uint64_t{1};
  const std::uint64_t group = last / layout.group_surfaces;
  const std::uint64_t offset = surface_offset(layout, last);
  if (group == 0) return offset;
  return std::max(offset, surface_offset(layout, group * layout.group_surfaces - 1));
}

bool empty(const CubeLayout& layout) {
  return layout.channels == 0 || layout.height == 0 || layout.width == 0 || layout.surfaces == 0 ||
         layout.group_surfaces == 0;
}

Result<void> check(const CubeLayout& layout, std::size_t plain, std::size_t memory) {
  if (layout.element_bytes != 1 && layout.element_bytes != 2 && layout.element_bytes != 4)
    return wrong_usage(
        fmt::format("elements of a cube have 1, 2 or 4 bytes, not {}", layout.element_bytes));
  if (empty(layout))
    return wrong_usage(fmt::format(
        "a cube of {} channels, {}x{} pixels, {} surfaces in groups of "
        "{} is empty",
        layout.channels, layout.height, layout.width, layout.surfaces, layout.group_surfaces));
  const std::uint64_t needed = parts_of(layout.channels, cell_bytes / layout.element_bytes);
  if (needed > layout.surfaces)
    return wrong_usage(fmt::format("{} channels of {} bytes need {} surfaces, the cube has {}",
                                   layout.channels, layout.element_bytes, needed, layout.surfaces));
  const std::uint64_t surplus =
      size_product({layout.surfaces - needed, layout.height, layout.width, cell_bytes});
  if (surplus > memory)
    return wrong_usage(fmt::format("{} surfaces without a channel have {} bytes, the memory has {}",
                                   layout.surfaces - needed, surplus, memory));
  if (plain_bytes_of(layout) != plain)
    return wrong_usage(fmt::format("the plain image of the cube has {} bytes, {} were given",
                                   plain_bytes_of(layout), plain));
  if (bytes_of(layout) > memory)
    return wrong_usage(
        fmt::format("the cube reaches to byte {}, the memory has {}", bytes_of(layout), memory));
  return {};
}

LaneSteps steps_of(const CubeLayout& layout, PlainOrder order) {
  const std::size_t element = layout.element_bytes;
  if (order == PlainOrder::nhwc) return {element, element * layout.channels};
  return {element * layout.height * layout.width, element};
}

// Calls visit(lanes, byte of memory, byte of the plain image, pixels) for each contiguous run of
// pixels: whole surfaces where rows follow without a gap, else rows.
template <typename Visit>
void for_each_run(const CubeLayout& layout, LaneSteps steps, std::uint32_t surface,
                  const Visit& visit) {
  const std::uint32_t lanes = cell_bytes / layout.element_bytes;
  const bool contiguous = layout.row_pitch == std::uint64_t{layout.width} * cell_bytes;
  const std::uint64_t rows = contiguous ? 1 : layout.height;
  const std::size_t pixels =
      contiguous ? std::size_t{layout.width} * layout.height : std::size_t{layout.width};
  const std::uint64_t channel = std::uint64_t{surface} * lanes;
  const std::uint64_t real =
      channel >= layout.channels ? 0 : std::min<std::uint64_t>(lanes, layout.channels - channel);
  const std::uint64_t begin = surface_offset(layout, surface);
  for (std::uint64_t row = 0; row < rows; ++row)
    visit(static_cast<std::uint32_t>(real), begin + row * layout.row_pitch,
          real == 0 ? 0 : channel * steps.channel + row * layout.width * steps.pixel, pixels);
}

}  // namespace

std::uint64_t padded_surface_cells(std::uint32_t height, std::uint32_t width) {
  const std::uint64_t cells = std::uint64_t{height} * width;
  return cells == 1 ? 1 : rounded_up(cells, 4);
}

CubeLayout padded_cube(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                       std::uint32_t width) {
  return cube_with(kind, channels, height, width, padded_surface_cells(height, width));
}

CubeLayout dense_cube(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                      std::uint32_t width) {
  return cube_with(kind, channels, height, width, std::uint64_t{height} * width);
}

std::uint64_t bytes_of(const CubeLayout& layout) {
  if (empty(layout)) return layout.base;
  const std::uint64_t in_surface =
      size_sum(size_product({layout.height - std::uint64_t{1}, layout.row_pitch}),
               size_product({layout.width, cell_bytes}));
  return size_sum(last_surface_offset(layout), in_surface);
}

std::uint64_t allocation_of(const CubeLayout& layout) {
  if (empty(layout)) return layout.base;
  const std::uint64_t groups = parts_of(layout.surfaces, layout.group_surfaces);
  const std::uint64_t whole = groups == 1 ? size_product({layout.surfaces, layout.surface_pitch})
                                          : size_product({groups, layout.group_pitch});
  return std::max(bytes_of(layout), size_sum(layout.base, whole));
}

std::uint64_t plain_bytes_of(const CubeLayout& layout) {
  return size_product({layout.channels, layout.height, layout.width, layout.element_bytes});
}

Result<void> pack_cube(const CubeLayout& layout, std::span<const std::byte> plain, PlainOrder order,
                       std::uint32_t fill, std::span<std::byte> memory) {
  if (auto fits = check(layout, plain.size(), memory.size()); !fits) return fits;
  const LaneSteps steps = steps_of(layout, order);
  for (std::uint32_t surface = layout.surfaces; surface-- > 0;)
    for_each_run(layout, steps, surface,
                 [&](std::uint32_t lanes, std::uint64_t cell, std::uint64_t from, std::size_t n) {
                   pack_cells(layout.element_bytes, plain.data() + from, steps, lanes, n, fill,
                              memory.data() + cell);
                 });
  return {};
}

Result<void> unpack_cube(const CubeLayout& layout, std::span<const std::byte> memory,
                         PlainOrder order, std::span<std::byte> plain) {
  if (auto fits = check(layout, plain.size(), memory.size()); !fits) return fits;
  const LaneSteps steps = steps_of(layout, order);
  const std::uint64_t lanes_per_surface = cell_bytes / layout.element_bytes;
  const auto surfaces = static_cast<std::uint32_t>(parts_of(layout.channels, lanes_per_surface));
  for (std::uint32_t surface = 0; surface < surfaces; ++surface)
    for_each_run(layout, steps, surface,
                 [&](std::uint32_t lanes, std::uint64_t cell, std::uint64_t to, std::size_t n) {
                   unpack_cells(layout.element_bytes, memory.data() + cell, steps, lanes, n,
                                plain.data() + to);
                 });
  return {};
}

}  // namespace npuscope
