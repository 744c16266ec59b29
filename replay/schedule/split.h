// How the work is divided among two or three cores: by output channels, by output rows, or not at
// all.
//
//   choose_split(shape, banks.weights_fit, 3) == Split::rows
//   shared_kernels(shape, 3)      // {0,112} {112,112} {224,96}
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "replay/schedule/tiles.h"

namespace npuscope {

enum class Split : std::uint8_t {
  none,     // the tasks repeat those of the 1-core program
  rows,     // "Y"
  kernels,  // "K", output channels
};

[[nodiscard]] std::string_view name_of(Split split);  // "none", "rows", "kernels"

// Kernels are divided when that is balanced, when rows cannot be, or when it shrinks weights that
// do not fit. A node with a lookup table is never divided.
[[nodiscard]] Split choose_split(const ConvShape& shape, bool weights_fit, unsigned cores);

// The kernels of each core: whole units, the last core takes the remainder. `cores` must not exceed
// the whole units.
[[nodiscard]] std::vector<Extent> shared_kernels(const ConvShape& shape, unsigned cores);

// CONV_CON2[31:28]: which program a record belongs to. 0 one core; 1, 2 rows; 4, 5 kernels.
[[nodiscard]] std::uint32_t family_bits(Split split, unsigned cores);

}  // namespace npuscope
