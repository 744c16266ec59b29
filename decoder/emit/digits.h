// Digits into a buffer, as fast as they can be written. Each function returns the new end and may
// write up to 16 bytes beyond it, so the buffer needs that much slack.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace npuscope::digits {

// Eight lower-case hexadecimal digits.
inline char* hex8(char* out, std::uint32_t value) {
  // Spread the nibbles over eight bytes, highest first in memory, then turn 0..15 into '0'..'f' all
  // at once.
  std::uint64_t x = __builtin_bswap32(value);
  x = (x | x << 16U) & 0x0000ffff0000ffffULL;
  x = (x | x << 8U) & 0x00ff00ff00ff00ffULL;
  x = (x >> 4U & 0x000f000f000f000fULL) | (x & 0x000f000f000f000fULL) << 8U;
  const std::uint64_t above_nine = (x + 0x0606060606060606ULL) >> 4U & 0x0101010101010101ULL;
  x += 0x3030303030303030ULL + above_nine * ('a' - '0' - 10);
  std::memcpy(out, &x, 8);
  return out + 8;
}

inline char* hex16(char* out, std::uint64_t value) {
  return hex8(hex8(out, static_cast<std::uint32_t>(value >> 32U)),
              static_cast<std::uint32_t>(value));
}

// "0x" and eight digits; sixteen when the value needs them.
inline char* address(char* out, std::uint64_t value) {
  std::memcpy(out, "0x", 2);
  const auto high = static_cast<std::uint32_t>(value >> 32U);
  out += 2;
  if (high != 0) out = hex8(out, high);
  return hex8(out, static_cast<std::uint32_t>(value));
}

inline char* decimal(char* out, std::uint32_t value) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  char reversed[10];
  int count = 0;
  while (value != 0) {
    reversed[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  while (count > 0) *out++ = reversed[--count];
  return out;
}

inline char* decimal64(char* out, std::uint64_t value) {
  char reversed[20];
  int count = 0;
  do {
    reversed[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) *out++ = reversed[--count];
  return out;
}

// Sixteen characters at once, in whatever vector registers the machine has.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));
using Pairs16 = std::uint16_t __attribute__((vector_size(16)));
using Bytes8 = std::uint8_t __attribute__((vector_size(8)));
using Halves16 = std::uint64_t __attribute__((vector_size(16)));

// The value of sixteen hexadecimal digits of either case; false if one of them is none.
inline bool read_hex16(Bytes16 text, std::uint64_t& value) {
  const Bytes16 digit = text - std::uint8_t{'0'};
  const Bytes16 letter = (text | std::uint8_t{0x20}) - std::uint8_t{'a'};
  const auto is_digit = reinterpret_cast<Bytes16>(digit < std::uint8_t{10});  // 0xff where true
  const auto is_letter = reinterpret_cast<Bytes16>(letter < std::uint8_t{6});
  const Bytes16 nibbles = (digit & is_digit) | ((letter + std::uint8_t{10}) & is_letter);
  const auto valid = reinterpret_cast<Halves16>(is_digit | is_letter);
  // The first of two characters is the low byte of its pair and the high nibble of its byte.
  const auto pairs = reinterpret_cast<Pairs16>(nibbles);
  const Bytes8 bytes = __builtin_convertvector((pairs << 4U | pairs >> 8U) & 0xffU, Bytes8);
  value = __builtin_bswap64(reinterpret_cast<std::uint64_t>(bytes));
  return (valid[0] & valid[1]) == ~std::uint64_t{0};
}

inline bool read_hex16(const char* in, std::uint64_t& value) {
  Bytes16 text;
  std::memcpy(&text, in, sizeof text);
  return read_hex16(text, value);
}

inline bool read_hex8(const char* in, std::uint32_t& value) {
  constexpr std::uint64_t zeros = 0x3030303030303030U;
  Halves16 text{zeros, zeros};
  std::memcpy(reinterpret_cast<char*>(&text) + 8, in, 8);
  std::uint64_t wide;
  const bool valid = read_hex16(reinterpret_cast<Bytes16>(text), wide);
  value = static_cast<std::uint32_t>(wide);
  return valid;
}

}  // namespace npuscope::digits
