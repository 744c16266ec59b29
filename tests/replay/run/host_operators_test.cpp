// Operators of the CPU against values that ONNX's definitions give.
#include "replay/run/host_operators.h"

#include <gtest/gtest.h>

#include <cstring>

namespace npuscope {
namespace {

constexpr std::uint8_t i8 = 3, i32 = 6, i64 = 7, f16 = 10;

Tensor tensor(std::uint8_t dtype, std::vector<std::int32_t> shape) {
  Tensor made;
  made.name.push_back('t');
  made.dtype = dtype;
  made.logical_shape = std::move(shape);
  return made;
}

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename T>
std::vector<T> values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST(HostOperators, ReshapeMovesTheBytes) {
  const Tensor from = tensor(f16, {2, 3}), to = tensor(f16, {3, 2});
  const auto bytes = bytes_of<std::uint16_t>({1, 2, 3, 4, 5, 6});
  const auto done = run_on_host("Reshape", std::vector<HostOperand>{{&from, bytes}}, to);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(*done, bytes);
}

TEST(HostOperators, CastSaturatesAndRoundsToNearestEven) {
  const Tensor from = tensor(f16, {5}), to = tensor(i8, {5});
  const auto bytes = bytes_of<std::uint16_t>({0x5c00, 0xdc00, 0x3e00, 0x4100, 0x7e00});
  const auto done = run_on_host("Cast", std::vector<HostOperand>{{&from, bytes}}, to);
  ASSERT_TRUE(done) << done.error().text();  // 256, -256, 1.5, 2.5, NaN
  EXPECT_EQ(values_of<std::int8_t>(*done), (std::vector<std::int8_t>{127, -128, 2, 2, 0}));
}

TEST(HostOperators, ComparesAndBroadcastsASingleElement) {
  const Tensor many = tensor(i32, {3}), one = tensor(i32, {1}), result = tensor(i8, {3});
  const auto a = bytes_of<std::int32_t>({4, 5, 6}), b = bytes_of<std::int32_t>({5});
  const auto done = run_on_host("Equal", std::vector<HostOperand>{{&many, a}, {&one, b}}, result);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(values_of<std::int8_t>(*done), (std::vector<std::int8_t>{0, 1, 0}));
}

TEST(HostOperators, SixtyFourBitIntegersSaturateAtTheirEnds) {
  const Tensor from = tensor(i64, {2}), to = tensor(i64, {2});
  const auto bytes = bytes_of<std::int64_t>({INT64_MAX, INT64_MIN});
  const auto done = run_on_host("Neg", std::vector<HostOperand>{{&from, bytes}}, to);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(values_of<std::int64_t>(*done), (std::vector<std::int64_t>{INT64_MIN, INT64_MAX}));
}

TEST(HostOperators, RefusesWhatItDoesNotKnowByName) {
  const Tensor t = tensor(f16, {2});
  const auto bytes = bytes_of<std::uint16_t>({1, 2});
  const auto unknown = run_on_host("ArgMax", std::vector<HostOperand>{{&t, bytes}}, t);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "operator ArgMax runs on the CPU and is not built in");
  Tensor quantised = tensor(i8, {2});
  quantised.scale = {0.5F};
  const auto codes = bytes_of<std::int8_t>({1, 2});
  const auto refused = run_on_host("Abs", std::vector<HostOperand>{{&quantised, codes}}, quantised);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "Abs: quantised numbers, or an unknown type of \"t\"");
  EXPECT_FALSE(run_on_host("Abs", {}, t));
}

}  // namespace
}  // namespace npuscope
