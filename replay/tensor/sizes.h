// Sums and products of sizes that stop at the largest number instead of wrapping around.
//
//   size_product({height, width, 16})        // "too large to fit" when it does not fit in 64 bits
//   if (size_sum(offset, length) > memory.size()) ...
//
// A size of 2^64-1 never fits in a buffer, so one comparison with the buffer is the whole check.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>

namespace npuscope {

inline constexpr std::uint64_t size_too_large = std::numeric_limits<std::uint64_t>::max();

[[nodiscard]] constexpr std::uint64_t size_sum(std::uint64_t a, std::uint64_t b) {
  return a > size_too_large - b ? size_too_large : a + b;
}

[[nodiscard]] constexpr std::uint64_t size_product(std::initializer_list<std::uint64_t> factors) {
  std::uint64_t product = 1;
  for (const std::uint64_t factor : factors) {
    if (factor == 0) return 0;
    product = product > size_too_large / factor ? size_too_large : product * factor;
  }
  return product;
}

// value / unit, rounded up; never overflows.
[[nodiscard]] constexpr std::uint64_t parts_of(std::uint64_t value, std::uint64_t unit) {
  return value / unit + (value % unit == 0 ? 0 : 1);
}

[[nodiscard]] constexpr std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return size_product({parts_of(value, unit), unit});
}

}  // namespace npuscope
