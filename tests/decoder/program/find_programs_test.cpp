#include "decoder/program/find_programs.h"

#include <gtest/gtest.h>

#include "tests/support/synthetic_stream.h"

namespace npuscope {
namespace {

using testing::add_buffer;
using testing::bytes_of;
using testing::SyntheticStream;

constexpr std::uint64_t first_home = 0xfff98000, second_home = 0xffe00000;

// One client that loads the same model twice: two tables, two streams, equal but for the addresses.
TEST(FindPrograms, AModelThatIsLoadedTwiceIsTwoPrograms) {
  const SyntheticStream stream = testing::lay_out(testing::lanes_of_one_layer());
  Capture capture;
  for (const std::uint64_t home : {first_home, second_home}) {
    const SyntheticStream placed = stream.placed(home);
    add_buffer(capture, "table", bytes_of(placed.tasks));
    add_buffer(capture, "commands", bytes_of(placed.words), home);
  }
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].base, first_home);
  EXPECT_EQ(sets[1].base, second_home);
  EXPECT_EQ(sets[0].stream_buffer, 1U);
  EXPECT_EQ(sets[1].stream_buffer, 3U);
  for (const ProgramSet& set : sets) EXPECT_EQ(testing::lanes_text(set), "2|3+3|2+2+2");
}

// The table of a program and the runtime's relative copy of it name the same records.
TEST(FindPrograms, TheRelativeCopyOfATableIsNoSecondProgram) {
  testing::Placement placement;
  placement.with_table_copy = true;
  EXPECT_EQ(find_programs(testing::capture_of(testing::lanes_of_one_layer(), placement)).size(),
            1U);
}

// Only the weight buffer was dumped: its table has offsets, its commands are placed. The links say
// where.
TEST(FindPrograms, LinksGiveTheAddressWhereTheTableHasOffsets) {
  const SyntheticStream stream = testing::lay_out(testing::lanes_of_one_layer());
  const SyntheticStream placed = stream.placed(first_home);
  Capture capture;
  std::vector<std::byte> bytes = bytes_of(placed.words);
  const std::vector<std::byte> table = bytes_of(stream.tasks);
  bytes.insert(bytes.end(), table.begin(), table.end());
  add_buffer(capture, "weight", bytes);
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  const ProgramSet& set = sets.front();
  EXPECT_EQ(set.link_base, first_home);
  std::size_t next = 0, end = 0;
  for (const TaskEntry& entry : set.tasks) {
    next += entry.link == LinkKind::next ? 1 : 0;
    end += entry.link == LinkKind::end ? 1 : 0;
  }
  EXPECT_EQ(end, 6U);  // one for each lane
  EXPECT_EQ(next + end, set.tasks.size());
}

}  // namespace
}  // namespace npuscope
