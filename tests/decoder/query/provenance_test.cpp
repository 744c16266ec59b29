// Which word set a value, and which words set none.
#include "decoder/query/provenance.h"

#include <gtest/gtest.h>

#include "decoder/query/dead_words.h"
#include "decoder/query/scope.h"
#include "tests/decoder/query/query_helpers.h"

namespace npuscope::testing {
namespace {

using query::DeadWord;
using query::Origin;
using query::OriginKind;

std::vector<Origin> origins(const Opened& input, Block block, std::uint16_t offset) {
  std::vector<Origin> all;
  query::for_each_record(input, [&](const query::LaneRecord& record) {
    if (record.place.program.cores == 1) all.push_back(query::origin_of(record, block, offset));
  });
  return all;
}

TEST(Provenance, NamesTheWordThatSetTheValue) {
  const auto all = origins(small_program(), Block::cna, 0x1020);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].kind, OriginKind::written);
  EXPECT_EQ(all[0].task, 0U);
  EXPECT_EQ(all[0].word, 2U);
  EXPECT_EQ(all[0].value, 0x00380032U);
  EXPECT_EQ(all[2].kind, OriginKind::inherited);  // from two back
  EXPECT_EQ(all[2].task, 0U);
  EXPECT_EQ(all[2].word, 2U);
  EXPECT_EQ(all[2].value, 0x00380032U);
  EXPECT_EQ(all[3].kind, OriginKind::written);
  EXPECT_EQ(all[3].word, 1U);
  EXPECT_EQ(all[4].kind, OriginKind::not_running);
  EXPECT_FALSE(all[4].has_value());
}

TEST(Provenance, TellsNeverWrittenFromNotCaptured) {
  for (const Origin& origin : origins(small_program(), Block::cna, 0x1024))
    EXPECT_TRUE(origin.kind == OriginKind::never_written || origin.kind == OriginKind::not_running);
  const auto damaged = origins(without_word(1, 2), Block::cna, 0x1020);
  EXPECT_EQ(damaged[0].kind, OriginKind::written);
  EXPECT_EQ(damaged[1].kind, OriginKind::not_captured);
  EXPECT_EQ(damaged[2].kind, OriginKind::inherited);
  const auto never = origins(without_word(1, 2), Block::cna, 0x1024);
  EXPECT_EQ(never[0].kind, OriginKind::never_written);
  EXPECT_EQ(never[1].kind, OriginKind::not_captured);  // the missing word may be this one
  EXPECT_EQ(never[3].kind, OriginKind::not_captured);  // same bank as task 1
}

TEST(Provenance, TheProgramControllerIsInTheTail) {
  const auto links = origins(small_program(), Block::pc, 0x0010);
  EXPECT_EQ(links[0].kind, OriginKind::written);
  EXPECT_EQ(links[0].word, 5U);
  EXPECT_EQ(links[0].value, 0xfff98000U + 0x4880U);
  EXPECT_EQ(links[4].kind, OriginKind::not_running);
  const auto damaged = origins(without_word(0, 5), Block::pc, 0x0010);
  EXPECT_EQ(damaged[0].kind, OriginKind::not_captured);
}

TEST(Provenance, HasANameForEachKind) {
  EXPECT_EQ(query::name_of(OriginKind::never_written), "never-written");
  EXPECT_EQ(query::name_of(OriginKind::not_captured), "not-captured");
}

std::vector<std::string> names_in_scope(std::size_t task, query::Scope scope) {
  std::vector<std::string> names;
  query::for_each_record(small_program(), [&](const query::LaneRecord& record) {
    if (record.place.task != task) return;
    for (const auto& r : query::registers_in_scope(record, RegisterDb::builtin(), scope))
      names.push_back(r.name);
  });
  return names;
}

TEST(Scope, ListsWhatARecordWritesOrChanges) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_in_scope(1, {.written = true}),
            (Names{"DPU_S_POINTER", "CNA_CONV_CON1", "CNA_DATA_SIZE0", "CNA_CBUF_CON0",
                   "DPU_DATA_CUBE_WIDTH"}));
  EXPECT_EQ(names_in_scope(1, {.changed = true}), (Names{"CNA_DATA_SIZE0", "CNA_CBUF_CON0"}));
  EXPECT_EQ(names_in_scope(3, {.changed = true}), (Names{"CNA_DATA_SIZE0", "CNA_CBUF_CON0"}));
  EXPECT_EQ(names_in_scope(3, {true, true}), (Names{"CNA_DATA_SIZE0"}));
  EXPECT_EQ(names_in_scope(0, {.changed = true}), Names{});
}

