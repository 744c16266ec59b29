#include "replay/schedule/tiles.h"

#include <gtest/gtest.h>

#include "replay/schedule/grains.h"
#include "replay/schedule/split.h"
#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

ConvShape shape_of(const char* name) {
  const auto shape = parse_shape(name);
  EXPECT_TRUE(shape) << name;
  return shape.value_or(ConvShape{});
}

std::vector<std::uint32_t> counts(const std::vector<Extent>& extents) {
  std::vector<std::uint32_t> list;
  for (const Extent& extent : extents) list.push_back(extent.count);
  return list;
}

using Numbers = std::vector<std::uint32_t>;

TEST(Tiles, FillTheBufferFromTheTop) {
  // Captured DATA_CUBE_HEIGHT + 1 of the 1-core programs.
  EXPECT_EQ(counts(greedy_tiles(shape_of("b1_c64_h56_w56_oc128_wic64_k1x1_g1"), 50)),
            (Numbers{50, 6}));
  EXPECT_EQ(counts(greedy_tiles(shape_of("b1_c160_h40_w40_oc320_wic160_k3x3_g1"), 23)),
            (Numbers{21, 17}));
  EXPECT_EQ(counts(greedy_tiles(shape_of("b1_c64_h112_w112_oc64_wic1_k3x3_g64"), 50)),
            (Numbers{48, 48, 14}));
  // With padding and stride: models.
  EXPECT_EQ(counts(greedy_tiles(shape_of("c24_h80_w80_oc24_k3x3_p1_i8"), 70)), (Numbers{69, 11}));
  EXPECT_EQ(counts(greedy_tiles(shape_of("c24_h160_w160_oc24_k3x3_p1_i8"), 70)),
            (Numbers{69, 68, 23}));
  Numbers stride_two(18, 17);
  stride_two.push_back(14);
  EXPECT_EQ(counts(greedy_tiles(shape_of("c3_h640_w640_oc16_k3x3_s2_p1_i8"), 35)), stride_two);
}

TEST(Tiles, NoneIfTheKernelDoesNotFit) {
  EXPECT_TRUE(greedy_tiles(shape_of("c64_h56_w56_oc64_k5x5"), 4).empty());
  EXPECT_TRUE(shared_tiles(shape_of("c64_h56_w56_oc64_k5x5"), 4, 2).empty());
}

TEST(Tiles, AreSharedInTurns) {
  const auto lanes = shared_tiles(shape_of("b1_c64_h112_w112_oc64_wic1_k3x3_g64"), 25, 2);
  ASSERT_EQ(lanes.size(), 2U);
  EXPECT_EQ(lanes[0], (std::vector<Extent>{{0, 19}, {38, 18}, {74, 18}}));
  EXPECT_EQ(lanes[1], (std::vector<Extent>{{19, 19}, {56, 18}, {92, 18}}));
}

TEST(Tiles, ReadTheRowsThatTheyNeed) {
  const ConvShape shape = shape_of("c24_h160_w160_oc24_k3x3_p1_i8");
  const InputRows top = input_rows(shape, {0, 69});
  EXPECT_EQ(top.first, 0U);
  EXPECT_EQ(top.count, 70U);
  EXPECT_EQ(top.padding, 1U);
  const InputRows last = input_rows(shape, {137, 23});
  EXPECT_EQ(last.first, 136U);
  EXPECT_EQ(last.count, 24U);
  EXPECT_EQ(last.padding, 0U);
}

TEST(Split, ByKernelsWhereBalancedOrNeeded) {
  const struct {
    const char* shape;
    bool fits;
    Split two, three;
  } rows[] = {{"b1_c64_h56_w56_oc128_wic64_k1x1_g1", true, Split::kernels, Split::rows},
              {"b1_c160_h40_w40_oc320_wic160_k3x3_g1", false, Split::kernels, Split::kernels},
              {"b1_c256_h28_w28_oc256_wic1_k3x3_g256", true, Split::rows, Split::rows},
              {"b1_c1024_h7_w7_oc1024_wic1_k7x7_g1024", true, Split::none, Split::none},
              {"c64_h20_w20_oc64_k1x1_i8", true, Split::kernels, Split::rows},
              {"c64_h20_w20_oc80_k1x1_i8", true, Split::rows, Split::rows}};
  for (const auto& row : rows) {
    EXPECT_EQ(choose_split(shape_of(row.shape), row.fits, 2), row.two) << row.shape;
    EXPECT_EQ(choose_split(shape_of(row.shape), row.fits, 3), row.three) << row.shape;
  }
  ConvShape table = shape_of("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  table.fusion.table = TableFunction::sigmoid;
  EXPECT_EQ(choose_split(table, true, 2), Split::none);
}

TEST(Split, KernelsOfEachCore) {
  const struct {
    std::uint32_t kernels, cores;
    Numbers shares;
  } rows[] = {{320, 3, {112, 112, 96}},  {1024, 3, {352, 336, 336}}, {256, 3, {96, 80, 80}},
              {546, 3, {192, 192, 162}}, {320, 2, {160, 160}},       {120, 2, {48, 72}},
              {273, 2, {128, 145}},      {273, 3, {80, 80, 113}}};
  for (const auto& row : rows) {
    ConvShape shape = shape_of("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
    shape.out_channels = row.kernels;
    EXPECT_EQ(counts(shared_kernels(shape, row.cores)), row.shares)
        << row.kernels << " on " << row.cores;
  }
}

TEST(Split, FamilyBits) {
  EXPECT_EQ(family_bits(Split::none, 1), 0U);
  EXPECT_EQ(family_bits(Split::rows, 2), 1U);
  EXPECT_EQ(family_bits(Split::rows, 3), 2U);
  EXPECT_EQ(family_bits(Split::kernels, 2), 4U);
  EXPECT_EQ(family_bits(Split::kernels, 3), 5U);
}

TEST(Grains, OfCapturesAndModels) {
  // CONV_CON2[13:4] of records: shape, channels, output rows of the record.
  const struct {
    const char* shape;
    std::uint32_t channels;
    Extent rows;
    std::uint32_t grains;
  } rows[] = {{"b1_c64_h56_w56_oc128_wic64_k1x1_g1", 64, {0, 50}, 10},
              {"b1_c64_h56_w56_oc128_wic64_k1x1_g1", 64, {50, 6}, 7},
              {"b1_c32_h14_w14_oc128_wic32_k3x3_g1", 32, {0, 12}, 17},
              {"b1_c160_h40_w40_oc320_wic160_k3x3_g1", 160, {0, 21}, 12},
              {"b1_c256_h28_w28_oc256_wic1_k3x3_g256", 32, {0, 26}, 28},
              {"c64_h52_w52_oc64_wic1_k3x3_g64_s2_p1x1x0x0_i8", 64, {9, 9}, 19},
              {"c64_h52_w52_oc64_wic1_k3x3_g64_s2_p1x1x0x0_i8", 64, {0, 9}, 20},
              {"b1_c1_h40_w151_oc32_wic1_k5x5_g1_s2x1_p2x2x1x2", 1, {7, 7}, 22}};
  for (const auto& row : rows) {
    const ConvShape shape = shape_of(row.shape);
    ConvSite site;
    site.pixel_input = uses_pixels(shape);
    EXPECT_EQ(feature_grains(shape, site, row.channels, input_rows(shape, row.rows)), row.grains)
        << row.shape;
  }
}

}  // namespace
}  // namespace npuscope
