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

// The value of eight hexadecimal digits of either case; false if one of them is none.
inline bool read_hex8(const char* in, std::uint32_t& value) {
  std::uint64_t x;
  std::memcpy(&x, in, 8);
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  const std::uint64_t letters = (x & 0x4040404040404040ULL) >> 6U;  // 1 where the byte is a letter
  const std::uint64_t folded = x | letters * 0x20U;                 // letters in lower case
  // Valid: '0'..'9' without the letter bit, 'a'..'f' with it. No byte overflows: all are below
  // 0x80.
  if ((x & 0x8080808080808080ULL) != 0) return false;
  const std::uint64_t low = folded - letters * ('a' - 10 - '0') - ones * '0';  // 0..15 if valid
  const std::uint64_t digit_high = (folded + ones * (0x7f - '9')) & ~(letters * 0x80U) &
                                   (0x8080808080808080ULL & ~(letters << 7U));
  const std::uint64_t digit_low =
      ~(folded + ones * (0x80 - '0')) & (0x8080808080808080ULL & ~(letters << 7U));
  const std::uint64_t letter_high = (folded + ones * (0x7f - 'f')) & (letters << 7U);
  const std::uint64_t letter_low = ~(folded + ones * (0x80 - 'a')) & (letters << 7U);
  if ((digit_high | digit_low | letter_high | letter_low) != 0) return false;
  std::uint64_t v = low;
  v = (v & 0x000f000f000f000fULL) << 4U | (v & 0x0f000f000f000f00ULL) >> 8U;
  v = (v & 0x000000ff000000ffULL) << 8U | (v & 0x00ff000000ff0000ULL) >> 16U;
  value = static_cast<std::uint32_t>((v & 0xffffU) << 16U | v >> 32U);
  return true;
}

inline bool read_hex16(const char* in, std::uint64_t& value) {
  std::uint32_t high, low;
  if (!read_hex8(in, high) || !read_hex8(in + 8, low)) return false;
  value = std::uint64_t{high} << 32U | low;
  return true;
}

}  // namespace npuscope::digits
