// Records are cut by address and amount; tails of every kind; words that are not there.
#include "decoder/program/segment.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "decoder/program/coverage.h"
#include "decoder/program/find_programs.h"
#include "tests/decoder/program/only_set.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

std::vector<std::uint64_t> raw(const Record& record) {
  std::vector<std::uint64_t> words;
  record.for_each_word([&](std::size_t, Word word) { words.push_back(word.raw); });
  return words;
}

bool says(const ProgramSet& set, const std::string& text) {
  for (const Diagnostic& d : set.diagnostics) {
    if (d.text.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(Segment, CutsEveryRecordWhereTheTableSays) {
  for (const Lanes& lanes : {lanes_of_one_layer(), lanes_of_older_runtime(),
                             lanes_with_shared_records(), lanes_with_short_records()}) {
    const SyntheticStream stream = lay_out(lanes);
    const Capture capture = capture_of(stream);
    const ProgramSet set = only_set(capture);
    const SyntheticStream placed = stream.placed(0xfff98000 + 0x4800);
    ASSERT_EQ(set.tasks.size(), placed.tasks.size());
    for (std::size_t t = 0; t < set.tasks.size(); ++t) {
      const Record* record = set.record_of(t);
      ASSERT_NE(record, nullptr) << t;
      EXPECT_EQ(record->tail, TailForm::standard) << t;
      EXPECT_TRUE(record->complete());
      EXPECT_EQ(record->at, (Address{1, placed.tasks[t].regcmd_addr - 0xfff98000}));
      const auto first =
          placed.words.begin() + static_cast<std::ptrdiff_t>(stream.tasks[t].regcmd_addr / 8);
      EXPECT_EQ(raw(*record),
                std::vector<std::uint64_t>(first, first + placed.tasks[t].regcfg_amount + 4))
          << t;
    }
    EXPECT_TRUE(set.diagnostics.empty());
  }
}

TEST(Segment, TheStreamOfAOneLayerCaptureHasThePublicSize) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  EXPECT_EQ(stream.words.size(), 1168U);  // 9344 bytes in the runtime's log
  const Capture capture = capture_of(stream);
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(set.window(), (std::pair<std::uint64_t, std::uint64_t>{0x4800, 0x4800 + 9344}));
  EXPECT_EQ(set.records.size(), 14U);
}

TEST(Segment, WeightsAreNeverRecordsHoweverTheyLook) {
  Placement placement;
  placement.weights_like_commands = true;
  const Capture capture = capture_of(lanes_of_one_layer(), placement);
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(set.records.size(), 14U);
  for (const Record& record : set.records) EXPECT_GE(record.at.offset, 0x4800U);
}

TEST(Segment, SharedRecordsAreCutOnceAndTasksStay) {
  const Capture capture = capture_of(lanes_of_unsplittable_layer());
  const ProgramSet set = only_set(capture);
  ASSERT_EQ(set.tasks.size(), 3U);
  ASSERT_EQ(set.records.size(), 1U);
  for (const TaskEntry& entry : set.tasks) EXPECT_EQ(entry.record, 0U);
  EXPECT_EQ(set.records[0].first_task, 0U);
}

// One record at 0x1000 that says what it likes.
ProgramSet foreign(std::uint32_t amount, const std::vector<std::uint64_t>& words,
                   std::uint32_t mask = 0x0d) {
  static std::vector<Capture> alive;  // sets are views
  Capture capture;
  auto table = bytes_of(std::vector<Task>{vendor_task(0x1000, amount, mask)});
  table.resize(4096);
  add_buffer(capture, "GEM 1", std::move(table));
  auto bytes = bytes_of(words);
  bytes.resize(4096);
  add_buffer(capture, "GEM 2", std::move(bytes), 0x1000);
  alive.push_back(std::move(capture));
  return only_set(alive.back());
}

std::vector<std::uint64_t> raw_words(const std::vector<Word>& body, const std::vector<Word>& tail) {
  std::vector<std::uint64_t> words;
  for (const Word word : body) words.push_back(word.raw);
  for (const Word word : tail) words.push_back(word.raw);
  return words;
}

TEST(ForeignTail, None) {
  const auto body = body_of(12, 1);
  const ProgramSet set = foreign(12, raw_words(body, {}));
  ASSERT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].tail, TailForm::missing);
  EXPECT_EQ(set.records[0].tail_words, 0U);
  EXPECT_EQ(raw(set.records[0]), raw_words(body, {}));
  EXPECT_TRUE(says(set, "1 records have a non-standard tail"));
  EXPECT_EQ(set.tasks[0].link, LinkKind::unknown);
}

TEST(ForeignTail, CountedInsideTheAmount) {
  const auto body = body_of(12, 1);
  const std::vector<Word> tail{Word{}, amounts_word(0), marker_word(), enable_word(0x0d)};
  const ProgramSet set = foreign(16, raw_words(body, tail));
  ASSERT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].tail, TailForm::foreign);
  EXPECT_EQ(set.records[0].body_words, 12U);
  EXPECT_EQ(set.records[0].tail_words, 4U);
  EXPECT_EQ(raw(set.records[0]), raw_words(body, tail));
  EXPECT_EQ(set.tasks[0].link, LinkKind::end);
}

