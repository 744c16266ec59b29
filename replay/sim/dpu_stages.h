// The arithmetic of the DPU on a block: sixteen channels of some pixels.
//
//   apply_stage(config.bias_scale, false, operands, roundings, values, pixels);
//
// V is float in the float pipeline (each operation rounds to f32) or int64_t in the integer one
// (exact; a stage's result saturates to 32 bits, which is inferred and was never needed).
#pragma once

#include <array>

#include "replay/sim/dpu_config.h"
#include "replay/sim/inner_product.h"
#include "replay/sim/lut.h"

namespace npuscope::sim {

// How the integer pipeline rounds; see replay/sim/numerics.h.
struct Roundings {
  Rounding multiply = Rounding::half_up;  // shifts of BS and BN
  Rounding operand = Rounding::half_up;   // of the element-wise operand and product
  Rounding output = Rounding::half_up;    // of the last converter
};

template <typename V>
using Lanes = std::array<V, block_kernels>;

template <typename V>
struct StageOperands {
  Lanes<V> addends{}, multipliers{};
};

// BS adds, then multiplies; BN (`multiplies_first`) multiplies, then adds in the domain of the
// product, then shifts. Then the clip.
template <typename V>
void apply_stage(const StageConfig& config, bool multiplies_first, const StageOperands<V>& operands,
                 const Roundings& roundings, V* values, std::size_t pixels);

// Lookup, then the operation with an operand per value, then the clip.
template <typename V>
void apply_element_wise(const EwConfig& config, const LutConfig& lut, const LutTables& tables,
                        const Roundings& roundings, const V* operands, V* values,
                        std::size_t pixels);

// The operand as the operation needs it: integers may be converted.
void convert_operands(const EwConfig& config, const Roundings& roundings, std::int64_t* operands,
                      std::size_t count);

template <typename V>
void convert_output(const OutputConverter& config, const Roundings& roundings, V* values,
                    std::size_t pixels);

}  // namespace npuscope::sim
