// Banks, tiles, splits and grains of captured programs: each row is a fact from a capture or a
// public model.
#include "replay/schedule/banks.h"

#include <gtest/gtest.h>

#include "replay/schedule/channels.h"
#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

ConvSite site_of(const ConvShape& shape) {
  ConvSite site;
  site.pixel_input = uses_pixels(shape);
  return site;
}

TEST(Channels, ThreeCellsTakeFour) {
  // c -> buffer, weights, fetch; from registers 1044, 1034 and 1024 of models with such channel
  // counts.
  const struct {
    Element element;
    std::uint32_t channels, buffer, weights, fetched;
  } rows[] = {{Element::f16, 24, 32, 32, 24}, {Element::f16, 40, 40, 40, 40},
              {Element::f16, 72, 72, 72, 72}, {Element::f16, 8, 8, 8, 8},
              {Element::f16, 16, 16, 16, 16}, {Element::i8, 12, 16, 16, 16},
              {Element::i8, 24, 32, 32, 32},  {Element::i8, 48, 64, 48, 48},
              {Element::i8, 80, 80, 80, 80}};
  for (const auto& row : rows) {
    EXPECT_EQ(cbuf_channels(row.element, row.channels), row.buffer) << row.channels;
    EXPECT_EQ(weight_channels(row.element, row.channels), row.weights) << row.channels;
    EXPECT_EQ(fetched_channels(row.element, row.channels), row.fetched) << row.channels;
  }
}

TEST(Channels, SurfacesArePaddedToFourCells) {
  EXPECT_EQ(surface_cells(1, 1), 1U);
  EXPECT_EQ(surface_cells(1, 2), 4U);
  EXPECT_EQ(surface_cells(26, 26), 676U);
  EXPECT_EQ(surface_cells(5, 5), 28U);
}

TEST(Banks, OfDirectConvolutions) {
  // CBUF_CON0 of captures: 0x1b, 0xb1, 0x39, 0x84, 0xa2; DATA_SIZE0 of the tiles.
  const struct {
    const char* shape;
    std::uint32_t data_banks, rows;
    bool fits;
  } rows[] = {{"b1_c64_h56_w56_oc128_wic64_k1x1_g1", 11, 50, true},
              {"b1_c32_h14_w14_oc128_wic32_k3x3_g1", 1, 14, true},
              {"b1_c160_h40_w40_oc320_wic160_k3x3_g1", 9, 23, false},
              {"b1_c256_h14_w14_oc512_wic256_k1x1_g1", 4, 14, true},
              {"b1_c768_h20_w20_oc96_wic768_k1x1_g1", 7, 7, true},
              {"b1_c3_h224_w224_oc32_wic3_k3x3_g1", 11, 50, true},
              {"b1_c24_h160_w160_oc24_wic24_k3x3_g1_p1_i8", 11, 70, true},
              {"b1_c1_h40_w151_oc32_wic1_k5x5_g1_s2x1_p2x2x1x2", 2, 40, true}};
  for (const auto& row : rows) {
    const auto shape = parse_shape(row.shape);
    ASSERT_TRUE(shape) << shape.error().text();
    const BankPlan plan = direct_banks(*shape, site_of(*shape));
    EXPECT_EQ(plan.data_banks, row.data_banks) << row.shape;
    EXPECT_EQ(plan.weight_banks(), 12 - row.data_banks) << row.shape;
    EXPECT_EQ(plan.rows, row.rows) << row.shape;
    EXPECT_EQ(plan.weights_fit, row.fits) << row.shape;
  }
}

TEST(Banks, OfDepthwiseConvolutionsByBlock) {
  // FC_DATA_SIZE1 and CBUF_CON0 of captured depthwise programs: blocks of 224, 480, 448, 32.
  const struct {
    const char* shape;
    std::uint32_t block, data_banks, rows;
  } rows[] = {{"b1_c256_h28_w28_oc256_wic1_k3x3_g256", 224, 11, 28},
              {"b1_c64_h112_w112_oc64_wic1_k3x3_g64", 32, 11, 50},
              {"b1_c512_h14_w14_oc512_wic1_k3x3_g512", 512, 7, 14},
              {"b1_c64_h52_w52_oc64_wic1_k3x3_g64_s2_p1x1x0x0_i8", 64, 6, 52}};
  for (const auto& row : rows) {
    const auto shape = parse_shape(row.shape);
    ASSERT_TRUE(shape) << shape.error().text();
    const BankPlan plan = depthwise_block_banks(*shape, {});
    EXPECT_EQ(plan.channels, row.block) << row.shape;
    EXPECT_EQ(plan.data_banks, row.data_banks) << row.shape;
    EXPECT_EQ(plan.rows, row.rows) << row.shape;
  }
}

TEST(Banks, WeightsThatLeaveNoRoomAreStreamedByTheUnit) {
  const auto shape = parse_shape("b1_c1024_h13_w13_oc1024_wic1024_k3x3_g1");
  ASSERT_TRUE(shape);
  const BankPlan plan = general_banks(*shape, {});
  EXPECT_EQ(plan.weight_banks(), 9U);  // 16 kernels of 18,432 bytes
  EXPECT_EQ(plan.rows, 3U);
}

}  // namespace
}  // namespace npuscope
