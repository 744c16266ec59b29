// Two banks for each block: an unwritten register has the value of the task two back.
#include "decoder/program/register_state.h"

#include <gtest/gtest.h>

#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

constexpr std::uint16_t cna = 0x0201, dpu = 0x1001, ppu = 0x4001;
constexpr std::uint32_t conv = 0x0d, copy = 0x18;

std::optional<std::uint32_t> value(const RegisterState& state, std::uint16_t offset) {
  const Cell* cell = state.find(offset);
  return cell == nullptr ? std::nullopt : std::optional(cell->value);
}

TEST(RegisterState, AnUnwrittenRegisterIsUnknownNotZero) {
  RegisterState state;
  EXPECT_EQ(state.find(0x1070), nullptr);
  state.write(0, 0, Word::make(cna, 0x1070, 0));
  ASSERT_NE(state.find(0x1070), nullptr);  // a written zero is known
  EXPECT_EQ(value(state, 0x1070), 0U);
  EXPECT_EQ(state.find(0x1074), nullptr);
  EXPECT_EQ(state.find(0xf008), nullptr);  // no block has this page
}

TEST(RegisterState, TwoDeep) {
  RegisterState state;
  for (std::uint32_t task = 0; task < 2; ++task) {
    state.write(task, 3, Word::make(cna, 0x1020, 100 + task));
    state.launch(conv);
  }
  // Task 2 inherits from task 0, not from task 1.
  EXPECT_EQ(value(state, 0x1020), 100U);
  EXPECT_EQ(state.find(0x1020)->task, 0U);
  EXPECT_EQ(state.find(0x1020)->word, 3U);
  state.write(2, 5, Word::make(cna, 0x1020, 102));
  state.launch(conv);
  EXPECT_EQ(value(state, 0x1020), 101U);  // task 3 inherits from 1
  state.launch(conv);
  EXPECT_EQ(value(state, 0x1020), 102U);  // task 4 from 2
}

TEST(RegisterState, TheSecondTaskDoesNotSeeTheFirst) {
  RegisterState state;
  state.write(0, 0, Word::make(cna, 0x1020, 7));
  state.launch(conv);
  EXPECT_EQ(state.find(0x1020), nullptr);
}

TEST(RegisterState, ParityIsCountedForEachBlock) {
  RegisterState state;
  state.write(0, 0, Word::make(cna, 0x1020, 1));
  state.write(0, 1, Word::make(dpu, 0x4020, 10));
  state.launch(conv);  // CNA and DPU both ran once
  state.write(1, 0, Word::make(dpu, 0x4020, 11));
  state.launch(copy);  // the DPU ran alone: now two tasks back is task 0
  EXPECT_EQ(value(state, 0x4020), 10U);
  EXPECT_EQ(state.find(0x1020), nullptr);  // the CNA has run once only
  EXPECT_EQ(state.bank(Block::cna), 1U);
  EXPECT_EQ(state.bank(Block::dpu), 0U);
  EXPECT_EQ(state.bank(Block::ppu), 0U);
  EXPECT_EQ(state.bank(Block::dpu_rdma), 1U);
}

TEST(RegisterState, PointerValue0x30ClearsThePointersAndStopsTheAlternation) {
  RegisterState state;
  state.write(0, 0, Word::make(dpu, 0x4020, 1));
  state.launch(copy);
  ASSERT_EQ(state.bank(Block::dpu), 1U);
  state.write(1, 0, Word::make(dpu, 0x4004, 0x30));
  EXPECT_EQ(state.bank(Block::dpu), 0U);
  EXPECT_EQ(value(state, 0x4020), 1U);
  state.launch(copy);
  EXPECT_EQ(state.bank(Block::dpu), 0U);
  // 0x0e switches it on again.
  state.write(2, 0, Word::make(dpu, 0x4004, 0x0e));
  EXPECT_EQ(state.bank(Block::dpu), 0U);
  state.launch(copy);
  EXPECT_EQ(state.bank(Block::dpu), 1U);
  // Another block's pointer is its own.
  EXPECT_EQ(state.bank(Block::dpu_rdma), 1U);
}

TEST(RegisterState, OlderRuntimesPutTheCoreIntoThePointer) {
  RegisterState state;
  state.write(0, 0, Word::make(cna, 0x1004, 0x2000000e));
  state.launch(conv);
  EXPECT_EQ(state.bank(Block::cna), 1U);
}

