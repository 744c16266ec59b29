// Convolutions in f16: generated programs on the simulator against nested loops in float64.
#include <gtest/gtest.h>

#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "tests/replay/sim/conv_run.h"

namespace npuscope {
namespace {

using testing::ConvRun;

// The smallest distances from half a step are rounding of the test's own float64 sum.
constexpr double tolerance = 1e-9;

class Convolution : public ::testing::TestWithParam<const char*> {};

TEST_P(Convolution, IsRightOnOneTwoAndThreeCores) {
  const auto shape = parse_shape(GetParam());
  ASSERT_TRUE(shape) << shape.error().text();
  ConvRun run(*shape, 42);
  const auto one = run.simulate(1);
  EXPECT_LE(run.worst_excess(one), tolerance);
  const auto memory = run.output_memory();
  EXPECT_EQ(run.simulate(2), one);
  EXPECT_EQ(run.output_memory(), memory) << "bytes between the elements as well";
  EXPECT_EQ(run.simulate(3), one);
  EXPECT_EQ(run.output_memory(), memory);
}

TEST_P(Convolution, DoesNotDependOnTheInstructionSet) {
  ConvRun run(*parse_shape(GetParam()), 7);
  EXPECT_EQ(run.simulate(1, {.isa = sim::Isa::portable}), run.simulate(1, {.isa = sim::Isa::best}));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Convolution,
    ::testing::Values("b1_c64_h14_w14_oc32_wic64_k1x1_g1", "b1_c32_h9_w11_oc40_wic32_k3x3_g1_p1",
                      "b1_c24_h12_w12_oc17_wic24_k3x3_g1_s2_p1",  // three cells stored as four
                      "b1_c40_h7_w5_oc33_wic40_k5x5_g1_p2",       //
                      "b1_c16_h3_w3_oc16_wic16_k1x1_g1",          // negative surface stride
                      "b1_c128_h1_w1_oc24_wic128_k1x1_g1",        //
                      "b1_c8_h1_w64_oc16_wic8_k1x5_g1",           //
                      "b1_c3_h20_w20_oc16_wic3_k3x3_g1_s2_p1",    // pixels
                      "b1_c1_h17_w23_oc8_wic1_k5x5_g1",           //
                      "b1_c32_h10_w10_oc32_wic1_k3x3_g32_p1",     // depthwise
                      "b1_c40_h10_w9_oc40_wic1_k3x3_g40_s2_p1",   //
                      "b1_c16_h20_w20_oc16_wic16_k3x3_g1_p2_d2",  // dilation
                      "b2_c16_h6_w6_oc20_wic16_k3x3_g1",          // batch
                      "b1_c12_h8_w8_oc18_wic4_k3x3_g3",           // groups
                      "b1_c32_h8_w8_oc32_wic32_k3x3_g1_p1_bias",  //
                      "b1_c32_h8_w8_oc48_wic32_k1x1_g1_bias_relu",
                      "b1_c32_h8_w8_oc48_wic32_k1x1_g1_bias_residual",
                      "b1_c32_h8_w8_oc72_wic32_k3x3_g1_p1_bias_residual_relu"));

}  // namespace
}  // namespace npuscope
