#include "decoder/compare/align.h"

#include <gtest/gtest.h>

#include "decoder/program.h"

namespace npuscope {
namespace {

using Keys = std::vector<std::uint64_t>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

TEST(Align, EqualLengthsByPosition) {
  EXPECT_EQ(align(Keys{1, 2, 3}, Keys{3, 2, 1}), (Pairs{{0, 0}, {1, 1}, {2, 2}}));
}

TEST(Align, AMissingRecordHasNoCounterpart) {
  EXPECT_EQ(align(Keys{1, 2, 3}, Keys{1, 3}), (Pairs{{0, 0}, {1, no_index}, {2, 1}}));
  EXPECT_EQ(align(Keys{1, 3}, Keys{1, 2, 3}), (Pairs{{0, 0}, {no_index, 1}, {1, 2}}));
}

TEST(Align, AChangedRecordBetweenAnchorsKeepsItsPlace) {
  EXPECT_EQ(align(Keys{1, 2, 3, 4}, Keys{1, 9, 3}), (Pairs{{0, 0}, {1, 1}, {2, 2}, {3, no_index}}));
}

TEST(Align, NothingInCommonAndNothingAtAll) {
  EXPECT_EQ(align(Keys{1, 2}, Keys{3}), (Pairs{{0, 0}, {1, no_index}}));
  EXPECT_EQ(align(Keys{}, Keys{7}), (Pairs{{no_index, 0}}));
  EXPECT_EQ(align(Keys{}, Keys{}), Pairs{});
}

}  // namespace
}  // namespace npuscope
