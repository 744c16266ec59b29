// The records of a convolution as lists of register writes: full ones, short ones that write what
// changed, and the barrier that closes a lane.
//
//   Result<std::vector<std::vector<RecordWrites>>> lanes = conv_records(plan, 2, numbers);
#pragma once

#include <cstdint>
#include <vector>

#include "replay/generate/conv_registers.h"

namespace npuscope {

// One record without its tail.
struct RecordWrites {
  std::vector<RegisterWrite> writes;  // in order; the amount of the task is their number
  std::uint32_t enable_mask = 0;      // OPERATION_ENABLE: which blocks start
  std::uint32_t interrupt_mask = 0;   // the block whose end completes the task
  bool convolution = true;            // else a barrier
};

// The records of each lane of the program for `cores`, without barriers. In a program of one core
// every record from the third on writes only what differs from the record two before: each block
// has two banks of registers that alternate. Records of a general plan, and of nodes with a lookup
// table, are always full.
[[nodiscard]] Result<std::vector<std::vector<RecordWrites>>> conv_records(
    const ConvPlan& plan, unsigned cores, const ConvNumbers& numbers);

// The PPU record that ends each lane of the 2- and 3-core programs: a pooling of one cell of 32
// channels from one constant of 1,024 bytes to another. Its meaning, a barrier between the cores,
// is inferred. Source: 24 equal values in 910 of 910 such records of public models.
[[nodiscard]] RecordWrites barrier_record();

// Bytes of the two constants that a barrier reads and writes: first the destination, then the
// source.
inline constexpr std::uint32_t barrier_tensor_bytes = 0x400;

}  // namespace npuscope
