// Bytes, tasks and cycles of a schedule, counted by hand. 64 channels of 56 x 56 f16 values to 128
// by 1x1: 401,408 bytes in, 16,384 bytes of weights, 802,816 bytes out, 25,690,112 products; the
// captured program has two tiles of 50 and 6 rows on one core, halves of the kernels with the same
// tiles on two, and 19, 19 and 18 rows on three.
#include "replay/schedule/traffic.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

constexpr std::uint64_t input = 401408, weights = 16384, output = 802816, products = 25690112;

ConvShape shape_of(const char* name) {
  const auto shape = parse_shape(name);
  EXPECT_TRUE(shape) << name;
  return shape.value_or(ConvShape{});
}

Traffic traffic(const char* name, unsigned cores) {
  const auto plan = plan_convolution(shape_of(name), {});
  EXPECT_TRUE(plan) << name;
  return plan ? traffic_of(*plan, cores) : Traffic{};
}

const char* const pointwise = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

TEST(Traffic, WeightsThatStayAreFetchedOnce) {
  const Traffic one = traffic(pointwise, 1);
  EXPECT_EQ(one.tasks, 2U);
  EXPECT_EQ(one.input_bytes, input);
  EXPECT_EQ(one.weight_bytes, weights);
  EXPECT_EQ(one.output_bytes, output);
  EXPECT_EQ(one.products, products);
  // 512 products of f16 in a cycle would take 50,176 cycles: the bus with 16 bytes takes longer.
  EXPECT_EQ(one.cycles, (input + weights + output) / 16);
}

TEST(Traffic, EachCoreThatMakesOtherKernelsReadsTheWholeInput) {
  const Traffic two = traffic(pointwise, 2);
  EXPECT_EQ(two.tasks, 4U);
  EXPECT_EQ(two.input_bytes, 2 * input);
  EXPECT_EQ(two.weight_bytes, 2 * weights);  // half of them for each of two tiles of each core
  EXPECT_EQ(two.output_bytes, output);
  EXPECT_EQ(two.products, products);
  EXPECT_EQ(two.cycles, (input + weights + output / 2) / 16);
}

TEST(Traffic, TheSlowestCoreSaysHowLong) {
  const Traffic three = traffic(pointwise, 3);
  EXPECT_EQ(three.tasks, 3U);
  EXPECT_EQ(three.input_bytes, input);
  EXPECT_EQ(three.weight_bytes, 3 * weights);
  // 19 rows of 56 pixels: 128 bytes each in, 256 bytes out.
  EXPECT_EQ(three.cycles, (19U * 56 * 128 + weights + 19U * 56 * 256) / 16);
}

TEST(Traffic, ProductsCountWhereTheyAreSlower) {
  // 256 channels to 256 by 3x3: 8 x 8 pixels, 6 x 6 * 256 * 2,304 products, 512 in a cycle.
  const Traffic one = traffic("b1_c256_h8_w8_oc256_wic256_k3x3_g1", 1);
  EXPECT_EQ(one.products, 36U * 256 * 2304);
  EXPECT_EQ(one.weight_bytes, 256U * 2304 * 2);
  EXPECT_EQ(one.moved() / 16, (8U * 8 * 512 + 256U * 2304 * 2 + 36U * 512) / 16);
  EXPECT_EQ(one.cycles, std::max<std::uint64_t>(one.moved() / 16, one.products / 512));
}

TEST(Traffic, DepthwiseHasOneKernelForEachChannel) {
  // 32 channels of 16 x 16, 3x3: 14 x 14 pixels.
  const Traffic one = traffic("b1_c32_h16_w16_oc32_wic1_k3x3_g32", 1);
  EXPECT_EQ(one.tasks, 1U);
  EXPECT_EQ(one.input_bytes, 16U * 16 * 64);
  EXPECT_EQ(one.weight_bytes, 9U * 64);
  EXPECT_EQ(one.output_bytes, 14U * 14 * 64);
  EXPECT_EQ(one.products, 14U * 14 * 32 * 9);
}

// The whole input takes 6,272 of 512 entries a bank: 13 banks, and the weights half a bank.
TEST(Traffic, TheLeastBanksWithoutTilesHoldInputAndWeights) {
  const ConvShape shape = shape_of(pointwise);
  const auto least = least_banks_without_tiles(shape, {});
  ASSERT_TRUE(least);
  EXPECT_EQ(*least, 14U);
  const auto tasks = [&](std::uint32_t banks) {
    const auto plan = plan_with_banks(shape, {}, banks);
    return plan ? traffic_of(*plan, 1).tasks : 0;
  };
  EXPECT_EQ(tasks(unlimited_banks), 1U);
  EXPECT_EQ(tasks(*least), 1U);
  EXPECT_EQ(tasks(*least - 1), 2U);
}

TEST(Traffic, NothingIsPlannedWithoutRoom) {
  EXPECT_FALSE(plan_with_banks(shape_of(pointwise), {}, 1));
}

}  // namespace
}  // namespace npuscope
