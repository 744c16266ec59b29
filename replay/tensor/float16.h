// Half precision: one code to a float and back, and whole buffers.
//
//   f16_from_f32(1.0F)           // 0x3c00
//   f32_from_f16(0x0001)         // 2^-24: subnormal numbers are kept
//   f16_from_f32(values, bytes)  // a buffer; the NPU's constants are the nearest halves of f32
//
// IEEE 754 binary16, rounded to nearest, ties to even: what the vendor's compiler does to weights
// (85 of 85 tensors) and what the NPU stores. Each of the 65,536 codes survives the way to f32 and
// back: infinities, signed zeros and the payload of NaNs included. No table and no instruction of
// a particular processor is needed; the loops over buffers are written to be vectorised.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "regdb/error.h"

namespace npuscope {

// Larger magnitudes than 65504 become infinite where rounding says so (from 65520 on); a NaN stays
// a NaN with the upper bits of its payload.
[[nodiscard]] constexpr std::uint16_t f16_from_f32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  // Normal: rebias the exponent by 127 - 15, and round the 13 lost bits to nearest even.
  const std::uint32_t odd = (magnitude >> 13U) & 1U;
  const std::uint32_t normal = (magnitude - (112U << 23U) + 0xfffU + odd) >> 13U;
  // Below 2^-14 the lost bits depend on the exponent. Adding 0.5, whose last bit is worth 2^-24,
  // lets the float unit round them.
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3f000000U;
  const std::uint32_t payload = (magnitude >> 13U) & 0x3ffU;
  const std::uint32_t nan = 0x7c00U | (payload == 0 ? 0x200U : payload);
  const std::uint32_t huge = magnitude > 0x7f800000U ? nan : 0x7c00U;
  const std::uint32_t finite = magnitude < (113U << 23U) ? subnormal : normal;
  const std::uint32_t code = magnitude >= 0x477ff000U ? huge : finite;  // 65520
  return static_cast<std::uint16_t>(code | ((bits >> 16U) & 0x8000U));
}

// Rounded once: by way of f32 as f64 is, a tie could be rounded twice. Rounding to odd first keeps
// every bit that the second step looks at.
[[nodiscard]] constexpr std::uint16_t f16_from_f64(double value) {
  auto narrow = static_cast<float>(value);
  if (value != value || static_cast<double>(narrow) == value) return f16_from_f32(narrow);
  auto bits = std::bit_cast<std::uint32_t>(narrow);
  const double distance = value < 0 ? -value : value;
  if (static_cast<double>(narrow < 0 ? -narrow : narrow) > distance) --bits;  // towards zero
  return f16_from_f32(std::bit_cast<float>(bits | 1U));
}

// Exact for every code.
[[nodiscard]] constexpr float f32_from_f16(std::uint16_t code) {
  const std::uint32_t magnitude = code & 0x7fffU;
  const std::uint32_t shifted = magnitude << 13U;
  // A subnormal is its number times 2^-24: placed in the mantissa of 2^-14, which is subtracted.
  const auto subnormal = std::bit_cast<std::uint32_t>(
      std::bit_cast<float>(shifted | (113U << 23U)) - std::bit_cast<float>(113U << 23U));
  const std::uint32_t special = shifted | 0x7f800000U;
  const std::uint32_t finite = magnitude < 0x400U ? subnormal : shifted + (112U << 23U);
  const std::uint32_t bits = magnitude >= 0x7c00U ? special : finite;
  return std::bit_cast<float>(bits | (static_cast<std::uint32_t>(code & 0x8000U) << 16U));
}

// Buffers: codes are 2 bytes each, little-endian, at any alignment. An Error (usage) unless there
// are two bytes for each value.
[[nodiscard]] Result<void> f16_from_f32(std::span<const float> values, std::span<std::byte> codes);
[[nodiscard]] Result<void> f32_from_f16(std::span<const std::byte> codes, std::span<float> values);

}  // namespace npuscope
