#include "regdb/spelling.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

TEST(Spelling, LowersLettersAndNothingElse) {
  EXPECT_EQ(lower_case("CNA_CBUF_CON0 [z]{@}"), "cna_cbuf_con0 [z]{@}");
  EXPECT_EQ(lower_case("\xc4"), "\xc4");  // no letter outside ASCII
}

TEST(Spelling, DistanceCountsSwapsOnce) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U);
  EXPECT_EQ(edit_distance("abc", "abd"), 1U);
  EXPECT_EQ(edit_distance("abc", "abcd"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // the restricted form; the full one has 2
  EXPECT_EQ(edit_distance("kitten", "sitting"), edit_distance("sitting", "kitten"));
}

TEST(Spelling, EqualDistancesAreOrderedByName) {
  const std::vector<std::string> names{"CON3", "CON1", "CON2", "CON1", "FAR_AWAY"};
  EXPECT_EQ(closest_names("CON0", names, 5), (std::vector<std::string>{"CON1", "CON2", "CON3"}));
  EXPECT_EQ(closest_names("CON0", names, 2), (std::vector<std::string>{"CON1", "CON2"}));
  EXPECT_TRUE(closest_names("", names, 5).empty());
}

}  // namespace
}  // namespace npuscope
