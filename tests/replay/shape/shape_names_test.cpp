// What people write is read, what contradicts itself is refused with its place.
#include "replay/shape/shape_names.h"

#include <gtest/gtest.h>

#include "replay/shape/shape_list.h"

namespace npuscope::testing {
namespace {

std::string key_from(std::string_view name) {
  const auto shape = parse_shape(name);
  return shape ? key_of(*shape) : shape.error().text();
}

std::string error_from(std::string_view name) {
  const auto shape = parse_shape(name);
  return shape ? "read as " + key_of(*shape) : shape.error().text();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(ShapeNames, FormsOfOneGeometryHaveOneKey) {
  const std::string key = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";
  for (const char* name :
       {"b1_c64_h56_w56_oc128_wic64_k1x1_g1", "gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1",
        "conv2d_b1_c64_h56_w56_oc128_wic64_k1x1_g1", "conv2d_cc_b1_c64_h56_w56_oc128_wic64_k1x1_g1",
        "cc_b1_c64_h56_w56_oc128_wic64_k1x1_g1", "mix_b1_c64_h56_w56_oc128_wic64_k1x1_g1",
        "b1_c64_h56_w56_oc128_wic64_k1x1_g1_s1_pvalid", "b1_c64_h56_w56_oc128_k1x1",
        "c64_h56_w56_oc128_k1", "c64_h56_w56_oc128_wic64_k1x1", "c64_h56_w56_oc128_k1_g1",
        "conv2d_64x128_1x1_56x56", "gen:conv2d_64x128_1x1_56x56_g1",
        "b1_c64_h56_w56_oc128_wic64_k1x1_g1_s1x1_p0_d1_fp16"})
    EXPECT_EQ(key_from(name), key) << name;
}

TEST(ShapeNames, EverySuffixIsReadAndWrittenInItsOrder) {
  const std::string base = "b1_c32_h9_w11_oc32_wic32_k3x3_g1";
  const struct {
    const char* written;
    const char* canonical;
  } rows[] = {
      {"_s2", "_s2"},
      {"_s2x2", "_s2"},
      {"_s2x1", "_s2x1"},
      {"_p1", "_p1"},
      {"_p1x1", "_p1"},
      {"_p1x0", "_p1x0"},
      {"_p1x1x1x1", "_p1"},
      {"_p1x0x1x0", "_p1x0"},
      {"_p0x1x2x0", "_p0x1x2x0"},
      {"_d2", "_d2"},
      {"_d1x2", "_d1x2"},
      {"_psame", "_p1"},
      {"_psame_s2", "_s2_p1"},
      {"_f16", ""},
      {"_float16", ""},
      {"_i8", "_i8"},
      {"_int8", "_i8"},
      {"_bias", "_bias"},
      {"_relu_bias", "_bias_relu"},
      {"_residual", "_add"},
      {"_addrelu", "_addrelu"},
      {"_add_relu", "_addrelu"},
      {"_bias_relu_add", "_bias_relu_add"},
      {"_relu_add_relu", "_relu_addrelu"},
      {"_sigmoid", "_sigmoid"},
      {"_silu", "_swish"},
      {"_bias_i8_d2_p2_s2_swish", "_s2_p2_d2_i8_bias_swish"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(key_from(base + row.written), base + row.canonical);
    EXPECT_EQ(key_from(base + row.canonical), base + row.canonical);
  }
}

// SAME_UPPER: an even extent with stride 2 gets its one row below and its one column right.
TEST(ShapeNames, SamePaddingPutsTheOddRowBelow) {
  const auto even = parse_shape("b1_c16_h8_w9_oc16_k3x3_s2_psame");
  ASSERT_TRUE(even) << even.error().text();
  EXPECT_EQ(key_of(*even), "b1_c16_h8_w9_oc16_wic16_k3x3_g1_s2_p0x1x1x1");
  EXPECT_EQ(even->out_height(), 4U);
  EXPECT_EQ(even->out_width(), 5U);
  EXPECT_EQ(key_from("b1_c16_h8_w8_oc16_k1x1_s3_psame"), "b1_c16_h8_w8_oc16_wic16_k1x1_g1_s3");
  EXPECT_EQ(key_from("b1_c16_h8_w8_oc16_k3x3_d2_psame"), "b1_c16_h8_w8_oc16_wic16_k3x3_g1_p2_d2");
}

TEST(ShapeNames, GroupsFollowFromWhatIsSaid) {
  const std::string key = "b1_c32_h9_w9_oc32_wic1_k3x3_g32";
  EXPECT_EQ(key_from("b1_c32_h9_w9_oc32_wic1_k3x3"), key);
  EXPECT_EQ(key_from("b1_c32_h9_w9_oc32_k3x3_g32"), key);
  EXPECT_EQ(key_from("b1_c32_h9_w9_oc32_k3x3_dw"), key);
  EXPECT_EQ(key_from("conv2d_32x32_3x3_9x9_g32"), key);
  EXPECT_EQ(key_from("conv2d_4x4_1x1_1x1_g2"), "b1_c4_h1_w1_oc4_wic2_k1x1_g2");
}

// They need not say anything by themselves.
TEST(ShapeNames, NamesOfTheListAreLookedUp) {
  EXPECT_EQ(key_from("conv1d_bs8_8311_635_g3_as_conv2d"), "b8_c3_h1_w11_oc6_wic1_k1x5_g3");
  EXPECT_EQ(key_from("conv1d_bs1_as_conv2d"), "b1_c1_h1_w11_oc6_wic1_k1x1_g1");
  EXPECT_EQ(key_from("gen:1x3_54x54_k1"), "b1_c3_h54_w54_oc6_wic3_k1x1_g1");
  EXPECT_EQ(key_from("conv2d_1x6_3x1_5x7_b"), "b1_c1_h5_w7_oc6_wic1_k3x1_g1");
  EXPECT_EQ(key_from("small_pixels"), "b1_c3_h16_w16_oc16_wic3_k3x3_g1_s2_p1");
}

TEST(ShapeNames, KeysReadBackWithoutTheList) {
  for (const ListedShape& item : shape_list()) {
    const auto again = parse_encoded_shape(key_of(item.shape));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(*again, item.shape) << item.name;
  }
}

TEST(ShapeNames, AliasesAreRefusedWithTheirCandidates) {
  EXPECT_EQ(error_from("c256_h28_oc256"),
            "'c256_h28_oc256': an alias that does not say kernel and groups, captures of different "
            "operators share such names (write one of b1_c256_h28_w28_oc256_wic1_k3x3_g256, "
            "b1_c256_h28_w28_oc256_wic256_k1x1_g1)");
  EXPECT_TRUE(contains(error_from("cc_c256_h28_oc256"), "write one of b1_c256_h28_w28_oc256_wic1"));
  EXPECT_TRUE(contains(error_from("c256_h28_dw_by_yk"),
                       "the list has b1_c256_h28_w28_oc256_wic1_k3x3_g256)"));
  EXPECT_TRUE(contains(error_from("fresh_dw_c96_h20"), "the list has b1_c96_h20_w20_oc96_wic1"));
  EXPECT_TRUE(contains(error_from("prefix_c832_h7_oc48_s1pvalid_keep1_gem2"),
                       "the list has b1_c832_h7_w7_oc48_wic832_k1x1_g1)"));
  EXPECT_TRUE(contains(error_from("pw_c256_h14"), "b1_c256_h14_w14_oc512_wic256_k1x1_g1"));
  EXPECT_TRUE(contains(error_from("c257_h28_oc256"), "no listed shape has these numbers"));
  EXPECT_TRUE(contains(error_from("c3_h5"), " or 2 more)"));
}

TEST(ShapeNames, ErrorsNameThePositionAndTheExpectedPart) {
  const struct {
    const char* name;
    const char* says;
  } rows[] = {
      {"", "'', character 1: the name ends before cN, the input channels"},
      {"gen:", "'gen:', character 5: the name ends before cN, the input channels"},
      {"conv2d", "'conv2d', character 7: the name ends before cN, the input channels"},
      {"b1_c64_k3x3", "character 8: 'k3x3' is not hN, the input height"},
      {"b1_c64_h56_x56_oc128_k1x1", "character 12: 'x56' is not wN, the input width"},
      {"b1_c64_h56_oc128_k1x1", "character 12: 'oc128' is not wN, the input width"},
      {"b1_c64_h5_w5_k1x1", "character 14: 'k1x1' is not ocN, the output channels"},
      {"b1_c64_h5_w5_oc8_wic64_kx1", "character 24: 'kx1' is not kN, the kernel height x width"},
      {"b1_c64_h5_w5_oc8_wic64_k3x", "character 25: kernel: '' is not a number from 1 to 65535"},
      {"b1_c64_h5_w5_oc8_wic64_k1x1x1", "'1x1x1' is not one number or two as in 3x1"},
      {"b1_c0_h5_w5_oc8_k1x1", "character 5: input channels: '0' is not a number"},
      {"b1_c99999999999999999999_h5_w5_oc8_k1x1", "'99999999999999999999' is not a number from 1"},
      {"b1_c-4_h5_w5_oc8_k1x1", "character 5: input channels: '-4' is not a number"},
      {"b1_c64_h5_w5_oc8_wic32_k1x1_g1",
       "character 29: wic32 (input channels of a group) times 1 group is 32, not c64"},
      {"b1_c64_h5_w5_oc8_wic48_k1x1", "wic48 does not divide c64"},
      {"b1_c64_h5_w5_oc8_k1x1_g3", "3 groups do not divide 64 input and 8 output channels"},
      {"b1_c64_h5_w5_oc8_k3x3_dw", "depthwise means c = oc = g, the name says c64, oc8 and 64"},
      {"b1_c64_h5_w5_oc8_k7x7_g1", "the kernel reaches over 7 rows, the padded input has 5"},
      {"b1_c64_h5_w5_oc8_k1x1_g1_", "character 26: '' is no part of a shape's name"},
      {"b1_c64_h5_w5_oc8_k1x1_g1_s", "character 27: stride: '' is not a number"},
      {"b1_c64_h5_w5_oc8_k1x1_g1_s0", "character 27: stride: '0' is not a number from 1"},
      {"b1_c64_h5_w5_oc8_k1x1_g1_s1_s2", "character 29: the stride is given twice"},
      {"b1_c64_h5_w5_oc8_k3x3_p1_pvalid", "character 26: the padding is given twice"},
      {"b1_c64_h5_w5_oc8_k3x3_p1x1x1", "'1x1x1' is no padding: one number, two"},
      {"b1_c64_h5_w5_oc8_k3x3_p3", "padding 3 is not smaller than the kernel's 3 rows"},
      {"b1_c64_h5_w5_oc8_k3x3_f16_i8", "character 27: the element type is given twice"},
      {"b1_c64_h5_w5_oc8_k3x3_bf16", "character 23: 'bf16' is no part of a shape's name"},
      {"b1_c64_h5_w5_oc8_k3x3_swish_sigmoid", "the table function is given twice"},
      {"b1_c64_h5_w5_oc8_k3x3_none", "'none' is no part of a shape's name"},
      {"b1_c64_h5_w5_oc8_k3x3_relu_relu", "the ReLU is given twice"},
      {"conv2d_1x6", "character 11: the name ends before the kernel, height x width"},
      {"conv2d_1x6_3_5", "character 14: '5' is not NxN, the input height x width"},
      {"conv2d_16_3x3_9x9", "character 8: '16' is not NxN, the input x output channels"},
  };
  for (const auto& row : rows)
    EXPECT_TRUE(contains(error_from(row.name), row.says))
        << row.name << ": " << error_from(row.name);
}

TEST(ShapeNames, HostileTextIsQuotedShortAndPrintable) {
  const std::string long_name(10000, '_');
  EXPECT_TRUE(contains(error_from(long_name), "character 257: the name is longer than 256"));
  EXPECT_LT(error_from(long_name).size(), 400U);
  EXPECT_TRUE(contains(error_from(std::string("b1_\x1b[31m\0", 9)), "'?[31m?' is not cN"));
}

TEST(ShapeNames, NearNamesOfTheListAreSuggested) {
  EXPECT_TRUE(contains(error_from("conv1d_bs1_as_conv2"), "did you mean conv1d_bs1_as_conv2d"));
  EXPECT_TRUE(contains(error_from("1x3_54x54_k11"), "did you mean 1x3_54x54_k1"));
  EXPECT_TRUE(contains(error_from("small_pixel"), "did you mean small_pixels"));
  EXPECT_FALSE(contains(error_from("nothing_like_it"), "did you mean"));
}

}  // namespace
}  // namespace npuscope::testing