TEST(ForeignTail, WithoutTheMarker) {
  const auto body = body_of(12, 1);
  const std::vector<Word> tail{Word{}, amounts_word(0), enable_word(0x0d)};
  const ProgramSet set = foreign(12, raw_words(body, tail));
  ASSERT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].tail, TailForm::foreign);
  EXPECT_EQ(set.records[0].body_words, 12U);
  EXPECT_EQ(set.records[0].tail_words, 3U);
}

TEST(ForeignTail, AmountsTwice) {
  // The tail of a public hand-written dump: (0, AMOUNTS, AMOUNTS, OPERATION_ENABLE).
  const auto body = body_of(12, 1);
  const std::vector<Word> tail{Word{}, amounts_word(0), amounts_word(0), enable_word(0x0d)};
  const ProgramSet set = foreign(12, raw_words(body, tail));
  ASSERT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].tail, TailForm::foreign);
  EXPECT_EQ(set.records[0].body_words, 12U);
  EXPECT_EQ(set.records[0].tail_words, 4U);
  EXPECT_TRUE(says(set, "non-standard tail"));
}

TEST(ForeignTail, AnotherEnableMaskThanTheTask) {
  const auto body = body_of(12, 1);
  const std::vector<Word> tail{Word{}, amounts_word(0), marker_word(), enable_word(0x18)};
  const ProgramSet set = foreign(12, raw_words(body, tail));
  ASSERT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].tail, TailForm::foreign);
  EXPECT_EQ(set.records[0].known_words(), 16U);
}

TEST(ForeignTail, LargerAmountsInTheLinkAreStandard) {
  const auto body = body_of(12, 1);
  const std::vector<Word> tail{link_word(0x1000), amounts_word(0x4002'00ff), marker_word(),
                               enable_word(0x0d)};
  EXPECT_EQ(foreign(12, raw_words(body, tail)).records.at(0).tail, TailForm::standard);
}

TEST(Segment, ATruncatedStreamKeepsWhatIsThere) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const std::size_t all = stream.bytes().size();
  for (const std::size_t keep :
       {all - 8, std::size_t{0x380} + 13, std::size_t{9}, std::size_t{7}}) {
    Capture capture = capture_of(stream);
    Buffer& commands = capture.buffers[1];
    commands.pieces[0].bytes = commands.pieces[0].bytes.first(0x4800 + keep);
    const ProgramSet set = only_set(capture);
    std::size_t known = 0;
    for (const Record& record : set.records) {
      EXPECT_LE(record.known_words(), record.total_words());
      known += record.known_words();
    }
    // Independent count: words of the kept bytes that lie in a record.
    std::size_t expected = 0;
    for (const Task& task : stream.tasks) {
      for (std::uint64_t i = 0; i < task.regcfg_amount + 4; ++i)
        expected += task.regcmd_addr + 8 * i + 8 <= keep ? 1 : 0;
    }
    EXPECT_EQ(known, expected) << keep;
    if (keep < all - 64) {
      EXPECT_TRUE(says(set, "have no words in this capture")) << keep;
    }
  }
}

TEST(Segment, ACaptureThatEndsInsideATailKeepsItsFirstWords) {
  const SyntheticStream stream = lay_out({{record_of(12, 1), record_of(12, 2)}});
  for (std::uint32_t tail = 0; tail < 4; ++tail) {
    Capture capture = capture_of(stream);
    Buffer& commands = capture.buffers[1];
    commands.pieces[0].bytes = commands.pieces[0].bytes.first(0x4800 + 8 * (12 + tail));
    const ProgramSet set = only_set(capture);
    ASSERT_EQ(set.records.size(), 1U);
    EXPECT_EQ(set.records[0].tail, TailForm::missing);
    EXPECT_EQ(set.records[0].body_words, 12U);
    EXPECT_EQ(set.records[0].tail_words, 4U);
    EXPECT_EQ(set.records[0].known_words(), 12U + tail);
    EXPECT_FALSE(set.records[0].complete());
    EXPECT_EQ(cover(capture, {set}).unexplained, 0U);
  }
}

TEST(Segment, OverlappingRecordsAreBothCut) {
  const auto body = body_of(104, 3);
  Capture capture;
  add_buffer(capture, "GEM 1",
             bytes_of(std::vector<Task>{vendor_task(0x1000, 104), vendor_task(0x1040, 20)}));
  std::vector<Word> tail{Word{}, amounts_word(0), marker_word(), enable_word(0x0d)};
  auto bytes = bytes_of(raw_words(body, tail));
  bytes.resize(4096);
  add_buffer(capture, "GEM 2", std::move(bytes), 0x1000);
  const ProgramSet set = only_set(capture);
  ASSERT_EQ(set.records.size(), 2U);
  EXPECT_EQ(set.records[0].word(8), set.records[1].word(0));
  EXPECT_EQ(set.records[0].tail, TailForm::standard);
  EXPECT_NE(set.records[1].tail, TailForm::standard);
}

