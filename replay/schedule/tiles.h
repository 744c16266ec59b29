// Which output rows each record makes, and which input rows it reads for them.
//
//   greedy_tiles(shape, 50)   // {0,50} {50,6}: one core, from the top
//   shared_tiles(shape, 50, 3)[1]   // rows of the second of three cores, in turns
#pragma once

#include <cstdint>
#include <vector>

#include "replay/shape/conv_shape.h"

namespace npuscope {

// `count` rows, channels or kernels from `first`.
struct Extent {
  std::uint32_t first = 0, count = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

// The input rows that make some output rows.
struct InputRows {
  std::uint32_t first = 0, count = 0;
  std::uint32_t padding = 0;  // rows of padding above the first
};

[[nodiscard]] InputRows input_rows(const ConvShape& shape, Extent output);

// Output rows of a tile of at most `rows` input rows, `padding` of padding above them; 0: the
// kernel does not fit.
[[nodiscard]] std::uint32_t tile_height(const ConvShape& shape, std::uint32_t rows,
                                        std::uint32_t padding);

// One core: as many rows as fit, from the top. Empty: not even one fits.
[[nodiscard]] std::vector<Extent> greedy_tiles(const ConvShape& shape, std::uint32_t rows);

// Several cores: equal parts, given to the cores in turns; one list for each core. Empty: not even
// one row fits.
[[nodiscard]] std::vector<std::vector<Extent>> shared_tiles(const ConvShape& shape,
                                                            std::uint32_t rows,
                                                            std::uint32_t cores);

// `total` cut into at most `parts` parts that differ by at most one, larger ones first; none is
// empty.
[[nodiscard]] std::vector<Extent> equal_parts(std::uint32_t total, std::uint32_t parts);

}  // namespace npuscope
