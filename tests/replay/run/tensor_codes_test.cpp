// Numbers to codes and back: expectations by the definitions of the types.
#include "replay/run/tensor_codes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

namespace npuscope {
namespace {

constexpr std::uint8_t f32 = 1, u8 = 2, i8 = 3, i16 = 5, i64 = 7, boolean = 9, f16 = 10;

Tensor tensor(std::uint8_t dtype, std::vector<std::int32_t> shape) {
  Tensor made;
  made.name.push_back('t');
  made.dtype = dtype;
  made.logical_shape = std::move(shape);
  return made;
}

Tensor quantised(std::uint8_t dtype, std::vector<std::int32_t> shape, float scale,
                 std::int64_t zero) {
  Tensor made = tensor(dtype, std::move(shape));
  made.quantised_type = "int8";
  made.scale = {scale};
  made.zero_point = {zero};
  return made;
}

template <typename T>
std::vector<std::byte> raw(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename T>
std::vector<T> values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

NpyArray floats(std::vector<float> values) {
  return {"<f4", {values.size()}, raw(values)};
}

template <typename T>
std::vector<T> codes(const Tensor& its, const NpyArray& array) {
  const auto made = codes_of(its, array, "a.npy");
  EXPECT_TRUE(made) << made.error().text();
  return made ? values_of<T>(*made) : std::vector<T>();
}

std::string refusal(const Tensor& its, const NpyArray& array) {
  const auto made = codes_of(its, array, "a.npy");
  if (made) return "converted";
  EXPECT_EQ(made.error().kind, ErrorKind::usage);
  return made.error().what;
}

TEST(TensorCodes, HalvesAreRoundedToNearestEven) {
  // 1 + 2^-11 is half way to 1 + 2^-10; the next tie goes up; 65520 is the first infinity.
  const auto given = floats({1.0F, 1.0F + std::ldexp(1.0F, -11), 1.0F + 3 * std::ldexp(1.0F, -11),
                             65519.0F, 65520.0F, -0.0F});
  EXPECT_EQ(codes<std::uint16_t>(tensor(f16, {6}), given),
            (std::vector<std::uint16_t>{0x3c00, 0x3c00, 0x3c02, 0x7bff, 0x7c00, 0x8000}));
}

// By way of f32 the last bit would be lost, and the tie go down.
TEST(TensorCodes, DoublesAreRoundedOnce) {
  const double above_the_tie = 1 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40);
  const NpyArray array{"<f8", {1}, raw<double>({above_the_tie})};
  EXPECT_EQ(codes<std::uint16_t>(tensor(f16, {1}), array), std::vector<std::uint16_t>{0x3c01});
}

TEST(TensorCodes, QuantisedNumbersAreScaledShiftedAndSaturated) {
  const Tensor its = quantised(i8, {7}, 0.5F, 3);
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(codes<std::int8_t>(its, floats({0, 1, -1.25F, 1000, -1000, infinite, -infinite})),
            (std::vector<std::int8_t>{3, 5, 1, 127, -128, 127, -128}))
      << "-1.25 / 0.5 = -2.5, half to even -2, + 3";
  EXPECT_EQ(codes<std::int8_t>(quantised(i8, {2}, 1, 0), floats({0.5F, 1.5F})),
            (std::vector<std::int8_t>{0, 2}))
      << "halves to even";
  EXPECT_EQ(codes<std::uint8_t>(quantised(u8, {3}, 0.25F, 128), floats({-32, 0, 31.75F})),
            (std::vector<std::uint8_t>{0, 128, 255}));
  EXPECT_EQ(codes<std::int16_t>(quantised(i16, {2}, 1, 0), floats({40000, -40000})),
            (std::vector<std::int16_t>{32767, -32768}));
}

const float none = std::numeric_limits<float>::quiet_NaN();

TEST(TensorCodes, IntegersOf64BitsEndAtTheirEnds) {
  EXPECT_EQ(codes<std::int64_t>(quantised(i64, {4}, 1, 0), floats({1e30F, -1e30F, -2, none})),
            (std::vector<std::int64_t>{INT64_MAX, INT64_MIN, -2, 0}));
}

TEST(TensorCodes, WhatIsNoNumberBecomesZero) {
  EXPECT_EQ(codes<std::int8_t>(quantised(i8, {1}, 1, 5), floats({none})),
            std::vector<std::int8_t>{0});
}

TEST(TensorCodes, TheOwnTypeIsTakenAsItIs) {
  const NpyArray array{"|i1", {3}, raw<std::int8_t>({-128, 0, 127})};
  EXPECT_EQ(codes<std::int8_t>(quantised(i8, {1, 3}, 0.5F, 3), array),
            (std::vector<std::int8_t>{-128, 0, 127}));
}

TEST(TensorCodes, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal(tensor(f16, {2, 3}), floats({1, 2})),
            "a.npy: 2 elements, tensor \"t\" has 6 (2x3)");
  const NpyArray integers{"<i4", {1}, raw<std::int32_t>({1})};
  EXPECT_EQ(refusal(tensor(f16, {1}), integers), "a.npy: type <i4, tensor \"t\" has <f2");
  EXPECT_EQ(refusal(tensor(0, {1}), floats({1})),
            "tensor \"t\" has no type that arrays convert to");
  EXPECT_EQ(refusal(tensor(200, {1}), floats({1})),
            "tensor \"t\" has no type that arrays convert to");
  EXPECT_EQ(refusal(tensor(f16, {1}), {"<f3", {1}, {}}),
            "tensor \"t\" has no type that arrays convert to");
  EXPECT_NE(refusal(tensor(f16, {-1}), floats({1})), "converted");
}

TEST(TensorCodes, TypesHaveTheNamesOfNumpy) {
  EXPECT_EQ(npy_type_of(f32), "<f4");
  EXPECT_EQ(npy_type_of(f16), "<f2");
  EXPECT_EQ(npy_type_of(i8), "|i1");
  EXPECT_EQ(npy_type_of(u8), "|u1");
  EXPECT_EQ(npy_type_of(i64), "<i8");
  EXPECT_EQ(npy_type_of(boolean), "|b1");
  EXPECT_EQ(npy_type_of(0), "");
}

TEST(TensorCodes, RealNumbersUndoTheQuantisation) {
  const NpyArray array =
      real_numbers(quantised(i8, {2, 2}, 0.5F, 3), raw<std::int8_t>({3, 5, -128, 127}));
  EXPECT_EQ(array.type, "<f4");
  EXPECT_EQ(array.shape, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(values_of<float>(array.data), (std::vector<float>{0, 1, -65.5F, 62}));
  EXPECT_EQ(
      values_of<float>(real_numbers(tensor(f16, {2}), raw<std::uint16_t>({0x3c00, 0xc000})).data),
      (std::vector<float>{1, -2}));
  // Integers without a scale mean themselves.
  EXPECT_EQ(real_numbers(tensor(i64, {1}), raw<std::int64_t>({1LL << 60})).type, "<i8");
}

TEST(TensorCodes, RandomCodesAreTheSameForTheSameSeed) {
  for (const std::uint8_t dtype : {f32, u8, i8, i16, i64, boolean, f16}) {
    const Tensor its = tensor(dtype, {40, 50});
    EXPECT_EQ(random_codes(its, 1), random_codes(its, 1));
    EXPECT_NE(random_codes(its, 1), random_codes(its, 2));
  }
  const auto bits = values_of<std::uint8_t>(random_codes(tensor(boolean, {1000}), 1));
  EXPECT_EQ(std::set<std::uint8_t>(bits.begin(), bits.end()), (std::set<std::uint8_t>{0, 1}));
}

TEST(TensorCodes, RandomNumbersAreNormal) {
  constexpr std::int32_t count = 100'000;
  double sum = 0, squares = 0;
  for (const float value : values_of<float>(random_codes(tensor(f32, {count}), 3))) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  EXPECT_NEAR(sum / count, 0, 0.02);  // six standard errors
  EXPECT_NEAR(squares / count, 1, 0.03);
}

TEST(TensorCodes, RandomCodesReachAllBytesOfWideIntegers) {
  const auto values = values_of<std::uint64_t>(random_codes(tensor(i64, {64}), 1));
  std::uint64_t any = 0;
  for (const std::uint64_t value : values) any |= value;
  EXPECT_EQ(any, ~std::uint64_t{0});
}

TEST(ArrayDifference, FindsTheLargest) {
  const auto difference = difference_of(floats({1, 2, 3, 4}), floats({1, 2.5F, 3, 3}));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->elements, 4U);
  EXPECT_EQ(difference->differing, 2U);
  EXPECT_EQ(difference->largest, 1);
  EXPECT_EQ(difference->at, 3U);
}

TEST(ArrayDifference, ComparesAcrossTypes) {
  const auto difference = difference_of({"<f2", {1}, raw<std::uint16_t>({0x3c00})},
                                        {"|i1", {1}, raw<std::int8_t>({1})});
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->differing, 0U);
}

TEST(ArrayDifference, WhatIsNoNumberIsInfinitelyFar) {
  const auto one = difference_of(floats({none, 1}), floats({0, 1}));
  ASSERT_TRUE(one);
  EXPECT_TRUE(std::isinf(one->largest));
  const auto both = difference_of(floats({none}), floats({none}));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->differing, 0U);
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(difference_of(floats({infinite}), floats({infinite}))->differing, 0U);
  EXPECT_TRUE(std::isinf(difference_of(floats({infinite}), floats({-infinite}))->largest));
}

TEST(ArrayDifference, RefusesOtherCounts) {
  const auto difference = difference_of(floats({1}), floats({1, 2}));
  ASSERT_FALSE(difference);
  EXPECT_EQ(difference.error().what, "1 elements (1) and 2 (2) cannot be compared");
}

}  // namespace
}  // namespace npuscope
