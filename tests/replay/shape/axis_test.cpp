#include "replay/shape/axis.h"

#include <gtest/gtest.h>

namespace npuscope::testing {
namespace {

TEST(Axis, PaddingBehindMirrorsOrIsTheSmallest) {
  const struct {
    const char* why;
    KnownAxis known;
    CompletedAxis completed;
  } rows[] = {
      {"3x3 on 160, padding 1, stride 2: one behind changes nothing, and mirrors",
       {160, 80, 3, 1, 2},
       {1, 2}},
      {"SAME_UPPER of an even input: all of it behind", {8, 4, 3, 0, 2}, {1, 2}},
      {"valid, the last row unread", {8, 3, 3, 0, 2}, {0, 2}},
      {"pointwise with stride", {8, 4, 1, 0, 2}, {0, 2}},
      {"more behind than before", {10, 12, 5, 2, 1}, {4, 1}},
      {"less behind than before", {10, 9, 3, 1, 1}, {0, 1}},
      {"a single output of a global kernel", {7, 1, 7, 0, 1}, {0, 1}},
      {"a single output hides its stride", {8, 1, 7, 0, 1}, {0, 2}},
  };
  for (const auto& row : rows) EXPECT_EQ(complete_axis(row.known), row.completed) << row.why;
}

TEST(Axis, SizesThatNoPaddingGivesAreRefused) {
  EXPECT_FALSE(complete_axis({4, 5, 1, 0, 1}));   // would need padding as large as the kernel
  EXPECT_FALSE(complete_axis({10, 5, 3, 0, 1}));  // the kernel fits more often
  EXPECT_FALSE(complete_axis({4, 0x7fffffff, 3, 15, 7}));
}

}  // namespace
}  // namespace npuscope::testing