TEST(RegisterState, ThePointerItselfExistsOnce) {
  RegisterState state;
  state.write(0, 0, Word::make(dpu, 0x4004, 0x0e));
  state.write(0, 1, Word::make(dpu, 0x4008, 9));
  state.launch(copy);
  EXPECT_EQ(value(state, 0x4004), 0x0eU);         // seen from the other bank as well
  EXPECT_EQ(value(state, 0x4008), std::nullopt);  // banked from 0x08 on
}

TEST(RegisterState, TheLastWriteWins) {
  RegisterState state;
  Record record;
  record.body_words = 3;
  const std::vector<std::uint64_t> words{Word::make(cna, 0x1040, 1).raw,
                                         Word::make(cna, 0x1104, 2).raw,
                                         Word::make(cna, 0x1040, 3).raw};
  record.runs.push_back({0, WordView(std::as_bytes(std::span(words)))});
  state.apply(4, record);
  EXPECT_EQ(value(state, 0x1040), 3U);
  EXPECT_EQ(state.find(0x1040)->word, 2U);
  EXPECT_EQ(state.find(0x1040)->task, 4U);
}

TEST(RegisterState, TailsAndWordsOfTheWrongPageReachNothing) {
  RegisterState state;
  state.write(0, 0, Word::make(cna, 0x4020, 5));     // CNA target, DPU page
  state.write(0, 1, Word::make(0xbf01, 0x1020, 5));  // a weight
  state.write(0, 2, marker_word());
  state.write(0, 3, enable_word(conv));
  EXPECT_EQ(state.find(0x4020), nullptr);
  EXPECT_EQ(state.find(0x1020), nullptr);
  for (std::size_t b = 0; b < block_count; ++b) {
    state.for_each(static_cast<Block>(b),
                   [&](std::uint16_t offset, const Cell&) { ADD_FAILURE() << offset; });
  }
}

TEST(RegisterState, AbsentWordsMakeNothingKnown) {
  RegisterState state;
  Record record;
  record.body_words = 10;
  const std::vector<std::uint64_t> words{Word::make(ppu, 0x6070, 1).raw};
  record.runs.push_back({9, WordView(std::as_bytes(std::span(words)))});
  state.apply(0, record);
  std::size_t known = 0;
  state.for_each(Block::ppu, [&](std::uint16_t offset, const Cell& cell) {
    EXPECT_EQ(offset, 0x6070);
    EXPECT_EQ(cell.word, 9U);
    ++known;
  });
  EXPECT_EQ(known, 1U);
}

TEST(RegisterState, VisitsInAscendingOrder) {
  RegisterState state;
  constexpr std::array<std::uint16_t, 4> offsets{0x40c4, 0x4004, 0x4020, 0x4ffc};
  for (const std::uint16_t offset : offsets) state.write(0, 0, Word::make(dpu, offset, offset));
  std::vector<std::uint16_t> seen;
  state.for_each(Block::dpu, [&](std::uint16_t offset, const Cell&) { seen.push_back(offset); });
  EXPECT_EQ(seen, (std::vector<std::uint16_t>{0x4004, 0x4020, 0x40c4, 0x4ffc}));
}

TEST(RegisterState, PreviousIsWhatTheLastTaskOfTheBlockRanWith) {
  RegisterState state;
  EXPECT_FALSE(state.has_run(Block::cna));
  state.write(0, 0, Word::make(cna, 0x1020, 7));
  EXPECT_EQ(state.previous(0x1020), nullptr);  // it never ran
  state.launch(conv);
  EXPECT_TRUE(state.has_run(Block::cna));
  EXPECT_FALSE(state.has_run(Block::ppu));
  state.write(1, 0, Word::make(cna, 0x1020, 8));
  EXPECT_EQ(state.previous(0x1020)->value, 7U);
  EXPECT_EQ(state.previous(0x1024), nullptr);
  state.launch(copy);  // the CNA did not run: its previous task is still task 0
  EXPECT_EQ(state.previous(0x1020)->value, 7U);
  state.launch(conv);
  EXPECT_EQ(state.previous(0x1020)->value, 8U);
  EXPECT_EQ(state.previous(0xf008), nullptr);
}

