// What the registers of the DPU ask its stages to do, in plain numbers.
//
//   Modelled<DpuConfig> config = dpu_config(dpu);
//   if (config->bias_scale.adds) ...
//
// A stage whose configuration register was never written counts as bypassed.
#pragma once

#include <array>
#include <cstdint>

#include "replay/sim/numerics.h"
#include "replay/sim/refusal.h"
#include "replay/sim/register_groups.h"

namespace npuscope::sim {

// BS and BN: an addition, a multiplication, a clip. All false: bypassed.
struct StageConfig {
  bool adds = false, subtracts = false, add_from_memory = false;
  bool multiplies = false, multiply_from_memory = false;
  bool negative_only = false;  // PReLU: multiplies negative values only
  [[nodiscard]] bool computes() const { return adds || multiplies || relu; }
  bool relu = false, relu_limited = false;
  std::uint32_t addend = 0;      // bits: f32 or int32
  std::uint16_t multiplier = 0;  // bits: f16, or an unsigned number
  unsigned shift = 0, shift_negative = 0;
  std::uint32_t limit = 0;  // bits: f32 or int32
};

enum class EwOperation : std::uint8_t {
  none,
  maximum,
  minimum,
  add,
  divide,
  subtract,
  absolute,
  negate,
  floor,
  ceiling,
  multiply,
};

struct EwConfig {
  bool look_up = false;
  EwOperation operation = EwOperation::none;
  bool from_memory = false;
  bool negative_only = false;
  std::uint32_t operand_bytes = 0;          // EDATA_SIZE: 1, 2, 4; 0: none stated
  std::array<std::uint32_t, 8> operands{};  // of registers
  bool converts = false;                    // the operand: integer tasks only
  bool offset_first = false;
  std::int32_t offset = 0;
  std::uint16_t scale = 0;
  unsigned shift = 0;
  unsigned truncate = 0;  // of the product
  bool relu = false, relu_limited = false;
  std::uint32_t limit = 0;
};

struct LutConfig {
  std::int32_t low_start = 0, high_start = 0, high_end = 0;
  unsigned low_select = 0, high_select = 0;  // a step is 2^select
  std::int32_t underflow_slope = 0, overflow_slope = 0;
  unsigned underflow_shift = 0, overflow_shift = 0;
  std::uint32_t configuration = 0;  // LUT_CFG
};

struct OutputConverter {
  std::int32_t offset = 0;
  std::uint16_t scale = 0;
  unsigned shift = 0;
  unsigned minus_exponent = 0;
  bool float_scaling = false;  // CVT_TYPE or MINUS_EXP: offset and exponent apply to floats
};

struct StoreConfig {
  std::uint32_t address = 0;
  std::uint32_t surface_stride = 0, surface_add = 0;       // cells
  std::uint32_t group_surfaces = 1;                        // E
  std::uint32_t notch = 0;                                 // cells
  bool transposes_channels = false;                        // TP_ORG_EN
  bool transposes_columns = false;                         // TP_EN
  bool wide_transpose = false;                             // TP_PRECISION: 16 bit
  std::uint32_t blocks_x = 1, blocks_y = 1, blocks_c = 1;  // counters of transposed stores
};

struct DpuConfig {
  bool flying = false;   // main input from memory
  bool integer = false;  // pipeline
  Precision output = Precision::f16;
  std::uint32_t width = 1, height = 1, channels = 1;
  bool adds_window_sums = false;  // OD_BYPASS 0
  bool window_factor_from_memory = false;
  std::int32_t window_factor = 0;
  StageConfig bias_scale, batch_norm;
  EwConfig element_wise;
  LutConfig lut;
  OutputConverter converter;
  StoreConfig store;

  // False: no stage changes a value, the task is a copy.
  [[nodiscard]] bool computes() const;
};

// Refused: precisions that the pipelines do not know, operations without a known meaning,
// regrouping, output to the PPU.
[[nodiscard]] Modelled<DpuConfig> dpu_config(const RegisterView& dpu);

}  // namespace npuscope::sim
