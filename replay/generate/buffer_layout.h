// Which buffers a generated program needs, how large they are, and where they lie.
//
//   BufferLayout layout = lay_out(plan, stream);     layout.weight.bytes == 28352
//
// As the vendor's runtime allocates for one convolution: the task table, then "weight" (weights,
// bias, two barrier constants, the commands, a relative copy of the task table), an internal buffer
// that a single convolution does not use, input, output. Device addresses descend in this order,
// sizes rounded up to pages.
#pragma once

#include <cstdint>

#include "replay/generate/stream.h"
#include "replay/generate/tensor_layout.h"

namespace npuscope {

struct PlacedBuffer {
  std::uint64_t bytes = 0;
  std::uint64_t address = 0;
};

struct BufferLayout {
  PlacedBuffer task, weight, internal, input, output, residual;
  // In the weight buffer.
  std::uint64_t bias_offset = 0, barrier_offset = 0, commands_offset = 0, table_copy_offset = 0;

  [[nodiscard]] BaseAddresses bases() const;
};

// Source of sizes and order: 21 allocation tables of public captures, 83 of 83 distances of decoded
// captures. Bias and residual are placed by us. `top` is the address behind the first buffer.
[[nodiscard]] BufferLayout lay_out(const ConvPlan& plan, const CommandStream& stream,
                                   std::uint64_t top);

}  // namespace npuscope
