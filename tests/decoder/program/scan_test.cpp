// Records without a table: by their tails.
#include "decoder/program/scan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "decoder/program/find_programs.h"
#include "decoder/program/segment.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

struct Found {
  std::uint64_t offset;
  std::uint32_t amount, mask;
  friend bool operator==(const Found&, const Found&) = default;
};

void PrintTo(const Found& f, std::ostream* out) {
  *out << f.offset << ":" << f.amount << "/" << f.mask;
}

std::vector<Found> scan(const Capture& capture) {
  std::vector<Found> found;
  for (const FoundRecord& r : scan_for_records(capture.buffers.back())) {
    EXPECT_EQ(r.task.regcmd_addr, r.offset);
    found.push_back({r.offset, r.task.regcfg_amount, r.task.enable_mask});
  }
  return found;
}

std::vector<Found> expected(const SyntheticStream& stream, std::uint64_t at) {
  std::vector<Found> list;
  for (const Task& task : stream.tasks)
    list.push_back({task.regcmd_addr + at, task.regcfg_amount, task.enable_mask});
  return list;
}

Placement no_table(std::uint64_t offset = 0) {
  Placement placement;
  placement.with_table = placement.state_address = false;
  placement.stream_offset = offset;
  return placement;
}

TEST(Scan, FindsEveryRecordOfAStream) {
  for (const Lanes& lanes : {lanes_of_one_layer(), lanes_with_short_records()}) {
    const SyntheticStream stream = lay_out(lanes);
    EXPECT_EQ(scan(capture_of(stream, no_table())), expected(stream, 0));
  }
}

TEST(Scan, WeightsInFrontAreNoRecords) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  EXPECT_EQ(scan(capture_of(stream, no_table(0x4800))), expected(stream, 0x4800));
}

TEST(Scan, TheBaseFollowsFromTheLinks) {
  const Capture capture = capture_of(lanes_of_one_layer(), no_table(0x4800));
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_TRUE(sets[0].inferred);
  EXPECT_EQ(sets[0].base, 0xfff98000U);
  EXPECT_NE(sets[0].base_source.find("no task table"), std::string::npos);
  EXPECT_NE(sets[0].base_source.find("8 links"), std::string::npos) << sets[0].base_source;
  EXPECT_EQ(sets[0].tasks[0].task.regcmd_addr, 0xfff98000U + 0x4800);
  EXPECT_EQ(sets[0].records.size(), 14U);
}

TEST(Scan, AnUnalignedBeginIsFollowed) {
  // Text whose first address is anything: the records keep their distance, not their alignment.
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  std::vector<std::uint64_t> words(5, 0xbe01000001000000);
  words.insert(words.end(), stream.words.begin(), stream.words.end());
  EXPECT_EQ(scan(capture_of_words(words)), expected(stream, 40));
}

TEST(Scan, ADumpOfOneRecordWithoutTail) {
  std::vector<std::uint64_t> words;
  for (const Word word : body_of(108, 1)) words.push_back(word.raw);
  const Capture capture = capture_of_words(words);
  const auto found = scan_for_records(capture.buffers[0]);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].has_tail);
  EXPECT_EQ(found[0].task.regcfg_amount, 108U);
  EXPECT_EQ(found[0].task.enable_mask, 0x0dU);  // CNA, CORE, DPU are written
  // Zeros behind it are padding, anything else makes it no record.
  words.resize(112);
  EXPECT_EQ(scan(capture_of_words(words)).size(), 1U);
  words.push_back(0x3c003c003c003c00);
  EXPECT_TRUE(scan(capture_of_words(words)).empty());
}

TEST(Scan, ConstantsThatLookLikeCommandsAreNoRecord) {
  std::vector<std::uint64_t> words;
  for (const Word word : body_of(108, 1)) words.push_back(word.raw);
  words[40] = 0xbf01000001001040;  // a weight in the middle
  EXPECT_TRUE(scan(capture_of_words(words)).empty());
  EXPECT_TRUE(scan(capture_of_words(std::vector<std::uint64_t>(512, 0x3c003c003c003c00))).empty());
  EXPECT_TRUE(scan(capture_of_words({})).empty());
  EXPECT_TRUE(scan(capture_of_words(std::vector<std::uint64_t>(64, 0))).empty());
}

TEST(Scan, FilteredTextKeepsThePositionsOfItsWords) {
  // grep -v 0x00000000 over EMIT text: writes of value zero, zero words and markers are gone.
  Lanes lanes = lanes_of_one_layer();
  for (StreamRecord& record : lanes[0]) record.body[0] = Word{0x0201000000b11040};  // never 0
  const SyntheticStream stream = lay_out(lanes).placed(0xffff8000);
  Capture capture;
  capture.source = "filtered";
  add_buffer(capture, "EMIT text", stream.bytes());
  Buffer& buffer = capture.buffers[0];
  buffer.trust = Trust::filtered;
  const auto bytes = buffer.pieces[0].bytes;
  buffer.pieces.clear();
  std::size_t missing = 0;
  for (std::size_t i = 0; i < stream.words.size(); ++i) {
    if (Word{stream.words[i]}.value() == 0) {
      ++missing;
      continue;
    }
    if (!buffer.pieces.empty() && buffer.pieces.back().end() == 8 * i) {
      Piece& last = buffer.pieces.back();
      last.bytes = bytes.subspan(last.offset, last.bytes.size() + 8);
    } else {
      buffer.pieces.push_back({8 * i, bytes.subspan(8 * i, 8)});
    }
  }
  ASSERT_GT(missing, 300U);
  // One word in three is gone, but begin and end of each record are there.
  EXPECT_EQ(scan(capture), expected(lay_out(lanes), 0));
  for (const FoundRecord& record : scan_for_records(buffer)) {
    const Record cut = cut_record(buffer, 0, record.offset, record.task);
    EXPECT_FALSE(cut.complete());
  }
}

TEST(Scan, ATailWithoutABodyIsNoRecord) {
  EXPECT_TRUE(
      scan(capture_of_words({0, amounts_word(0).raw, marker_word().raw, enable_word(0x0d).raw}))
          .empty());
}

}  // namespace
}  // namespace npuscope::testing
