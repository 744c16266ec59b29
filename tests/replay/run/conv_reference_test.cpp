// The reference convolution on cases that are computed by hand, and what counts as a deviation.
#include "replay/run/conv_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "replay/run/conv_image.h"
#include "replay/shape/shape_names.h"
#include "replay/tensor/float16.h"

namespace npuscope {
namespace {

std::vector<std::uint16_t> halves(const std::vector<float>& values) {
  std::vector<std::uint16_t> codes;
  for (const float value : values) codes.push_back(f16_from_f32(value));
  return codes;
}

TEST(ConvReference, SumsWhatTheWindowCovers) {
  // 3x3 pixels 1..9, a 2x2 kernel 1 10 / 100 1000, padded by one, every second place.
  const ConvShape shape = *parse_shape("b1_c1_h3_w3_oc1_wic1_k2x2_g1_s2_p1");
  ASSERT_EQ(shape.out_height(), 2U);
  const ConvReference reference = reference_of(
      shape, {halves({1, 2, 3, 4, 5, 6, 7, 8, 9}), halves({1, 10, 100, 1000}), {}, {}});
  EXPECT_EQ(reference.sum, (std::vector<double>{1000, 3200, 7040, 9865})) << "1; 2 3; 4 7; 5 6 8 9";
  EXPECT_EQ(reference.magnitude, reference.sum);
}

TEST(ConvReference, GroupsSeeTheirOwnChannels) {
  const ConvShape shape = *parse_shape("b1_c2_h1_w1_oc2_wic1_k1x1_g2");
  const ConvReference reference = reference_of(shape, {halves({2, 3}), halves({5, 7}), {}, {}});
  EXPECT_EQ(reference.sum, (std::vector<double>{10, 21}));
}

TEST(ConvReference, FusedOperationsFollowInOrder) {
  ConvShape shape = *parse_shape("b1_c1_h1_w1_oc1_wic1_k1x1_g1_bias_addrelu");
  ASSERT_TRUE(shape.fusion.bias && shape.fusion.residual && shape.fusion.relu_after_add);
  const ConvTensors tensors{halves({2}), halves({3}), halves({-10}), {1}};
  EXPECT_EQ(reference_of(shape, tensors).sum, std::vector<double>{0}) << "max(6 + 1 - 10, 0)";
  shape.fusion.relu_after_add = false;
  EXPECT_EQ(reference_of(shape, tensors).sum, std::vector<double>{-3});
}

TEST(ConvReference, DrawsTheTensorsOfTheClients) {
  // numpy.random.seed(42); uniform(-2, 2): -0.5018, 1.8029 as input, 0.9280 as weight.
  const ConvTensors tensors = draw_tensors(*parse_shape("b1_c1_h1_w2_oc1_wic1_k1x1_g1"), 42);
  EXPECT_EQ(tensors.input, halves({-0.50183952F, 1.80285722F}));
  EXPECT_EQ(tensors.weights, halves({0.92797577F}));
  EXPECT_TRUE(tensors.bias.empty() && tensors.residual.empty());
}

TEST(ConvReference, RefusesTensorsThatTakeHours) {
  EXPECT_TRUE(check_size(*parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1")));
  const auto refused = check_size(*parse_shape("b1_c2048_h512_w512_oc16_wic2048_k1x1_g1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "a tensor of more than 268435456 values");
}

TEST(Deviation, IsMeasuredInStepsOfF16AndTheRoundingOfTheSum) {
  const ConvReference reference{{1, 1}, {1, 1}, {1, 1}};
  // 1 and the next f16 above it.
  const Deviation exact = compare(reference, std::vector<std::uint16_t>{0x3c00, 0x3c00});
  EXPECT_EQ(exact.largest, 0);
  EXPECT_LE(exact.excess, 0);
  const Deviation next = compare(reference, std::vector<std::uint16_t>{0x3c00, 0x3c01});
  EXPECT_EQ(next.largest, std::ldexp(1.0, -10));
  EXPECT_EQ(next.largest32, std::ldexp(1.0, -10));
  EXPECT_GT(next.excess, 0);
}

// Also when good values follow.
TEST(Deviation, OfWhatIsNoNumberIsInfinite) {
  const ConvReference reference{{1, 1}, {1, 1}, {1, 1}};
  const Deviation deviation = compare(reference, std::vector<std::uint16_t>{0x7e00, 0x3c00});
  EXPECT_TRUE(std::isinf(deviation.largest));
  EXPECT_TRUE(std::isinf(deviation.largest32));
  EXPECT_TRUE(std::isinf(deviation.excess));
}

TEST(ConvImage, RefusesTensorsOfAnotherShape) {
  const ConvShape shape = *parse_shape("b1_c16_h4_w4_oc16_wic16_k1x1_g1");
  const auto program = generate_program(shape, {});
  ASSERT_TRUE(program);
  const ConvTensors good = draw_tensors(shape, 1);
  EXPECT_TRUE(conv_image(*program, good, 1));
  for (const auto& shorten : std::vector<void (*)(ConvTensors&)>{
           [](ConvTensors& t) { t.input.pop_back(); }, [](ConvTensors& t) { t.weights.pop_back(); },
           [](ConvTensors& t) { t.bias.push_back(0); },
           [](ConvTensors& t) { t.residual.push_back(0); }}) {
    ConvTensors bad = good;
    shorten(bad);
    EXPECT_FALSE(conv_image(*program, bad, 1));
  }
  EXPECT_FALSE(conv_output(*program, std::vector<std::byte>(8)));
  const ConvShape whole = *parse_shape("b1_c16_h4_w4_oc16_wic16_k1x1_g1_i8_bias");
  EXPECT_FALSE(conv_image(*generate_program(whole, {}), draw_tensors(whole, 1), 1));
}

}  // namespace
}  // namespace npuscope
