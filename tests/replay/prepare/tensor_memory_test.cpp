// Tensors in memory: places follow from the layout's definition.
#include "replay/prepare/tensor_memory.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace npuscope {
namespace {

constexpr std::uint8_t i8 = 3, f16 = 10, cube = 64, linear = 0;

Tensor tensor(std::uint8_t dtype, std::uint8_t layout, TensorKind kind,
              std::vector<std::int32_t> native, std::vector<std::int32_t> logical) {
  Tensor made;
  made.name.push_back('t');
  made.dtype = dtype;
  made.layout = layout;
  made.kind = static_cast<std::uint8_t>(kind);
  made.native_shape = std::move(native);
  made.logical_shape = std::move(logical);
  return made;
}

std::vector<std::byte> counted(std::size_t bytes) {
  std::vector<std::byte> plain(bytes);
  for (std::size_t i = 0; i < bytes; ++i) plain[i] = static_cast<std::byte>(i * 7 + 1);
  return plain;
}

void expect_round_trip(const Tensor& t, std::size_t plain_bytes, std::size_t memory_bytes) {
  EXPECT_EQ(memory_of(t).value_or(0), memory_bytes);
  const auto plain = counted(plain_bytes);
  std::vector<std::byte> memory(memory_bytes);
  ASSERT_TRUE(write_tensor(t, plain, memory));
  const auto back = read_tensor(t, memory);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, plain);
}

TEST(TensorMemory, CubesOfInputsAreDenseAndOthersPadded) {
  // 5x5 pixels: 25 cells apart in an input, 28 elsewhere; 20 channels are three surfaces.
  expect_round_trip(tensor(f16, cube, TensorKind::input, {1, 3, 5, 5, 8}, {1, 20, 5, 5}), 1000,
                    (2 * 25 + 25) * 16);
  expect_round_trip(tensor(f16, cube, TensorKind::output, {1, 3, 5, 5, 8}, {1, 20, 5, 5}), 1000,
                    (2 * 28 + 25) * 16);
}

TEST(TensorMemory, AnElementStandsWhereTheLayoutSays) {
  const Tensor t = tensor(i8, cube, TensorKind::internal, {1, 2, 3, 3, 16}, {1, 17, 3, 3});
  std::vector<std::byte> plain(17 * 9);
  plain[16 * 9 + 4] = std::byte{42};  // channel 16, row 1, column 1
  std::vector<std::byte> memory(*memory_of(t));
  ASSERT_TRUE(write_tensor(t, plain, memory));
  EXPECT_EQ(memory[(12 + 4) * 16], std::byte{42});  // 9 cells rounded up to 12
  EXPECT_EQ(std::ranges::count(memory, std::byte{42}), 1);
}

TEST(TensorMemory, RowsOfInterleavedInputsStartAtWholeCells) {
  const Tensor t = tensor(f16, cube, TensorKind::input, {1, 1, 2, 151, 1}, {1, 1, 2, 151});
  ASSERT_TRUE(pixels_of(t));
  EXPECT_EQ(row_pitch_in_pixels(*pixels_of(t)), 152U);
  expect_round_trip(t, 2 * 151 * 2, 2 * 152 * 2);
  EXPECT_FALSE(pixels_of(tensor(f16, cube, TensorKind::internal, {1, 1, 2, 9, 1}, {1, 1, 2, 9})));
  EXPECT_FALSE(pixels_of(tensor(f16, linear, TensorKind::input, {1, 1, 2, 9, 1}, {1, 1, 2, 9})));
}

TEST(TensorMemory, LinearTensorsAreCopied) {
  expect_round_trip(tensor(i8, linear, TensorKind::output, {1, 3549, 25}, {1, 3549, 25}), 3549 * 25,
                    3549 * 25);
}

TEST(TensorMemory, SaysWhatDoesNotFit) {
  const Tensor t = tensor(i8, cube, TensorKind::internal, {1, 2, 3, 3, 16}, {1, 17, 3, 3});
  std::vector<std::byte> memory(10);
  EXPECT_EQ(read_tensor(t, memory).error().what, "tensor \"t\" takes 336 bytes, its memory has 10");
  memory.resize(400);
  EXPECT_EQ(write_tensor(t, counted(5), memory).error().what,
            "tensor \"t\" has 153 bytes, 5 were given");
  EXPECT_EQ(read_tensor(tensor(99, linear, TensorKind::input, {1}, {1}), memory).error().what,
            "tensor \"t\": element type 99 is not known");
  EXPECT_EQ(read_tensor(tensor(i8, linear, TensorKind::input, {-1}, {-1}), memory).error().what,
            "tensor \"t\": shape -1 is impossible");
  EXPECT_EQ(
      read_tensor(tensor(i8, cube, TensorKind::internal, {1, 1, 4, 4, 16}, {1, 5, 3, 1}), memory)
          .error()
          .what,
      "tensor \"t\": native shape 1x1x4x4x16 does not hold 15 elements");
}

}  // namespace
}  // namespace npuscope