TEST(Segment, TasksWithOneAddressAndTwoAmountsAreReported) {
  SyntheticStream stream = lay_out(lanes_of_unsplittable_layer());
  stream.tasks[2].regcfg_amount = 107;
  Capture capture;
  const SyntheticStream placed = stream.placed(0x1000);
  add_buffer(capture, "GEM 1", bytes_of(placed.tasks));
  add_buffer(capture, "GEM 2", placed.bytes(), 0x1000);
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(set.records.size(), 1U);
  EXPECT_EQ(set.records[0].body_words, 108U);
  EXPECT_TRUE(says(set, "1 tasks name a record of another task with another amount"));
}

TEST(Segment, HolesInsideARecordAreAbsentWords) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  Capture capture = capture_of(stream);
  Buffer& commands = capture.buffers[1];
  commands.trust = Trust::filtered;
  const auto bytes = commands.pieces[0].bytes;
  const std::uint64_t hole = 0x4800 + 80;
  commands.pieces = {{0, bytes.first(hole)}, {hole + 24, bytes.subspan(hole + 24)}};
  const ProgramSet set = only_set(capture);
  const Record& record = set.records.at(0);
  EXPECT_FALSE(record.complete());
  EXPECT_EQ(record.total_words() - record.known_words(), 3U);
  EXPECT_EQ(record.runs.size(), 2U);
  EXPECT_FALSE(record.word(11));
  ASSERT_TRUE(record.word(13));
  EXPECT_EQ(record.word(13)->raw, stream.words[13]);
}

// --- links ---

std::string links_text(const ProgramSet& set) {
  std::string text;
  for (const TaskEntry& entry : set.tasks) {
    if (!text.empty()) text += ' ';
    text += name_of(entry.link);
    if (entry.link_task != no_index) text += fmt::format(":{}", entry.link_task);
  }
  return text;
}

TEST(Links, NextAndEndInAOneLayerProgram) {
  const Capture capture = capture_of(lanes_of_one_layer());
  EXPECT_EQ(links_text(only_set(capture)),
            "next:1 end next:3 next:4 end next:6 next:7 end next:9 end next:11 end next:13 end");
}

TEST(Links, SharedRecordsContinueThe1CoreLaneAndOthersJumpOverThem) {
  const Capture capture = capture_of(lanes_with_shared_records());
  const ProgramSet set = only_set(capture);
  ASSERT_EQ(lanes_text(set), "4|5+4|5+4+4");
  // Task 2 is the shared copy of the 1-core lane, its tail leads to task 3. Tasks 6 and 15 name it
  // too; the records before them (5, 14) link to the lane's next own record (7, 16).
  EXPECT_EQ(set.tasks[2].link, LinkKind::next);
  EXPECT_EQ(set.tasks[6].link, LinkKind::shared_continues_1core);
  EXPECT_EQ(set.tasks[6].link_task, 3U);
  EXPECT_EQ(set.tasks[15].link, LinkKind::shared_continues_1core);
  EXPECT_EQ(set.tasks[5].link, LinkKind::jump_over_shared);
  EXPECT_EQ(set.tasks[5].link_task, 7U);
  EXPECT_EQ(set.tasks[14].link, LinkKind::jump_over_shared);
  EXPECT_EQ(set.tasks[14].link_task, 16U);
  EXPECT_EQ(set.tasks[10].link, LinkKind::next);  // core 1 has no shared entry
  EXPECT_EQ(set.tasks[8].link, LinkKind::end);
}

TEST(Links, ALinkToNoRecordIsBroken) {
  SyntheticStream stream = lay_out(lanes_of_one_layer());
  stream.words[108] = link_word(0x40).raw;  // into the body of the first record
  const Capture capture = capture_of(stream);
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(set.tasks[0].link, LinkKind::broken);
  EXPECT_EQ(set.tasks[0].link_task, no_index);
}

TEST(Links, BackwardsAndAcrossLanesAreOtherRecords) {
  SyntheticStream stream = lay_out(lanes_of_one_layer());
  const std::size_t tail = stream.tasks[3].regcmd_addr / 8 + 104;
  stream.words[tail] = link_word(static_cast<std::uint32_t>(stream.tasks[2].regcmd_addr)).raw;
  const Capture capture = capture_of(stream);
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(set.tasks[3].link, LinkKind::other_record);
  EXPECT_EQ(set.tasks[3].link_task, 2U);
}

TEST(Links, TheLowFourBitsOfTheAddressDoNotCount) {
  // PC_BASE_ADDRESS[0] selects a mode, [3:1] are reserved; the address is bits 31..4.
  SyntheticStream stream = lay_out(lanes_of_one_layer());
  stream.words[108] |= std::uint64_t{1} << 16U;
  const Capture capture = capture_of(stream);
  EXPECT_EQ(only_set(capture).tasks[0].link, LinkKind::next);
}

}  // namespace
}  // namespace npuscope::testing
