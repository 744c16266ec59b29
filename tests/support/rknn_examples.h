// Synthetic models that obey every consistency rule, to read and to break.
//
//   write_rknn(small_convolution())   // version 6, two nodes, six lists
#pragma once

#include "tests/support/rknn_writer.h"

namespace npuscope::testing {

// A convolution 1x8x4x4 -> 1x16x4x4 in f16 and a copy of its output. List 0 cuts the convolution
// into four rows, of which two are short records; two cores split surfaces, three cores split rows,
// each lane ending in a barrier; the copy's stream is shared by lists 0, 1 and 3.
[[nodiscard]] SyntheticModel small_convolution();

// The whole register set of a block, each word zero but for the pointer register.
[[nodiscard]] std::vector<Word> complete_block(Block block);

// Sets the last write of `offset` in `body`, which must exist.
void set_register(std::vector<Word>& body, std::uint16_t offset, std::uint32_t value);

}  // namespace npuscope::testing
