// Generates the words of a shape, as `npuscope generate` does: schedule, registers, words, task
// table.
//
//   const std::uint64_t words = words_of_shape(shape);      // how many there are
#pragma once

#include <cstdint>

#include "replay/shape/conv_shape.h"

namespace npuscope::bench {

// Ends the program when the shape is refused.
std::uint64_t words_of_shape(const ConvShape& shape);

}  // namespace npuscope::bench
