#include "replay/sim/dpu_stages.h"

#include <bit>
#include <cmath>

namespace npuscope::sim {

namespace {

template <typename V>
V number_of(std::uint32_t bits) {
  if constexpr (std::is_same_v<V, float>)
    return std::bit_cast<float>(bits);
  else
    return static_cast<std::int32_t>(bits);
}

// Keeps the product of the next multiplication inside 64 bits.
template <typename V>
V bounded(V value) {
  if constexpr (std::is_same_v<V, float>)
    return value;
  else
    return saturate<std::int32_t>(value);
}

template <typename V>
void clip(bool relu, bool limited, std::uint32_t limit_bits, V* values, std::size_t count) {
  if (!relu) return;
  const V limit = number_of<V>(limit_bits);
  for (std::size_t i = 0; i < count; ++i) {
    const V value = values[i] < V{0} ? V{0} : values[i];
    values[i] = limited && value > limit ? limit : value;
  }
}

template <typename V>
void add(const StageConfig& config, const Lanes<V>& addends, V* values, std::size_t pixels) {
  if (!config.adds) return;
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t k = 0; k < block_kernels; ++k) {
      V& value = values[p * block_kernels + k];
      value = config.subtracts ? value - addends[k] : value + addends[k];
    }
}

template <typename V>
void multiply(const StageConfig& config, const Lanes<V>& multipliers, V* values,
              std::size_t pixels) {
  if (!config.multiplies) return;
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t k = 0; k < block_kernels; ++k) {
      V& value = values[p * block_kernels + k];
      if (!config.negative_only || value < V{0}) value = value * multipliers[k];
    }
}

void shift(const StageConfig& config, Rounding rounding, std::int64_t* values, std::size_t count) {
  if (!config.multiplies || (config.shift == 0 && config.shift_negative == 0)) return;
  for (std::size_t i = 0; i < count; ++i)
    values[i] =
        rounding_shift(values[i], values[i] < 0 ? config.shift_negative : config.shift, rounding);
}

float operate(EwOperation operation, float main, float operand) {
  switch (operation) {
    case EwOperation::maximum:
      return main < operand ? operand : main;
    case EwOperation::minimum:
      return operand < main ? operand : main;
    case EwOperation::add:
      return main + operand;
    case EwOperation::divide:
      return main / operand;
    case EwOperation::subtract:
      return main - operand;
    case EwOperation::multiply:
      return main * operand;
    case EwOperation::absolute:
      return std::fabs(main);
    case EwOperation::negate:
      return -main;
    case EwOperation::floor:
      return std::floor(main);
    case EwOperation::ceiling:
      return std::ceil(main);
    case EwOperation::none:
      break;
  }
  return main;
}

std::int64_t operate(EwOperation operation, std::int64_t main, std::int64_t operand) {
  switch (operation) {
    case EwOperation::maximum:
      return std::max(main, operand);
    case EwOperation::minimum:
      return std::min(main, operand);
    case EwOperation::add:
      return main + operand;
    case EwOperation::subtract:
      return main - operand;
    case EwOperation::multiply:
      return main * operand;
    case EwOperation::absolute:
      return main < 0 ? -main : main;
    case EwOperation::negate:
      return -main;
    default:  // a division of integers is refused before the task; the others are the identity
      return main;
  }
}

}  // namespace

template <typename V>
void apply_stage(const StageConfig& config, bool multiplies_first, const StageOperands<V>& operands,
                 const Knobs& knobs, V* values, std::size_t pixels) {
  if (!config.adds && !config.multiplies && !config.relu) return;
  const std::size_t count = pixels * block_kernels;
  if (!multiplies_first) add(config, operands.addends, values, pixels);
  if constexpr (!std::is_same_v<V, float>)
    if (!multiplies_first)
      for (std::size_t i = 0; i < count; ++i) values[i] = bounded(values[i]);
  multiply(config, operands.multipliers, values, pixels);
  if (multiplies_first) add(config, operands.addends, values, pixels);
  if constexpr (!std::is_same_v<V, float>) {
    shift(config, knobs.multiply, values, count);
    for (std::size_t i = 0; i < count; ++i) values[i] = bounded(values[i]);
  }
  clip(config.relu, config.relu_limited, config.limit, values, count);
}

template <typename V>
void apply_element_wise(const EwConfig& config, const LutConfig& lut, const LutTables& tables,
                        const Knobs& knobs, const V* operands, V* values, std::size_t pixels) {
  const std::size_t count = pixels * block_kernels;
  const auto look_up = [&] {
    for (std::size_t i = 0; i < count; ++i) values[i] = tables.look_up(lut, values[i]);
  };
  if (config.look_up && !knobs.looks_up_last) look_up();
  if (config.operation != EwOperation::none)
    for (std::size_t i = 0; i < count; ++i) {
      if (config.negative_only && !(values[i] < V{0})) continue;
      values[i] = operate(config.operation, values[i], operands[i]);
      if constexpr (!std::is_same_v<V, float>) {
        if (config.operation == EwOperation::multiply)
          values[i] = rounding_shift(values[i], config.truncate, knobs.operand);
      }
    }
  if (config.look_up && knobs.looks_up_last) look_up();
  clip(config.relu, config.relu_limited, config.limit, values, count);
}

void convert_operands(const EwConfig& config, const Knobs& knobs, std::int64_t* operands,
                      std::size_t count) {
  if (!config.converts) return;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t product = config.offset_first
                                     ? (operands[i] + config.offset) * std::int64_t{config.scale}
                                     : operands[i] * std::int64_t{config.scale} + config.offset;
    operands[i] = saturate<std::int32_t>(rounding_shift(product, config.shift, knobs.operand));
  }
}

template <>
void convert_output(const OutputConverter& config, const Knobs&, float* values,
                    std::size_t pixels) {
  if (!config.float_scaling) return;
  const auto offset = static_cast<float>(config.offset);
  const float factor = std::ldexp(1.0F, -static_cast<int>(config.minus_exponent));
  const float scale = config.scale > 1 ? static_cast<float>(config.scale) : 1.0F;
  for (std::size_t i = 0; i < pixels * block_kernels; ++i) {
    const float shifted = (values[i] + offset) * factor;
    values[i] = shifted * scale;
  }
}

template <>
void convert_output(const OutputConverter& config, const Knobs& knobs, std::int64_t* values,
                    std::size_t pixels) {
  const std::int64_t scale = std::max<std::int64_t>(1, config.scale);
  constexpr std::int64_t most = std::int64_t{1} << 46U;  // times a 16-bit scale fits in 63 bits
  if (scale == 1 && config.shift == 0 && config.offset == 0) return;
  for (std::size_t i = 0; i < pixels * block_kernels; ++i) {
    const std::int64_t value = std::clamp(values[i], -most, most);
    values[i] = rounding_shift(value * scale, config.shift, knobs.output) + config.offset;
  }
}

template void apply_stage(const StageConfig&, bool, const StageOperands<float>&, const Knobs&,
                          float*, std::size_t);
template void apply_stage(const StageConfig&, bool, const StageOperands<std::int64_t>&,
                          const Knobs&, std::int64_t*, std::size_t);
template void apply_element_wise(const EwConfig&, const LutConfig&, const LutTables&, const Knobs&,
                                 const float*, float*, std::size_t);
template void apply_element_wise(const EwConfig&, const LutConfig&, const LutTables&, const Knobs&,
                                 const std::int64_t*, std::int64_t*, std::size_t);

}  // namespace npuscope::sim
