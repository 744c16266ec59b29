// Chains on several cores: where they wait for each other.
#include <gtest/gtest.h>

#include "decoder/word.h"
#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t commands = 0x10000, numbers = 0x20000;

// A copy of one cell, that is eight f16 numbers.
std::vector<Word> copy(std::uint32_t from, std::uint32_t to) {
  std::vector<Word> words = TaskBuilder()
                                .raw(DPU_FEATURE_MODE_CFG, 0x1e5)
                                .raw(DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 2U)
                                .raw(DPU_DST_BASE_ADDR, to)
                                .raw(DPU_DST_SURF_STRIDE, 16)
                                .raw(DPU_DATA_CUBE_WIDTH, 0)
                                .raw(DPU_DATA_CUBE_HEIGHT, 0)
                                .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
                                .raw(DPU_DATA_CUBE_CHANNEL, 7U << 16U | 7U)
                                .raw(DPU_BS_CFG, 0x53)
                                .raw(DPU_BS_OW_CFG, 0x126)
                                .raw(DPU_BS_OW_OP, 0)
                                .raw(DPU_BN_CFG, 0x53)
                                .raw(DPU_EW_CFG, 0x383)
                                .raw(DPU_OUT_CVT_OFFSET, 0)
                                .raw(DPU_OUT_CVT_SCALE, 0x10001)
                                .raw(DPU_OUT_CVT_SHIFT, 0)
                                .raw(DPU_SURFACE_ADD, 32)
                                .raw(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, 0)
                                .raw(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, 0)
                                .raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7)
                                .raw(DPU_RDMA_RDMA_SRC_BASE_ADDR, from)
                                .raw(DPU_RDMA_RDMA_BRDMA_CFG, 0)
                                .raw(DPU_RDMA_RDMA_NRDMA_CFG, 0)
                                .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1)
                                .raw(DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | 2U << 5U | 2U << 15U)
                                .raw(DPU_RDMA_RDMA_SRC_DMA_CFG, 0)
                                .raw(DPU_RDMA_RDMA_SURF_NOTCH, 0)
                                .words(0x18);
  return words;
}

// The record that vendor programs end the work of a core with.
std::vector<Word> barrier(std::uint32_t scratch) {
  return TaskBuilder()
      .raw(PPU_DATA_CUBE_IN_WIDTH, 0)
      .raw(PPU_DATA_CUBE_IN_HEIGHT, 0)
      .raw(PPU_DATA_CUBE_IN_CHANNEL, 15)
      .raw(PPU_DATA_CUBE_OUT_WIDTH, 0)
      .raw(PPU_DATA_CUBE_OUT_HEIGHT, 0)
      .raw(PPU_DATA_CUBE_OUT_CHANNEL, 15)
      .raw(PPU_OPERATION_MODE_CFG, 0x11)
      .raw(PPU_POOLING_KERNEL_CFG, 0)
      .raw(PPU_POOLING_PADDING_CFG, 0)
      .raw(PPU_PADDING_VALUE_1_CFG, 0)
      .raw(PPU_DST_BASE_ADDR, scratch)
      .raw(PPU_DST_SURF_STRIDE, 16)
      .raw(PPU_DATA_FORMAT, 0x10)
      .raw(PPU_RDMA_RDMA_CUBE_IN_WIDTH, 0)
      .raw(PPU_RDMA_RDMA_CUBE_IN_HEIGHT, 0)
      .raw(PPU_RDMA_RDMA_CUBE_IN_CHANNEL, 15)
      .raw(PPU_RDMA_RDMA_SRC_BASE_ADDR, scratch + 16)
      .raw(PPU_RDMA_RDMA_SRC_LINE_STRIDE, 16)
      .raw(PPU_RDMA_RDMA_SRC_SURF_STRIDE, 16)
      .raw(PPU_RDMA_RDMA_DATA_FORMAT, 1)
      .words(0x60);
}

struct Step {
  std::vector<Word> words;
  std::uint32_t waits_for = 0;  // other cores, before the next step
};

