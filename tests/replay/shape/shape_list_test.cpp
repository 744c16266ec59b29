// The list of shapes agrees with the public one, where that is present.
#include "replay/shape/shape_list.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "replay/shape/shape_names.h"
#include "tests/support/manifest.h"

namespace npuscope::testing {
namespace {

std::map<Family, int> counts(bool listed) {
  std::map<Family, int> count;
  for (const ListedShape& item : shape_list())
    if (item.listed == listed) ++count[item.family];
  return count;
}

TEST(ShapeList, HasTheFamiliesOfThePublicSweeps) {
  EXPECT_EQ(counts(true), (std::map<Family, int>{{Family::pointwise, 112},
                                                 {Family::spatial, 39},
                                                 {Family::depthwise, 39},
                                                 {Family::grouped, 17},
                                                 {Family::conv1d, 10}}));
  EXPECT_EQ(distinct_shapes(false).size(), 190U);
  EXPECT_GT(distinct_shapes(true).size(), 190U);
}

TEST(ShapeList, NamesAreDistinctAndShapesConsistent) {
  std::set<std::string> names;
  for (const ListedShape& item : shape_list()) {
    EXPECT_TRUE(names.insert(item.name).second) << item.name;
    EXPECT_TRUE(check(item.shape)) << item.name;
    EXPECT_EQ(find_listed(item.name), &item);
  }
}

TEST(ShapeList, IsFoundByNameAndByKeyButNotBySlug) {
  ASSERT_NE(find_listed("conv1d_bs1_as_conv2d"), nullptr);
  EXPECT_EQ(find_listed("Conv1d_bs1_as_conv2d"), nullptr);
  EXPECT_EQ(find_listed("c256_h28_oc256"), nullptr);
  const ListedShape* by_key = find_listed("b1_c1_h1_w11_oc6_wic1_k1x1_g1");
  ASSERT_NE(by_key, nullptr);
  EXPECT_EQ(by_key->name, "conv1d_bs1_as_conv2d");
}

TEST(ShapeList, ExtraShapesCoverEachMechanismAndAreSmall) {
  bool has_i8 = false, has_stride = false, has_pad = false, has_pixels = false,
       has_residual = false;
  for (const ListedShape& item : shape_list()) {
    if (item.listed || !item.name.starts_with("small_")) continue;
    const ConvShape& s = item.shape;
    EXPECT_LE(s.in_channels * s.in_height * s.in_width, 4096U) << item.name;
    has_i8 |= s.element == Element::i8;
    has_stride |= s.stride_y > 1;
    has_pad |= s.pad_top > 0;
    has_pixels |= s.in_channels == 3;
    has_residual |= s.fusion.residual;
  }
  EXPECT_TRUE(has_i8 && has_stride && has_pad && has_pixels && has_residual);
}

TEST(ShapeList, SlugsFindEveryShapeThatAgrees) {
  EXPECT_EQ(shapes_of_slug({.channels = 256, .height = 28, .out_channels = 256}).size(), 2U);
  EXPECT_EQ(shapes_of_slug({.channels = 256, .height = 28, .depthwise = true}).size(), 1U);
  EXPECT_EQ(shapes_of_slug({.channels = 7777}).size(), 0U);
}

// Name, geometry and family of each line of the public table.
TEST(ShapeList, AgreesWithThePublicTable) {
  NPUSCOPE_NEEDS_CORPUS();
  std::ifstream file(corpus_path("shapes_217.csv"));
  std::string line;
  std::getline(file, line);
  std::size_t row = 0;
  for (; std::getline(file, line); ++row) {
    const auto cells = csv_cells(line);
    ASSERT_LT(row, shape_list().size());
    const ListedShape& item = shape_list()[row];
    EXPECT_EQ(item.name, cells.at(1));
    EXPECT_TRUE(item.listed);
    EXPECT_EQ(name_of(item.family), cells.at(17) == "1d" ? "conv1d" : cells.at(17)) << item.name;
    const auto encoded = parse_encoded_shape(cells.at(2));
    ASSERT_TRUE(encoded) << encoded.error().text();
    EXPECT_EQ(*encoded, item.shape) << item.name;
    const auto number = [&](std::size_t cell) { return std::stoul(cells.at(cell)); };
    EXPECT_EQ(item.shape.batch, number(3));
    EXPECT_EQ(item.shape.in_channels, number(4));
    EXPECT_EQ(item.shape.in_height, number(5));
    EXPECT_EQ(item.shape.in_width, number(6));
    EXPECT_EQ(item.shape.out_channels, number(7));
    EXPECT_EQ(item.shape.group_in_channels(), number(8));
    EXPECT_EQ(item.shape.kernel_height, number(9));
    EXPECT_EQ(item.shape.kernel_width, number(10));
    EXPECT_EQ(item.shape.groups, number(11));
    EXPECT_EQ(item.shape.out_height(), number(15));
    EXPECT_EQ(item.shape.out_width(), number(16));
  }
  EXPECT_EQ(row, 217U);
}

// Every name that a sweep log gives a result for is known.
TEST(ShapeList, KnowsEveryNameOfTheSweepLogs) {
  NPUSCOPE_NEEDS_CORPUS();
  for (const char* log : {"sweep-logs/conv_grok_217_sweep_20260710_104525_detail.log",
                          "sweep-logs/conv_grok_217_sweep_20260710_150352_detail.log",
                          "sweep-logs/conv_py_217_sweep_20260603_000137_detail.log"}) {
    std::ifstream file(corpus_path(log));
    std::string line;
    std::size_t names = 0;
    while (std::getline(file, line)) {
      const std::size_t end = line.find(" :: ");
      if (end == std::string::npos) continue;
      const std::string name =
          line.substr(line.rfind(' ', end - 1) + 1).substr(0, end - line.rfind(' ', end - 1) - 1);
      const auto shape = parse_shape(name);
      ASSERT_TRUE(shape) << shape.error().text();
      const ListedShape* item = find_listed(key_of(*shape));
      ASSERT_NE(item, nullptr) << name;
      EXPECT_TRUE(item->listed) << name;
      ++names;
    }
    EXPECT_EQ(names, 217U) << log;
  }
}

}  // namespace
}  // namespace npuscope::testing
