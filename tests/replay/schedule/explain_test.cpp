// Explanations must calculate rightly: the numbers below are worked out by hand.
#include "replay/schedule/explain.h"

#include <gtest/gtest.h>

#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

// The lines of a subject, those that go on from it included.
std::vector<std::string> explained(const std::string& name, const std::string& subject) {
  const auto shape = parse_shape(name);
  EXPECT_TRUE(shape) << name;
  ConvSite site;
  site.pixel_input = uses_pixels(*shape);
  const auto plan = plan_convolution(*shape, site);
  EXPECT_TRUE(plan) << name;
  std::vector<std::string> texts;
  bool wanted = false;
  for (const PlanNote& line : explain(*plan)) {
    if (!line.subject.empty()) wanted = line.subject == subject;
    if (wanted) texts.push_back(line.text);
  }
  return texts;
}

using Lines = std::vector<std::string>;

TEST(Explain, RowsThatDoNotFillTheirEntriesAreRoundedUp) {
  EXPECT_EQ(explained("b1_c16_h4_w5_oc8_wic16_k1x1_g1", "input row"),
            Lines{"5 wide, 16 channels, 2 bytes each: 5*16*2 = 160 bytes, rounded up to 3 entries "
                  "of 64"});
  EXPECT_EQ(explained("b1_c16_h4_w4_oc8_wic16_k1x1_g1", "input row"),
            Lines{"4 wide, 16 channels, 2 bytes each: 4*16*2 = 128 bytes = 2 entries of 64"});
}

TEST(Explain, PixelsLieInBlocksOfEight) {
  EXPECT_EQ(explained("b1_c3_h16_w151_oc8_wic3_k3x3_g1_i8", "input row"),
            Lines{"pixels of 3 channels, 151 wide (in blocks of 8: 152), 16 bytes each: 2432 bytes "
                  "= 38 entries of 64"});
}

// What no capture shows is said, and what captures show is not doubted.
TEST(Explain, WhatIsNotConfirmedIsNamed) {
  const struct {
    const char* name;
    Lines schedule;
  } rows[] = {
      {"b1_c16_h8_w8_oc16_wic16_k3x3_g1_p1_i8_bias_relu", {}},
      {"b1_c16_h8_w8_oc16_wic16_k3x3_g1_p1_i8_bias_addrelu", {}},
      {"b1_c64_h8_w8_oc64_wic1_k3x3_g64_p1_i8_bias_relu", {}},
      {"b1_c1_h8_w8_oc16_wic1_k3x3_g1", {}},
      {"b1_c3_h8_w8_oc16_wic3_k3x3_g1", {}},
      {"b1_c16_h8_w8_oc16_wic16_k3x3_g1_d1x2", {}},
      {"b1_c16_h8_w8_oc16_wic16_k3x3_g1_i8", {"no capture has an i8 convolution without bias"}},
      {"b1_c16_h8_w8_oc16_wic16_k1x1_g1_add", {"no capture has a residual add without bias"}},
      {"b1_c64_h8_w8_oc64_wic1_k3x3_g64_p1_bias_add",
       {"no capture has a residual add behind a depthwise convolution"}},
      {"b1_c2_h8_w8_oc16_wic2_k3x3_g1", {"no capture has pixels of 2 channels"}},
      {"b1_c16_h8_w8_oc16_wic16_k3x3_g1_d2x1", {"no capture has vertical dilation"}},
      {"b1_c12_h8_w8_oc16_wic12_k3x3_g1",
       {"no capture has 12 f16 channels in a cube: not a multiple of 8"}}};
  for (const auto& row : rows) {
    Lines expected = row.schedule;
    expected.insert(expected.begin(),
                    expected.empty()
                        ? "the vendor's"
                        : "inferred: the vendor's formulas, not confirmed for this shape");
    EXPECT_EQ(explained(row.name, "schedule"), expected) << row.name;
  }
}

TEST(Explain, EqualTilesAreCounted) {
  EXPECT_EQ(explained("b1_c64_h112_w112_oc64_wic1_k3x3_g64", "1 core"),
            Lines{"6 records: output rows 48x2,14 in 2 channel blocks each"});
  EXPECT_EQ(explained("b1_c64_h112_w112_oc64_wic1_k3x3_g64", "2 cores"),
            (Lines{"depthwise: divided by rows",
                   "all channels in each record: 11 banks of data hold 25 input rows",
                   "core 0: 3 records, kernels 0..63, rows 19,18x2",
                   "core 1: 3 records, kernels 0..63, rows 19,18x2"}));
}

TEST(Explain, OneNumberOfCoresAlone) {
  const auto plan = plan_convolution(*parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1"), {});
  ASSERT_TRUE(plan);
  for (const unsigned cores : {1U, 2U, 3U}) {
    std::size_t subjects = 0;
    for (const PlanNote& line : explain(*plan, cores))
      if (line.subject.find(" core") != std::string::npos) {
        EXPECT_EQ(line.subject.front(), static_cast<char>('0' + cores));
        ++subjects;
      }
    EXPECT_EQ(subjects, 1U);
  }
}

TEST(Explain, ImagesThatCannotBeDividedGoToTheCoresInTurns) {
  EXPECT_EQ(explained("b2_c16_h1_w5_oc8_wic16_k1x1_g1", "2 cores").front(),
            "not every part can be divided: whole ones, given to the cores in turns");
  EXPECT_EQ(explained("b2_c16_h1_w5_oc8_wic16_k1x1_g1", "3 cores"),
            Lines{"8 kernels = 1 unit of 16 and 1 output row cannot be divided by 3: as one core"});
}

TEST(Explain, BatchesKeepTheVendorsBanksButNotItsReuse) {
  EXPECT_EQ(explained("b2_c160_h40_w40_oc320_wic160_k3x3_g1", "banks"),
            Lines{"neither fits; the weights come in groups of 32 kernels: 3 for weights, 12 - 3 = "
                  "9 for data"});
  EXPECT_EQ(explained("b2_c64_h56_w56_oc128_wic64_k1x1_g1", "weights fit"),
            Lines{"1 <= 1: every record of a general schedule loads its own"});
}

// A row of 80*192*2 bytes is 480 entries; 32 kernels of 5*5*192*2 bytes take 10 of the 12 banks,
// and two banks hold no five rows. Sixteen kernels take 5.
TEST(Explain, BanksOfOurOwnAreNamed) {
  const std::string name = "b1_c192_h40_w80_oc320_wic192_k5x5_g1";
  EXPECT_EQ(explained(name, "schedule").at(1),
            "the vendor's banks leave no room for a tile: one kernel unit at a time");
  EXPECT_EQ(explained(name, "banks"),
            Lines{"one unit of kernels at a time takes 5 banks: 7 for data, 5 for weights"});
  EXPECT_EQ(
      explained(name, "tile"),
      Lines{"floor(7*512 / 480) = 7 input rows; the kernel reaches over 5, stride 1: 3 output "
            "rows"});
}

}  // namespace
}  // namespace npuscope