// Writes the records of a core one after the other, linked; returns how they start.
sim::ChainStart put(sim::Simulator& simulator, unsigned core, const std::vector<Step>& steps) {
  constexpr std::uint32_t stride = 0x400;
  const std::uint32_t first = commands + core * 0x2000;
  std::uint32_t at = first, amount = 0;
  for (std::size_t i = 0; i < steps.size(); ++i, at += stride) {
    std::vector<Word> words = steps[i].words;
    const auto pairs = [](std::size_t count) { return static_cast<std::uint32_t>(count / 2 - 1); };
    if (i == 0) amount = pairs(words.size() + 2);
    const bool last = i + 1 == steps.size();
    const std::uint32_t next =
        last ? 0 : pairs(steps[i + 1].words.size() + 2) | steps[i].waits_for << 16U;
    words.insert(words.begin(),
                 {Word::make(target_of(Block::pc), offset_pc_base_address, last ? 0 : at + stride),
                  Word::make(target_of(Block::pc), offset_pc_register_amounts, next)});
    EXPECT_TRUE(simulator.memory().write(at, std::as_bytes(std::span(words))));
  }
  return {core, first, amount, static_cast<std::uint32_t>(steps.size())};
}

class Chains : public ::testing::Test {
 protected:
  Chains() {
    EXPECT_TRUE(simulator_.memory().map(commands, 0x8000, "commands"));
    EXPECT_TRUE(simulator_.memory().map(numbers, 0x1000, "numbers"));
    const std::uint16_t one[8] = {0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00, 0x3c00};
    EXPECT_TRUE(simulator_.memory().write(numbers, std::as_bytes(std::span(one))));
  }

  // Core 0 reads what core 1 copies from the ones; `between` are its steps before that.
  std::vector<sim::RunResult> run(std::vector<Step> between, std::vector<Step> others) {
    between.push_back({copy(numbers + 0x100, numbers + 0x200)});
    const sim::ChainStart starts[] = {put(simulator_, 0, between), put(simulator_, 1, others)};
    return simulator_.run_chains(starts);
  }
  [[nodiscard]] std::uint16_t answer() const {
    std::uint16_t number = 0;
    EXPECT_TRUE(
        simulator_.memory().read(numbers + 0x200, std::as_writable_bytes(std::span(&number, 1))));
    return number;
  }
  static std::vector<Word> first() { return copy(numbers, numbers + 0x300); }
  static std::vector<Word> given() { return copy(numbers, numbers + 0x100); }

  sim::Simulator simulator_;
};

TEST_F(Chains, RunOnTheirOwnWithoutAWait) {
  const auto results = run({{first(), 0}}, {{given()}});
  EXPECT_EQ(results[0].status, sim::RunStatus::done) << results[0].reason;
  EXPECT_EQ(results[0].tasks, 2U);
  EXPECT_EQ(results[1].tasks, 1U);
  EXPECT_EQ(answer(), 0U) << "core 0 ran ahead";
}

TEST_F(Chains, WaitAtALinkThatNamesOtherCores) {
  const auto results = run({{first(), 1}}, {{given()}});
  EXPECT_EQ(results[0].status, sim::RunStatus::done) << results[0].reason;
  EXPECT_EQ(answer(), 0x3c00U);
}

TEST_F(Chains, WaitBehindABarrierRecord) {
  const auto results = run({{barrier(numbers + 0x800)}}, {{given()}, {barrier(numbers + 0x840)}});
  EXPECT_EQ(results[0].status, sim::RunStatus::done) << results[0].reason;
  EXPECT_EQ(answer(), 0x3c00U);
}

// Each core's events and reports are its own.
TEST_F(Chains, WaitForEverForACoreThatFails) {
  std::vector<Word> endless = given();
  for (Word& word : endless)
    if (is_operation_enable(word)) word = Word{0};
  const auto results = run({{first(), 1}}, {{endless}});
  EXPECT_EQ(results[1].status, sim::RunStatus::timeout);
  EXPECT_EQ(results[0].status, sim::RunStatus::timeout);
  EXPECT_EQ(results[0].reason, "waits for core 1 for ever");
  EXPECT_EQ(results[0].tasks, 1U);
  EXPECT_EQ(answer(), 0U);
}

TEST_F(Chains, OneCoreWaitsForNobody) {
  const sim::ChainStart start =
      put(simulator_, 0, {{given(), 2}, {copy(numbers + 0x100, numbers + 0x200)}});
  EXPECT_EQ(simulator_.run_chain(start).status, sim::RunStatus::done);
  EXPECT_EQ(answer(), 0x3c00U);
}

}  // namespace
}  // namespace npuscope::testing