TEST(RegisterState, PreviousSurvivesTheWritesOfTheNextTaskInTheSameBank) {
  RegisterState state;
  state.write(0, 0, Word::make(dpu, 0x4004, 0x30));  // ping-pong off: one bank for all tasks
  state.write(0, 1, Word::make(dpu, 0x4020, 1));
  state.launch(copy);
  state.write(1, 0, Word::make(dpu, 0x4020, 2));
  state.write(1, 1, Word::make(dpu, 0x4020, 3));
  state.write(1, 2, Word::make(dpu, 0x4024, 4));
  EXPECT_EQ(state.previous(0x4020)->value, 1U);
  EXPECT_EQ(state.previous(0x4024), nullptr);
  EXPECT_EQ(state.previous(0x4004)->value, 0x30U);
  EXPECT_EQ(value(state, 0x4020), 3U);
  state.launch(copy);
  EXPECT_EQ(state.previous(0x4020)->value, 3U);
  state.write(2, 0, Word::make(dpu, 0x4004, 0x0e));
  EXPECT_EQ(state.previous(0x4004)->value, 0x30U);
}

TEST(RegisterState, WhatAMissingWordMayHaveSetIsUnknown) {
  RegisterState state;
  state.write(0, 0, Word::make(cna, 0x1020, 1));
  state.write(0, 1, Word::make(cna, 0x1024, 2));
  state.write(0, 2, Word::make(dpu, 0x4004, 0x0e));
  state.launch(conv);
  state.launch(conv);
  state.write(2, 0, Word::make(cna, 0x1024, 3));
  state.forget_unwritten(2);
  EXPECT_EQ(state.find(0x1020), nullptr);
  EXPECT_TRUE(state.lost(0x1020));
  EXPECT_EQ(value(state, 0x1024), 3U);
  EXPECT_FALSE(state.lost(0x1024));
  EXPECT_EQ(value(state, 0x4004), 0x0eU);
  EXPECT_FALSE(state.lost(0xf008));
  state.launch(conv);
  EXPECT_FALSE(state.lost(0x1020));  // the other bank kept what it had: nothing
  EXPECT_EQ(state.find(0x1020), nullptr);
  state.launch(conv);
  state.write(4, 0, Word::make(cna, 0x1020, 5));  // known again
  EXPECT_EQ(value(state, 0x1020), 5U);
  EXPECT_FALSE(state.lost(0x1020));
}

TEST(RegisterState, AMissingWordMayStandBeforeTheOneThatChangedTheBank) {
  RegisterState state;
  state.write(0, 0, Word::make(dpu, 0x4020, 1));
  state.launch(conv);  // bank 1
  state.write(1, 0, Word::make(dpu, 0x4020, 2));
  state.write(1, 1, Word::make(dpu, 0x4004, 0x10));  // back to bank 0
  state.forget_unwritten(1);
  EXPECT_TRUE(state.lost(0x4020));
  EXPECT_TRUE(state.lost(0x4024));
  state.write(1, 2, Word::make(dpu, 0x4004, 0x01));  // bank 1, where word 0 went
  EXPECT_EQ(value(state, 0x4020), 2U);
  EXPECT_TRUE(state.lost(0x4024));
  state.launch(conv);
  state.write(2, 0, Word::make(dpu, 0x4020, 3));
  state.forget_unwritten(2);  // nothing moved: the other bank keeps what it has
  EXPECT_EQ(value(state, 0x4020), 3U);
}

TEST(RegisterState, EveryBlockHasItsOwnEnableBit) {
  // Bit i of OPERATION_ENABLE starts the block of target bit 57 + i.
  constexpr std::array<Block, 7> blocks{Block::cna,      Block::csc, Block::core,    Block::dpu,
                                        Block::dpu_rdma, Block::ppu, Block::ppu_rdma};
  for (unsigned bit = 0; bit < 7; ++bit) {
    RegisterState state;
    state.launch(1U << bit);
    for (unsigned other = 0; other < 7; ++other)
      EXPECT_EQ(state.bank(blocks[other]), other == bit ? 1U : 0U) << bit << ' ' << other;
    EXPECT_EQ(target_of(blocks[bit]), 1U << (9 + bit) | 1U);
  }
}

}  // namespace
}  // namespace npuscope::testing
