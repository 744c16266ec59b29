// What the four readers of DPU_RDMA bring in: the main input of a flying task, operands per channel
// of BS and BN, the operand of the element-wise stage.
//
//   Modelled<RdmaInput> input = read_rdma(rdma, dma);
//   decode_block(input->main, input->main_precision, block, first, count, values);
//
// Source of pitches, interleaving and unpooling: whole vendor models, whose outputs change when one
// of these rules is undone.
#pragma once

#include <vector>

#include "replay/sim/cell_cube.h"
#include "replay/sim/dma.h"
#include "replay/sim/refusal.h"
#include "replay/sim/register_groups.h"

namespace npuscope::sim {

// Operands of channel c, as bits; empty: the record has no such operand.
struct ChannelOperands {
  std::vector<std::uint32_t> addends;
  std::vector<std::int16_t> window_factors;
  std::vector<std::uint16_t> multipliers;
};

struct RdmaInput {
  CellCube main;  // without surfaces unless the task is flying
  Precision main_precision = Precision::f16;
  std::size_t unpooled_rows = 1;  // copies of a line, each in a surface of its own
  ChannelOperands bias_scale, batch_norm;
  bool has_operand = false, operand_per_channel = false;
  CellCube operand;  // per channel: one pixel
};

// Refused: element types that the readers do not know, both per channel and per pixel, cubes that
// no buffer of the hardware's address space could hold.
[[nodiscard]] Modelled<RdmaInput> read_rdma(const RegisterView& rdma, Dma& dma);

}  // namespace npuscope::sim
