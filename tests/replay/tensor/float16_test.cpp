#include "replay/tensor/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace npuscope::testing {
namespace {

constexpr std::uint32_t codes = 0x10000;

// The number of a code by the definition of the format.
double value_of(std::uint32_t code) {
  const int exponent = static_cast<int>((code >> 10U) & 31U);
  const int mantissa = static_cast<int>(code & 1023U);
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (code & 0x8000U) == 0 ? magnitude : -magnitude;
}

bool is_finite(std::uint32_t code) {
  return (code & 0x7c00U) != 0x7c00U;
}
std::uint16_t half(std::uint32_t code) {
  return static_cast<std::uint16_t>(code);
}

TEST(Float16, EveryFiniteCodeHasTheValueOfItsDefinition) {
  for (std::uint32_t code = 0; code < codes; ++code) {
    if (!is_finite(code)) continue;
    const float value = f32_from_f16(half(code));
    ASSERT_EQ(value, value_of(code)) << code;
    ASSERT_EQ(std::signbit(value), (code & 0x8000U) != 0) << code;
  }
}

TEST(Float16, InfinitiesAndNotANumbersStayWhatTheyAre) {
  EXPECT_EQ(f32_from_f16(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_EQ(f32_from_f16(0xfc00), -std::numeric_limits<float>::infinity());
  for (std::uint32_t code = 0x7c01; code < 0x8000; ++code) {
    ASSERT_TRUE(std::isnan(f32_from_f16(half(code)))) << code;
    ASSERT_TRUE(std::isnan(f32_from_f16(half(code | 0x8000U)))) << code;
  }
}

TEST(Float16, EveryCodeSurvivesTheWayToF32AndBack) {
  for (std::uint32_t code = 0; code < codes; ++code)
    ASSERT_EQ(f16_from_f32(f32_from_f16(half(code))), code);
}

// Between each two neighbours: the middle goes to the even code, everything beside it to the nearer
// one. All middles are exact in f32.
TEST(Float16, RoundsToNearestEven) {
  for (std::uint32_t lower = 0; lower < 0x7bff; ++lower) {
    const auto middle = static_cast<float>((value_of(lower) + value_of(lower + 1)) / 2);
    const std::uint32_t even = lower % 2 == 0 ? lower : lower + 1;
    ASSERT_EQ(f16_from_f32(middle), even);
    ASSERT_EQ(f16_from_f32(std::nextafter(middle, 0.0F)), lower);
    ASSERT_EQ(f16_from_f32(std::nextafter(middle, 1e9F)), lower + 1);
    ASSERT_EQ(f16_from_f32(-middle), even | 0x8000U);
  }
}

TEST(Float16, OverflowBeginsInTheMiddleBehindTheLargestCode) {
  EXPECT_EQ(f16_from_f32(65504.0F), 0x7bff);
  EXPECT_EQ(f16_from_f32(std::nextafter(65520.0F, 0.0F)), 0x7bff);
  EXPECT_EQ(f16_from_f32(65520.0F), 0x7c00);
  EXPECT_EQ(f16_from_f32(-65520.0F), 0xfc00);
  EXPECT_EQ(f16_from_f32(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(f16_from_f32(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(Float16, SmallestNumbers) {
  EXPECT_EQ(f16_from_f32(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(f16_from_f32(-0.0F), 0x8000);
  EXPECT_EQ(f16_from_f32(std::ldexp(1.0F, -25)), 0);  // the middle of 0 and 2^-24
  EXPECT_EQ(f16_from_f32(std::nextafter(std::ldexp(1.0F, -25), 1.0F)), 1);
  EXPECT_EQ(f16_from_f32(std::ldexp(1.0F, -14)), 0x0400);
  EXPECT_EQ(f16_from_f32(std::nextafter(std::ldexp(1.0F, -14), 0.0F)), 0x0400);
}

TEST(Float16, ANotANumberNeverBecomesInfinite) {
  EXPECT_TRUE(std::isnan(f32_from_f16(f16_from_f32(std::bit_cast<float>(0x7f800001U)))));
  EXPECT_TRUE(std::isnan(f32_from_f16(f16_from_f32(std::bit_cast<float>(0xff800001U)))));
  EXPECT_EQ(f16_from_f32(std::bit_cast<float>(0x7fc00000U)), 0x7e00);
}

TEST(Float16, IsKnownAtCompileTime) {
  static_assert(f16_from_f32(1.0F) == 0x3c00);
  static_assert(f32_from_f16(0xc000) == -2.0F);
  static_assert(f32_from_f16(0x0001) == 0x1p-24F);
}

TEST(Float16, BuffersAreConvertedAtAnyAlignment) {
  std::vector<float> values(codes), back(codes);
  for (std::uint32_t code = 0; code < codes; ++code) values[code] = f32_from_f16(half(code));
  std::vector<std::byte> bytes(1 + 2 * codes);
  const auto unaligned = std::span(bytes).subspan(1);
  ASSERT_TRUE(f16_from_f32(values, unaligned));
  for (std::uint32_t code = 0; code < codes; ++code) {
    std::uint16_t stored;
    std::memcpy(&stored, &unaligned[2UL * code], 2);
    ASSERT_EQ(stored, code);
  }
  ASSERT_TRUE(f32_from_f16(unaligned, back));
  EXPECT_EQ(std::memcmp(values.data(), back.data(), values.size() * sizeof(float)), 0);
}

TEST(Float16, BuffersOfTheWrongLengthAreRefused) {
  const std::vector<float> values(3);
  std::vector<float> results(3);
  std::vector<std::byte> bytes(7);
  EXPECT_EQ(f16_from_f32(values, bytes).error().what, "3 values need 6 bytes as f16, not 7");
  EXPECT_EQ(f32_from_f16(bytes, results).error().what, "3 values need 6 bytes as f16, not 7");
  EXPECT_TRUE(f16_from_f32(values, std::span(bytes).first(6)));
}

TEST(Float16, RoundsF64Once) {
  const double above_a_tie = 1 + 0x1p-11 + 0x1p-40;  // f32 drops the last bit: a tie, to even
  EXPECT_EQ(f16_from_f32(static_cast<float>(above_a_tie)), 0x3c00);
  EXPECT_EQ(f16_from_f64(above_a_tie), 0x3c01);
  EXPECT_EQ(f16_from_f64(-above_a_tie), 0xbc01);
  EXPECT_EQ(f16_from_f64(1 + 0x1p-11), 0x3c00);                // a real tie
  EXPECT_EQ(f16_from_f64(1 + 3 * 0x1p-11 - 0x1p-40), 0x3c01);  // f32 would round to the tie above
  EXPECT_EQ(f16_from_f64(0x1p-25), 0x0000);
  EXPECT_EQ(f16_from_f64(0x1p-25 + 0x1p-60), 0x0001);
  EXPECT_EQ(f16_from_f64(1e300), 0x7c00);
  EXPECT_EQ(f16_from_f64(-0.0), 0x8000);
}

}  // namespace
}  // namespace npuscope::testing
