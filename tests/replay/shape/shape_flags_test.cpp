#include "replay/shape/shape_flags.h"

#include <gtest/gtest.h>

namespace npuscope::testing {
namespace {

using namespace std::string_literals;

ShapeFlags small() {
  ShapeFlags flags;
  flags.in_channels = "16"s;
  flags.height = "8"s;
  flags.out_channels = "32"s;
  return flags;
}

std::string outcome(const ShapeFlags& flags) {
  const auto shape = shape_from(flags);
  return shape ? key_of(*shape) : shape.error().text();
}

template <typename Change>
std::string after(Change&& change) {
  ShapeFlags flags = small();
  change(flags);
  return outcome(flags);
}

TEST(ShapeFlags, WhatIsNotSaidHasItsUsualValue) {
  EXPECT_EQ(outcome(small()), "b1_c16_h8_w8_oc32_wic16_k1x1_g1");
  EXPECT_FALSE(ShapeFlags{}.any());
  EXPECT_TRUE(small().any());
}

TEST(ShapeFlags, EveryFlagReachesTheShape) {
  ShapeFlags flags = small();
  flags.batch = "2"s;
  flags.width = "9"s;
  flags.kernel = "3x1"s;
  flags.groups = "4"s;
  flags.stride = "2x1"s;
  flags.pad = "1,0,0,0"s;
  flags.dilation = "1x1"s;
  flags.type = "i8"s;
  flags.bias = flags.relu = flags.residual = flags.relu_after_add = true;
  flags.table = "sigmoid"s;
  EXPECT_EQ(outcome(flags),
            "b2_c16_h8_w9_oc32_wic4_k3x1_g4_s2x1_p1x0x0x0_i8_bias_relu_addrelu_sigmoid");
}

TEST(ShapeFlags, DepthwiseNeedsNoOutputChannels) {
  EXPECT_EQ(after([](ShapeFlags& flags) {
              flags.groups = "depthwise"s;
              flags.out_channels.clear();
              flags.kernel = "3"s;
              flags.stride = "2"s;
              flags.pad = "same"s;
            }),
            "b1_c16_h8_w8_oc16_wic1_k3x3_g16_s2_p0x0x1x1");
}

TEST(ShapeFlags, ErrorsNameTheFlag) {
  EXPECT_EQ(outcome({}), "--in-channels is missing (give it, or the name of a shape)");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.out_channels.clear(); }),
            "--out-channels is missing (give it, or the name of a shape)");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.stride = "0"s; }),
            "--stride: '0' is not a number from 1 to 65535");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.kernel = "3x3x3"s; }),
            "--kernel: '3x3x3' is not one number or two as in 3x1");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.pad = "1,1,1"s; }),
            "--pad: '1,1,1' is no padding: one number, two (above and below, left and right), four "
            "(top, left, bottom, right), valid or same");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.pad = "1,,0,0"s; }),
            "--pad: '' is not a number from 0 to 65535");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.type = "bf16"s; }),
            "--type: 'bf16' is not an element type that is known here: f16 or i8");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.table = "tanh"s; }),
            "--table: 'tanh' is not a table function that is known here: sigmoid or swish");
  EXPECT_EQ(after([](ShapeFlags& flags) { flags.height = "99999999999999999999"s; }),
            "--height: '99999999999999999999' is not a number from 1 to 65535");
}

TEST(ShapeFlags, NumbersThatDoNotFitTogetherAreRefused) {
  const auto starts = [](const std::string& text, std::string_view with) {
    return text.starts_with(with);
  };
  EXPECT_TRUE(starts(after([](ShapeFlags& flags) { flags.relu_after_add = true; }),
                     "a ReLU after the residual add, and no residual add"));
  EXPECT_TRUE(starts(after([](ShapeFlags& flags) { flags.kernel = "9"s; }),
                     "the kernel reaches over 9 rows, the padded input has 8"));
  EXPECT_TRUE(starts(after([](ShapeFlags& flags) {
                       flags.kernel = flags.dilation = "65535"s;
                       flags.pad = "same"s;
                     }),
                     "padding 2147385345 is not between 0 and 65535"));
}

}  // namespace
}  // namespace npuscope::testing
