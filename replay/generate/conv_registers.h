// The register values of one convolution record.
//
//   Result<RecordRegisters> registers = conv_registers(plan, plan.program(1).lanes[0][0], numbers);
//
// Source of every formula: the captures and models that schedules were verified on; 691 decoded
// rows, 7,955 records of models. Addresses are relative to their tensors.
#pragma once

#include "regdb/error.h"
#include "replay/generate/record_registers.h"
#include "replay/schedule/plan.h"

namespace npuscope {

// What comes from the quantisation and not from the schedule. Only i8 uses it; zero points and
// scales as the registers hold them: value = mantissa / 2^shift.
struct ConvNumbers {
  std::int32_t input_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t weight_zero_point = 0;  // of a one-channel head
  std::uint32_t output_scale = 0x4000, output_shift = 14;
  std::int32_t residual_zero_point = 0;
  std::uint32_t residual_scale = 0x4000, residual_shift = 14;
};

// Whether the record reads bias or residual: 122 body words instead of 104, and the DPU_RDMA starts
// with it.
[[nodiscard]] bool reads_operands(const ConvShape& shape);

// An Error names the field that the shape does not fit into.
[[nodiscard]] Result<RecordRegisters> conv_registers(const ConvPlan& plan, const ConvTile& tile,
                                                     const ConvNumbers& numbers);

}  // namespace npuscope
