// A cube between two blocks, cell by cell without gaps: surface by surface, row by row.
//
//   CellCube cube(surfaces, height, width);
//   cube.cell(s, y * width + x)           // 16 bytes: channels of one pixel
//
// Readers gather memory into one, writers scatter it; the arithmetic knows no addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "replay/sim/inner_product.h"
#include "replay/sim/numerics.h"

namespace npuscope::sim {

struct CellCube {
  static constexpr std::size_t cell_bytes = 16;

  CellCube() = default;
  CellCube(std::size_t surface_count, std::size_t rows, std::size_t columns)
      : surfaces(surface_count),
        height(rows),
        width(columns),
        bytes(surface_count * rows * columns * cell_bytes) {}

  std::size_t surfaces = 0, height = 0, width = 0;
  std::vector<std::byte> bytes;

  [[nodiscard]] std::size_t pixels() const { return height * width; }
  [[nodiscard]] std::byte* cell(std::size_t surface, std::size_t pixel) {
    return bytes.data() + (surface * pixels() + pixel) * cell_bytes;
  }
  [[nodiscard]] const std::byte* cell(std::size_t surface, std::size_t pixel) const {
    return bytes.data() + (surface * pixels() + pixel) * cell_bytes;
  }
};

// Channels 16 * block to 16 * block + 15 of pixels [first, first + count) as numbers, pixel by
// pixel. What lies outside the cube is zero. V: float for f16 and f32; int64_t for integers.
template <typename V>
void decode_block(const CellCube& cube, Precision precision, std::size_t block, std::size_t first,
                  std::size_t count, V* values);

// The inverse. Values are stored as they are: rounded to the float format, saturated to the integer
// one; integers stored as f32 or f16 are converted.
template <typename V>
void encode_block(const V* values, Precision precision, std::size_t block, std::size_t first,
                  std::size_t count, CellCube& cube);

}  // namespace npuscope::sim
