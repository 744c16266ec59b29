#include "replay/schedule/tiles.h"

#include <algorithm>

#include "replay/schedule/channels.h"

namespace npuscope {

InputRows input_rows(const ConvShape& shape, Extent output) {
  const std::int64_t begin = std::int64_t{output.first} * shape.stride_y - shape.pad_top;
  const std::int64_t last = (std::int64_t{output.first} + output.count - 1) * shape.stride_y -
                            shape.pad_top + shape.reach_y() - 1;
  InputRows rows;
  rows.first = static_cast<std::uint32_t>(std::clamp<std::int64_t>(begin, 0, shape.in_height - 1));
  rows.count =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(last, rows.first, shape.in_height - 1)) -
      rows.first + 1;
  rows.padding = static_cast<std::uint32_t>(std::max<std::int64_t>(0, -begin));
  return rows;
}

std::uint32_t tile_height(const ConvShape& shape, std::uint32_t rows, std::uint32_t padding) {
  const std::uint32_t available = rows + padding;
  return available < shape.reach_y() ? 0 : (available - shape.reach_y()) / shape.stride_y + 1;
}

// The rows of the last tiles are counted without clipping at the bottom: one public node tells the
// difference.
std::vector<Extent> greedy_tiles(const ConvShape& shape, std::uint32_t rows) {
  const std::uint32_t height = shape.out_height();
  if (rows >= shape.in_height) return {{0, height}};
  std::vector<Extent> tiles;
  for (std::uint32_t y = 0; y < height;) {
    const std::uint32_t fitting = tile_height(shape, rows, input_rows(shape, {y, 1}).padding);
    if (fitting == 0) return {};
    tiles.push_back({y, std::min(fitting, height - y)});
    y += tiles.back().count;
  }
  return tiles;
}

std::vector<Extent> equal_parts(std::uint32_t total, std::uint32_t parts) {
  std::vector<Extent> ranges;
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < parts; ++i) {
    const std::uint32_t count = total / parts + (i < total % parts ? 1 : 0);
    if (count == 0) break;
    ranges.push_back({first, count});
    first += count;
  }
  return ranges;
}

std::vector<std::vector<Extent>> shared_tiles(const ConvShape& shape, std::uint32_t rows,
                                              std::uint32_t cores) {
  // A kernel that reaches over more rows than the whole input has is no reason for small parts.
  const std::uint32_t largest = rows >= shape.in_height && rows < shape.reach_y()
                                    ? shape.out_height()
                                    : tile_height(shape, rows, 0);
  if (largest == 0) return {};
  const std::uint32_t each =
      static_cast<std::uint32_t>(ceil_div(ceil_div(shape.out_height(), cores), largest));
  std::vector<std::vector<Extent>> lanes(cores);
  const std::vector<Extent> parts = equal_parts(shape.out_height(), each * cores);
  for (std::size_t i = 0; i < parts.size(); ++i) lanes[i % cores].push_back(parts[i]);
  return lanes;
}

}  // namespace npuscope