// One lane of records; the words that it never uses, "task.word kind[ by task.word]".
std::vector<std::string> dead(const std::vector<StreamRecord>& lane) {
  Lanes lanes(6);
  lanes[0] = lane;
  for (std::size_t i = 1; i < 6; ++i)
    lanes[i] = {record_of(104, static_cast<std::uint32_t>(i)), record_of(26, 77)};
  const Opened input = open_capture(capture_of(lanes), RegisterDb::builtin());
  std::vector<std::string> all;
  const ProgramSet& set = input.sets.at(0);
  EXPECT_EQ(set.programs.at(0).lanes.at(0).count, lane.size());
  for (const DeadWord& word : query::dead_words(set, set.programs[0].lanes[0])) {
    std::string text = std::to_string(word.task) + "." + std::to_string(word.index) + " " +
                       std::string(query::name_of(word.kind));
    if (word.by_task != no_index)
      text += " by " + std::to_string(word.by_task) + "." + std::to_string(word.by_index);
    all.push_back(text);
  }
  return all;
}

using Dead = std::vector<std::string>;

Word cna(std::uint16_t offset, std::uint32_t value) {
  return Word::make(cna_target, offset, value);
}
Word dpu(std::uint16_t offset, std::uint32_t value) {
  return Word::make(dpu_target, offset, value);
}

TEST(DeadWords, NoneWhereEachIsConsumed) {
  EXPECT_EQ(dead(small_lanes()[0]), Dead{});
}

TEST(DeadWords, OverwrittenInTheSameRecord) {
  EXPECT_EQ(dead({record_with({cna(0x1040, 1), cna(0x1044, 5), cna(0x1040, 2)}, 0x0d)}),
            (Dead{"0.0 overwritten by 0.2"}));
}

TEST(DeadWords, RepeatedIsAClassOfItsOwn) {
  EXPECT_EQ(dead({record_with({cna(0x1040, 1), cna(0x1044, 5), cna(0x1040, 1)}, 0x0d)}),
            (Dead{"0.0 repeated by 0.2"}));
}

TEST(DeadWords, ABlockThatDoesNotRunConsumesNothing) {
  const StreamRecord sets_ppu =
      record_with({cna(0x1040, 1), Word::make(ppu_target, 0x6010, 7)}, 0x0d);
  EXPECT_EQ(dead({sets_ppu}), (Dead{"0.1 unconsumed"}));
  // A later task that starts the block does.
  EXPECT_EQ(dead({sets_ppu, record_of(26, 9)}), (Dead{"0.1 overwritten by 1.3"}));
  EXPECT_EQ(dead({sets_ppu, record_with({Word::make(ppu_target, 0x6014, 1)}, 0x60)}), Dead{});
}

TEST(DeadWords, TheOtherBankKeepsItsWord) {
  // Task 1 writes 1040 in the other bank: that of task 0 was consumed long before.
  EXPECT_EQ(dead({record_with({cna(0x1040, 1)}, 0x0d), record_with({cna(0x1040, 2)}, 0x0d),
                  record_with({cna(0x1040, 3)}, 0x0d)}),
            Dead{});
}

TEST(DeadWords, OverwrittenByTheNextTaskWhileTheBlockWaits) {
  // The CNA runs in neither task 0 nor 1; both write the bank that task 2 consumes.
  EXPECT_EQ(dead({record_with({cna(0x1040, 1), dpu(0x4020, 1)}, 0x18),
                  record_with({cna(0x1040, 1), dpu(0x4020, 2)}, 0x18),
                  record_with({cna(0x1044, 1)}, 0x0d)}),
            (Dead{"0.0 overwritten by 1.0"}));
}

TEST(DeadWords, WhatActsAtOnceIsNeverDead) {
  // Pointers, links, and the port of lookup tables; the last write of a port is no exception.
  std::vector<Word> load{dpu(0x4004, 0x0e), dpu(0x4004, 0x30), dpu(0x4100, 0x20000)};
  for (std::uint32_t i = 0; i < 20; ++i) load.push_back(dpu(0x4104, i / 2));
  load.push_back(link_word(0x1000));
  EXPECT_EQ(dead({record_with(load, 0x0d)}), Dead{});
  EXPECT_EQ(dead({record_with({cna(0x1004, 0x0e), Word::make(0x8001, 0x7004, 0x0e)}, 0x0d)}),
            Dead{});
}

TEST(DeadWords, WordsThatReachNoRegister) {
  EXPECT_EQ(dead({record_with({cna(0x4020, 1), Word{0}, cna(0x1040, 1), marker_word(),
                               Word::make(0x0401, 0x2010, 1)},
                              0x0d)}),
            (Dead{"0.0 unreachable", "0.1 unreachable", "0.4 unconsumed"}));
}

TEST(DeadWords, ClearedPointersLeaveTheOtherBankBehind) {
  // Task 1 writes 4020 in bank 1, then goes back to bank 0: nobody launches bank 1 any more.
  EXPECT_EQ(dead({record_with({dpu(0x4004, 0x0e), dpu(0x4020, 1)}, 0x18),
                  record_with({dpu(0x4020, 2), dpu(0x4004, 0x30), dpu(0x4020, 3)}, 0x18)}),
            (Dead{"1.0 unconsumed"}));
}

}  // namespace
}  // namespace npuscope::testing
