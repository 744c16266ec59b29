// The arithmetic of the DPU on a block: sixteen channels of some pixels.
//
//   apply_stage(config.bias_scale, false, operands, knobs, values, pixels);
//
// V is float in the float pipeline (each operation rounds to f32) or int64_t in the integer one
// (exact; a stage's result saturates to 32 bits, which is inferred and was never needed).
#pragma once

#include <array>

#include "replay/sim/dpu_config.h"
#include "replay/sim/inner_product.h"
#include "replay/sim/knobs.h"
#include "replay/sim/lut.h"

namespace npuscope::sim {

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
                 const Knobs& knobs, V* values, std::size_t pixels);

// Lookup, then the operation with an operand per value, then the clip.
template <typename V>
void apply_element_wise(const EwConfig& config, const LutConfig& lut, const LutTables& tables,
                        const Knobs& knobs, const V* operands, V* values, std::size_t pixels);

// The operand as the operation needs it: integers may be converted.
void convert_operands(const EwConfig& config, const Knobs& knobs, std::int64_t* operands,
                      std::size_t count);

template <typename V>
void convert_output(const OutputConverter& config, const Knobs& knobs, V* values,
                    std::size_t pixels);

}  // namespace npuscope::sim
