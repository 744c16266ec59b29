// Digits against snprintf, and the reader of digits against every byte.
#include "decoder/emit/digits.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>
#include <string>
#include <vector>

namespace npuscope::testing {
namespace {

// Values that hold every nibble in every place, ends, and neighbours of powers of two and ten.
std::vector<std::uint64_t> values() {
  std::vector<std::uint64_t> list{0, ~std::uint64_t{0}, 0x0123456789abcdef, 0xfedcba9876543210};
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (std::uint64_t nibble = 0; nibble < 16; ++nibble) list.push_back(nibble << shift);
    list.push_back((std::uint64_t{1} << shift) - 1);
  }
  for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000U / 10; power *= 10) {
    list.push_back(power - 1);
    list.push_back(power);
    list.push_back(power + 1);
  }
  return list;
}

template <typename Value>
std::string printed(const char* format, Value value) {
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

template <typename Write, typename Value>
std::string written(Write write, Value value) {
  char text[64];
  return {text, write(text, value)};
}

TEST(Digits, AsSnprintfWritesThem) {
  for (const std::uint64_t v : values()) {
    const auto low = static_cast<std::uint32_t>(v);
    EXPECT_EQ(written(digits::hex8, low), printed("%08x", low));
    EXPECT_EQ(written(digits::hex16, v), printed("%016lx", v));
    EXPECT_EQ(written(digits::decimal, low), printed("%u", low));
    EXPECT_EQ(written(digits::decimal64, v), printed("%lu", v));
  }
}

TEST(Digits, EveryPairOfNibbles) {
  for (std::uint32_t v = 0; v <= 0xffff; ++v) {
    ASSERT_EQ(written(digits::hex8, v * 0x10001U), printed("%08x", v * 0x10001U));
  }
}

TEST(Digits, AddressesHaveEightDigitsUnlessTheyNeedSixteen) {
  EXPECT_EQ(written(digits::address, std::uint64_t{0}), "0x00000000");
  EXPECT_EQ(written(digits::address, std::uint64_t{0xffffffff}), "0xffffffff");
  EXPECT_EQ(written(digits::address, std::uint64_t{0x100000000}), "0x0000000100000000");
  EXPECT_EQ(written(digits::address, std::uint64_t{0x201000000002a60}), "0x0201000000002a60");
}

TEST(Digits, ReadingIsTheInverseInBothCases) {
  for (const std::uint64_t v : values()) {
    for (const char* format : {"%016lx", "%016lX"}) {
      const std::string text = printed(format, v);
      std::uint64_t back = 0;
      ASSERT_TRUE(digits::read_hex16(text.data(), back)) << text;
      ASSERT_EQ(back, v);
    }
  }
}

TEST(Digits, EveryByteInEveryPlaceIsADigitOrRefused) {
  for (std::size_t place = 0; place < 8; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "9aF05cE1";
      text[place] = static_cast<char>(byte);
      std::uint32_t value = 0;
      const bool is_digit = std::isxdigit(byte) != 0;  // in the "C" locale
      ASSERT_EQ(digits::read_hex8(text.data(), value), is_digit) << place << ' ' << byte;
      if (is_digit) {
        ASSERT_EQ(value, std::stoul(text, nullptr, 16));
      }
    }
  }
}

}  // namespace
}  // namespace npuscope::testing
