#include "replay/tensor/weights.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay/tensor/sizes.h"
#include "tests/replay/tensor/test_bytes.h"

namespace npuscope::testing {
namespace {

using Tuples = std::vector<WeightTuple>;

std::size_t elements_of(const WeightShape& s) {
  return std::size_t{s.kernels} * s.channels * s.height * s.width;
}

// Facts: native shapes of packed constants in model files (f16 of compiler 2.3.2, i8 of 1.6.0 and
// 2.3.x), without the tuples of no blocks.
TEST(DirectWeights, BlocksOfRealTensors) {
  const struct {
    ElementKind kind;
    WeightShape shape;
    Tuples tuples;
  } rows[] = {
      {ElementKind::f16, {128, 32, 3, 3}, {{8, 1, 3, 3, 16, 32}}},
      {ElementKind::f16, {320, 160, 3, 3}, {{20, 5, 3, 3, 16, 32}}},
      {ElementKind::f16, {16, 1, 3, 3}, {{1, 1, 3, 3, 16, 8}}},
      {ElementKind::f16, {3, 3, 1, 1}, {{1, 1, 1, 1, 3, 8}}},
      {ElementKind::f16, {24, 16, 1, 1}, {{1, 1, 1, 1, 16, 16}, {1, 1, 1, 1, 8, 16}}},
      {ElementKind::f16, {24, 24, 1, 1}, {{1, 1, 1, 1, 16, 32}, {1, 1, 1, 1, 8, 32}}},
      {ElementKind::f16,
       {40, 40, 1, 1},
       {{2, 1, 1, 1, 16, 32}, {2, 1, 1, 1, 16, 8}, {1, 1, 1, 1, 8, 32}, {1, 1, 1, 1, 8, 8}}},
      {ElementKind::i8, {12, 3, 2, 2}, {{1, 1, 2, 2, 12, 16}}},
      {ElementKind::i8, {1, 64, 1, 1}, {{1, 2, 1, 1, 2, 32}}},
      {ElementKind::i8, {25, 48, 1, 1}, {{1, 1, 1, 1, 26, 32}, {1, 1, 1, 1, 26, 16}}},
      {ElementKind::i8, {24, 24, 3, 3}, {{1, 1, 3, 3, 24, 32}}},
      {ElementKind::i8, {512, 128, 1, 1}, {{16, 4, 1, 1, 32, 32}}},
      {ElementKind::i8,
       {80, 80, 3, 3},
       {{2, 2, 3, 3, 32, 32}, {2, 1, 3, 3, 32, 16}, {1, 2, 3, 3, 16, 32}, {1, 1, 3, 3, 16, 16}}},
  };
  for (const auto& row : rows) EXPECT_EQ(direct_weights(row.kind, row.shape), row.tuples);
}

TEST(DirectWeights, ALastKernelThatCompletesAGroupOrAChannelThatCompletesABlock) {
  EXPECT_EQ(direct_weights(ElementKind::i8, {31, 1, 1, 1}), (Tuples{{1, 1, 1, 1, 32, 16}}));
  EXPECT_EQ(direct_weights(ElementKind::i8, {63, 1, 1, 1}), (Tuples{{2, 1, 1, 1, 32, 16}}));
  EXPECT_EQ(direct_weights(ElementKind::f16, {16, 56, 1, 1}), (Tuples{{1, 2, 1, 1, 16, 32}}));
}

TEST(DepthwiseWeights, BlocksOfRealTensors) {
  EXPECT_EQ(depthwise_weights(ElementKind::f16, {1, 16, 3, 1}), (Tuples{{1, 1, 3, 1, 1, 16}}));
  EXPECT_EQ(depthwise_weights(ElementKind::f16, {1, 24, 1, 3}), (Tuples{{1, 1, 1, 3, 1, 32}}));
  EXPECT_EQ(depthwise_weights(ElementKind::f16, {1, 40, 5, 5}),
            (Tuples{{1, 1, 5, 5, 1, 32}, {1, 1, 5, 5, 1, 8}}));
  EXPECT_EQ(depthwise_weights(ElementKind::f16, {1, 64, 1, 16}), (Tuples{{1, 2, 1, 16, 1, 32}}));
  EXPECT_EQ(depthwise_weights(ElementKind::i8, {1, 24, 3, 3}), (Tuples{{1, 1, 3, 3, 1, 32}}));
  EXPECT_EQ(depthwise_weights(ElementKind::i8, {1, 128, 5, 5}), (Tuples{{1, 2, 5, 5, 1, 64}}));
}

TEST(StoredChannels, FollowTheTableOfTheSpecification) {
  const struct {
    ElementKind kind;
    std::uint32_t channels, stored;
  } rows[] = {{ElementKind::f16, 3, 8},   {ElementKind::f16, 24, 32}, {ElementKind::f16, 40, 40},
              {ElementKind::f16, 72, 72}, {ElementKind::f16, 80, 80}, {ElementKind::f16, 85, 96},
              {ElementKind::i8, 12, 16},  {ElementKind::i8, 24, 32},  {ElementKind::i8, 48, 48},
              {ElementKind::i8, 80, 80},  {ElementKind::f16, 32, 32}, {ElementKind::tf32, 9, 16}};
  for (const auto& row : rows) EXPECT_EQ(stored_channels(row.kind, row.channels), row.stored);
}

TEST(WeightTuples, ShapesOfFilesAreRead) {
  const std::int32_t native[] = {1, 0, 3, 1, 1, 32, 1, 1, 3, 1, 1, 16};
  EXPECT_EQ(tuples_of(native), (Tuples{{1, 0, 3, 1, 1, 32}, {1, 1, 3, 1, 1, 16}}));
  EXPECT_EQ(npuscope::elements_of(*tuples_of(native)), 48U);
  EXPECT_EQ(tuples_of(std::span(native).first(7)).error().what,
            "a packed shape of 7 numbers is not made of six each");
  EXPECT_FALSE(tuples_of({}));
  const std::int32_t negative[] = {1, 1, -3, 1, 1, 32};
  EXPECT_EQ(tuples_of(negative).error().what, "-3 in a packed shape");
  const Tuples huge{{0xffffffff, 0xffffffff, 2, 1, 1, 1}};
  EXPECT_EQ(npuscope::elements_of(huge), size_too_large);
}

TEST(WeightTuples, UnknownLayoutsAreRefused) {
  EXPECT_EQ(direct_weights(ElementKind::f32, {1, 1, 1, 1}).error().text(),
            "the convolution reads no weights of f32 (f32 weights are stored as tf32)");
  EXPECT_EQ(direct_weights(ElementKind::f16, {1, 1, 0, 1}).error().what,
            "weights of shape 1x1x0x1 are empty");
  EXPECT_EQ(depthwise_weights(ElementKind::i16, {1, 8, 3, 3}).error().what,
            "no depthwise layout is known for weights of i16");
  EXPECT_EQ(depthwise_weights(ElementKind::f16, {8, 1, 3, 3}).error().what,
            "depthwise weights have one kernel, not 8");
  EXPECT_FALSE(stored_channels(ElementKind::i32, 8));
}

// Index of the stream, for channels that need no rounding: group / block / ky / kx / kernel /
// channel, remainders as short as they are.
std::size_t direct_index(const WeightShape& s, std::uint32_t group, std::uint32_t k,
                         std::uint32_t c, std::uint32_t y, std::uint32_t x) {
  constexpr std::uint32_t block = 32;
  const std::uint32_t g = k / group, b = c / block;
  const std::size_t kn = std::min(group, s.kernels - g * group);
  const std::size_t cn = std::min(block, s.channels - b * block);
  const std::size_t window = std::size_t{s.height} * s.width;
  return g * group * s.channels * window + b * block * window * kn +
         ((y * s.width + x) * kn + (k - g * group)) * cn + (c - b * block);
}

void check_direct(ElementKind kind, const WeightShape& s, std::uint32_t group) {
  SCOPED_TRACE(::testing::Message() << s.kernels << "x" << s.channels);
  const std::uint32_t element = bytes_of(kind);
  const auto tuples = direct_weights(kind, s);
  ASSERT_TRUE(tuples);
  ASSERT_EQ(npuscope::elements_of(*tuples), elements_of(s));  // nothing is rounded
  const auto plain = numbered(element, elements_of(s));
  std::vector<std::byte> memory(plain.size());
  const auto packed = pack_weights(*tuples, s, element, plain, {}, memory);
  ASSERT_TRUE(packed) << packed.error().text();
  std::size_t from = 0;
  for (std::uint32_t k = 0; k < s.kernels; ++k)
    for (std::uint32_t c = 0; c < s.channels; ++c)
      for (std::uint32_t y = 0; y < s.height; ++y)
        for (std::uint32_t x = 0; x < s.width; ++x, ++from)
          ASSERT_EQ(element_at(memory, element, direct_index(s, group, k, c, y, x)),
                    element_at(plain, element, from));
  std::vector<std::byte> back(plain.size());
  ASSERT_TRUE(unpack_weights(*tuples, s, element, memory, back));
  EXPECT_EQ(back, plain);
}

TEST(Weights, DirectOrderIsTheOneOfTheFormula) {
  for (const std::uint32_t kernels : {1U, 5U, 16U, 17U, 40U})
    for (const std::uint32_t channels : {8U, 16U, 32U, 40U, 48U, 64U, 80U})
      check_direct(ElementKind::f16, {kernels, channels, 3, 2}, 16);
  for (const std::uint32_t kernels : {2U, 12U, 32U, 48U, 80U})
    for (const std::uint32_t channels : {16U, 32U, 48U, 80U}) {
      check_direct(ElementKind::i8, {kernels, channels, 2, 3}, 32);
      check_direct(ElementKind::i8, {kernels, channels, 1, 1}, 32);
    }
}

// Channels of each group one after the other: group / ky / kx / channel.
TEST(Weights, DepthwiseOrderIsTheOneOfTheFormula) {
  for (const auto& [kind, group, channels] : {std::tuple{ElementKind::f16, 32U, 72U},
                                              {ElementKind::f16, 32U, 16U},
                                              {ElementKind::i8, 64U, 160U}}) {
    const WeightShape s{1, channels, 3, 5};
    const std::uint32_t element = bytes_of(kind);
    const auto tuples = depthwise_weights(kind, s);
    ASSERT_TRUE(tuples);
    const auto plain = numbered(element, elements_of(s));
    std::vector<std::byte> memory(plain.size());
    ASSERT_TRUE(pack_weights(*tuples, s, element, plain, {}, memory));
    for (std::uint32_t c = 0; c < channels; ++c)
      for (std::uint32_t place = 0; place < 15; ++place) {
        const std::uint32_t g = c / group;
        const std::uint32_t lanes = std::min(group, channels - g * group);
        ASSERT_EQ(element_at(memory, element, g * group * 15 + place * lanes + c - g * group),
                  element_at(plain, element, c * 15UL + place));
      }
    std::vector<std::byte> back(plain.size());
    ASSERT_TRUE(unpack_weights(*tuples, s, element, memory, back));
    EXPECT_EQ(back, plain);
  }
}

TEST(Weights, PaddingIsTheZeroPointOfItsKernel) {
  const WeightShape s{3, 14, 1, 1};  // two lanes of padding, a fourth kernel to complete a pair
  const auto tuples = direct_weights(ElementKind::i8, s);
  ASSERT_EQ(npuscope::elements_of(*tuples), 64U);
  const auto plain = numbered(1, 42);
  const std::uint32_t zero_points[] = {0x80, 0xfffffff1, 0x20};
  std::vector<std::byte> memory(64, std::byte{0xee});
  ASSERT_TRUE(pack_weights(*tuples, s, 1, plain, {zero_points, 7}, memory));
  for (std::size_t kernel = 0; kernel < 3; ++kernel) {
    EXPECT_EQ(element_at(memory, 1, kernel * 16), kernel * 14 + 1);
    EXPECT_EQ(element_at(memory, 1, kernel * 16 + 13), kernel * 14 + 14);
    for (const std::size_t lane : {14, 15})
      EXPECT_EQ(element_at(memory, 1, kernel * 16 + lane), zero_points[kernel] & 0xffU);
  }
  for (std::size_t lane = 48; lane < 64; ++lane) EXPECT_EQ(element_at(memory, 1, lane), 7U);
}

// 24 channels of f16 are stored as 32: a kernel is 64 bytes at each place of its window.
TEST(Weights, ThreeCellsAreStoredAsFour) {
  const WeightShape s{1, 24, 1, 2};
  const auto plain = numbered(2, 48);
  std::vector<std::byte> memory(128, std::byte{0xee});
  ASSERT_TRUE(pack_weights(*direct_weights(ElementKind::f16, s), s, 2, plain, {}, memory));
  for (std::size_t place = 0; place < 2; ++place)
    for (std::size_t lane = 0; lane < 32; ++lane)
      EXPECT_EQ(element_at(memory, 2, place * 32 + lane), lane < 24 ? lane * 2 + place + 1 : 0);
}

std::string pack_error(const Tuples& tuples, const WeightShape& s, std::uint32_t element,
                       std::size_t plain, std::size_t memory) {
  const std::vector<std::byte> from(plain);
  std::vector<std::byte> to(memory), back(plain);
  const auto packed = pack_weights(tuples, s, element, from, {}, to);
  const auto unpacked = unpack_weights(tuples, s, element, to, back);
  if (packed.has_value() != unpacked.has_value()) return "the two ways differ";
  return packed ? "" : packed.error().what;
}

TEST(Weights, ErrorsNameWhatDoesNotFit) {
  const WeightShape s{4, 8, 1, 1};
  const Tuples fit{{1, 1, 1, 1, 4, 8}};
  EXPECT_EQ(pack_error(fit, s, 2, 64, 64), "");
  EXPECT_EQ(pack_error(fit, s, 2, 62, 64), "the plain weights have 64 bytes, 62 were given");
  EXPECT_EQ(pack_error(fit, s, 2, 64, 63), "the packed weights have 64 bytes, the memory 63");
  EXPECT_EQ(pack_error(fit, s, 3, 96, 96), "weights have 1, 2 or 4 bytes, not 3");
  EXPECT_EQ(pack_error({{1, 1, 1, 1, 3, 8}}, s, 2, 64, 64), "blocks for 3 kernels do not hold 4");
  EXPECT_EQ(pack_error({{1, 1, 1, 1, 4, 7}}, s, 2, 64, 64),
            "blocks for 7 channels hold no kernel of 8");
  EXPECT_EQ(pack_error({{1, 1, 3, 3, 4, 8}}, s, 2, 64, 64), "blocks of 3x3 for kernels of 1x1");
  EXPECT_EQ(pack_error({}, s, 2, 64, 64), "blocks for 0 kernels do not hold 4");
  EXPECT_EQ(pack_error(fit, {4, 0, 1, 1}, 2, 0, 64), "weights without any element");
  const std::uint32_t two[] = {1, 2};
  std::vector<std::byte> memory(64);
  EXPECT_EQ(pack_weights(fit, s, 2, memory, {two, 0}, memory).error().what,
            "2 zero points for 4 kernels");
}

TEST(Weights, BlocksWithoutLanesTakeNoTime) {
  const Tuples tuples{{1, 0xffffffff, 1, 1, 4, 0}, {1, 1, 1, 1, 4, 8}, {0xffffffff, 1, 1, 1, 0, 8}};
  EXPECT_EQ(pack_error(tuples, {4, 8, 1, 1}, 2, 64, 64), "");
}

TEST(Weights, NoSizeOverflows) {
  const Tuples huge{{0xffffffff, 0xffffffff, 1, 1, 0xffffffff, 0xffffffff}};
  EXPECT_NE(pack_error(huge, {4, 8, 1, 1}, 2, 64, 64), "");
  const WeightShape shape{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
  EXPECT_NE(pack_error(huge, shape, 4, 64, 64), "");
  const auto tuples = direct_weights(ElementKind::i8, shape);
  ASSERT_TRUE(tuples);
  EXPECT_EQ(npuscope::elements_of(*tuples), size_too_large);
}

}  // namespace
}  // namespace npuscope::testing
