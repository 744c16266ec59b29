// Arithmetic of the fixed-function blocks: precision codes, rounding shifts, saturation, stores.
//
//   rounding_shift(5, 1, Rounding::half_up)      // 3
//   store_f16(65520.0F)                          // 0x7c00: overflow to infinity
//
// No board value pins the rounding of the integer shifts; half up is what the vendor's int8 models
// need in the last converter, and the default of all. Each stage is a knob.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "replay/tensor/float16.h"

namespace npuscope::sim {

// Codes of the precision fields. CNA and CORE know 0..3, 6, 7; DPU and RDMA 0..6.
enum class Precision : std::uint8_t { i8, i16, f16, bf16, i32, f32, i4, tf32 };

[[nodiscard]] constexpr Precision precision_of(std::uint32_t code) {
  return static_cast<Precision>(code & 7U);
}
[[nodiscard]] constexpr std::string_view name_of(Precision precision) {
  constexpr std::string_view names[] = {"i8", "i16", "f16", "bf16", "i32", "f32", "i4", "tf32"};
  return names[static_cast<std::size_t>(precision)];
}
// Bytes of an element in memory; none for int4.
[[nodiscard]] constexpr std::optional<std::uint32_t> bytes_of(Precision precision) {
  switch (precision) {
    case Precision::i8:
      return 1;
    case Precision::i16:
    case Precision::f16:
    case Precision::bf16:
      return 2;
    case Precision::i32:
    case Precision::f32:
    case Precision::tf32:
      return 4;
    case Precision::i4:
      break;
  }
  return std::nullopt;
}

enum class Rounding : std::uint8_t { half_up, truncate, half_even };

// value / 2^shift. Any shift is allowed; from 63 on only the sign could remain, and rounds away.
[[nodiscard]] constexpr std::int64_t rounding_shift(std::int64_t value, unsigned shift,
                                                    Rounding rounding) {
  if (shift == 0) return value;
  if (shift > 62) return rounding == Rounding::truncate && value < 0 ? -1 : 0;
  const std::int64_t floor = value >> shift;
  if (rounding == Rounding::truncate) return floor;
  const std::int64_t rest = value - (floor << shift);  // 0 to 2^shift - 1
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  const bool up = rounding == Rounding::half_up ? rest >= half
                                                : rest > half || (rest == half && (floor & 1) != 0);
  return floor + (up ? 1 : 0);
}

template <typename T>
[[nodiscard]] constexpr T saturate(std::int64_t value) {
  return static_cast<T>(std::clamp<std::int64_t>(value, std::numeric_limits<T>::min(),
                                                 std::numeric_limits<T>::max()));
}

// To nearest even, subnormals kept. Every NaN is stored as the same one, since its payload would
// depend on the order of an instruction's operands.
[[nodiscard]] constexpr std::uint16_t store_f16(float value) {
  return value != value ? std::uint16_t{0x7e00} : f16_from_f32(value);
}
[[nodiscard]] constexpr std::uint32_t store_f32(float value) {
  return value != value ? 0x7fc00000U : std::bit_cast<std::uint32_t>(value);
}

}  // namespace npuscope::sim
