// Strict runs, poisoned memory, the trace, refusals by name, and runs side by side.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "replay/shape/shape_names.h"
#include "replay/sim/trace.h"
#include "tests/replay/sim/conv_run.h"
#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t from = 0x1000000, to = 0x2000000;

// A copy of one surface of 4x4 pixels of f16.
TaskBuilder copy() {
  TaskBuilder task;
  task.raw(DPU_FEATURE_MODE_CFG, 0x1e5)
      .raw(DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 2U)
      .raw(DPU_DST_BASE_ADDR, to)
      .raw(DPU_DST_SURF_STRIDE, 16U << 4U)
      .raw(DPU_DATA_CUBE_WIDTH, 3)
      .raw(DPU_DATA_CUBE_HEIGHT, 3)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
      .raw(DPU_DATA_CUBE_CHANNEL, 7)
      .raw(DPU_BS_CFG, 1)
      .raw(DPU_BS_OW_CFG, 0x126)
      .raw(DPU_BS_OW_OP, 0)
      .raw(DPU_BN_CFG, 1)
      .raw(DPU_EW_CFG, 1)
      .raw(DPU_OUT_CVT_OFFSET, 0)
      .raw(DPU_OUT_CVT_SCALE, 0x10001)
      .raw(DPU_OUT_CVT_SHIFT, 0)
      .raw(DPU_SURFACE_ADD, 32U << 4U)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, 3)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, 3)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7)
      .raw(DPU_RDMA_RDMA_SRC_BASE_ADDR, from)
      .raw(DPU_RDMA_RDMA_BRDMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_NRDMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1)
      .raw(DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | 2U << 5U | 2U << 15U)
      .raw(DPU_RDMA_RDMA_SRC_DMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_SURF_NOTCH, 0);
  return task;
}

struct Prepared : TaskRun {
  explicit Prepared(sim::SimulatorOptions options = {}) : TaskRun(options) {
    put(from, std::vector<std::uint16_t>(128, 0x3c00));
    put(to, std::vector<std::uint16_t>(), 256);
  }
};

bool mentions(const sim::RunResult& result, sim::EventKind kind, std::string_view rule,
              std::string_view text) {
  return std::ranges::any_of(result.events, [&](const sim::Event& event) {
    return event.kind == kind && event.rule == rule && event.text.find(text) != std::string::npos;
  });
}

TEST(Modes, ACleanTaskHasNothingToSay) {
  Prepared run({.strict = true, .fill = sim::Fill::poison});
  const sim::RunResult result = run.execute(copy().words(0x18));
  EXPECT_EQ(result.status, sim::RunStatus::done);
  for (const sim::Event& event : result.events) ADD_FAILURE() << text_of(event);
  EXPECT_EQ(run.take<std::uint16_t>(to, 128), std::vector<std::uint16_t>(128, 0x3c00));
}

TEST(Modes, AStrictRunEndsWhereTheBoardWouldFail) {
  TaskBuilder task = copy();
  task.raw(DPU_RDMA_RDMA_SRC_BASE_ADDR, from + 64);  // the last 64 bytes lie outside
  Prepared lenient, strict({.strict = true});
  const sim::RunResult went_on = lenient.execute(task.words(0x18));
  EXPECT_EQ(went_on.status, sim::RunStatus::done);
  EXPECT_TRUE(mentions(went_on, sim::EventKind::violation, "E4", "main: 64 bytes outside"));
  const sim::RunResult stopped = strict.execute(task.words(0x18));
  EXPECT_EQ(stopped.status, sim::RunStatus::board_fails);
  EXPECT_EQ(stopped.reason, "main: 64 bytes outside all buffers, the first at 0x1000100");
}

// Each rule: a program that is clean but for one field.
TEST(Modes, EachRuleHasItsEvent) {
  struct Mutation {
    std::uint16_t offset;
    std::uint32_t value;
    std::uint32_t enable_mask;
    std::string_view rule;
  };
  const Mutation mutations[] = {
      {DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | 2U << 5U | 2U << 15U | 1U << 4U, 0x18, "E10"},
      {DPU_DATA_CUBE_CHANNEL, 8191, 0x18, "E8"},
      {DPU_DST_SURF_STRIDE, 0, 0x18, "E7"},
  };
  for (const Mutation& mutation : mutations) {
    TaskBuilder task = copy();
    if (mutation.rule == "E7")  // two surfaces at one place
      task.raw(DPU_DATA_CUBE_CHANNEL, 15).raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 15);
    task.raw(mutation.offset, mutation.value);
    Prepared run;
    const sim::RunResult result = run.execute(task.words(mutation.enable_mask));
    EXPECT_TRUE(mentions(result, sim::EventKind::violation, mutation.rule, "")) << mutation.rule;
  }
}

// The executer toggles and the pointer does not: the second task runs what it did not write.
TEST(Modes, ABlockThatRunsTheOtherGroupIsNamed) {
  Prepared run;
  run.expect_done(copy().words(0x18));
  const auto second = run.execute(copy().raw(DPU_S_POINTER, 4).words(0x18));
  EXPECT_TRUE(mentions(second, sim::EventKind::warning, "W2",
                       "DPU runs group 1, its words went to group 0: S_POINTER 0x10004"));
}

// Vendor programs mix convolutions with readers and without: DPU_RDMA then changes groups less
// often than the DPU, and each block is right by itself.
TEST(Modes, BlocksNeedNotChangeGroupsTogether) {
  Prepared run;
  run.expect_done(copy().words(0x18));
  run.execute(copy().words(0x08));
  const auto third = run.expect_done(copy().words(0x18));
  EXPECT_TRUE(third.events.empty());
}

TEST(Modes, AProgramWithoutEndIsATimeout) {
  std::vector<Word> words = copy().words(0x18);
  words.erase(std::ranges::find_if(words, [](Word word) { return is_operation_enable(word); }));
  words.push_back(Word{0});
  Prepared run;
  const sim::RunResult result = run.execute(words);
  EXPECT_EQ(result.status, sim::RunStatus::timeout);
  EXPECT_NE(result.reason.find("no OPERATION_ENABLE"), std::string::npos) << result.reason;
  EXPECT_EQ(result.tasks, 0U);
}

TEST(Modes, PoisonedMemoryShowsWhatNothingWrote) {
  TaskRun run({.fill = sim::Fill::poison});
  run.put(from, std::vector<std::uint16_t>(64, 0x3c00), 256);  // half of what is read
  run.put(to, std::vector<std::uint16_t>(), 256);
  const sim::RunResult result = run.execute(copy().words(0x18));
  EXPECT_EQ(result.status, sim::RunStatus::done);
  EXPECT_TRUE(mentions(result, sim::EventKind::warning, "", "main: 128 bytes that nothing wrote"));
  const auto got = run.take<std::uint16_t>(to, 128);
  EXPECT_EQ(got[0], 0x3c00);
  EXPECT_EQ(got[127], 0xaaaa);
}

TEST(Modes, RegistersThatNothingWroteAreNamed) {
  TaskBuilder task = copy();
  task.erase(DPU_BS_CFG);
  Prepared run;
  const sim::RunResult result = run.execute(task.words(0x18));
  EXPECT_EQ(result.status, sim::RunStatus::done);
  EXPECT_TRUE(mentions(result, sim::EventKind::warning, "W1", "DPU_BS_CFG"));
}

TEST(Modes, WhatIsNotModelledIsRefusedByName) {
  struct Refused {
    std::uint16_t offset;
    std::uint32_t value;
    std::string_view reason;
  };
  const Refused cases[] = {
      {DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 6U, "DPU_DATA_FORMAT.PROC_PRECISION i4"},
      {DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 3U, "DPU_DATA_FORMAT.PROC_PRECISION bf16"},
      {DPU_DATA_FORMAT, 7U << 29U | 2U << 26U | 2U, "DPU_DATA_FORMAT.OUT_PRECISION tf32"},
      {DPU_FEATURE_MODE_CFG, 0x1e3, "DPU_FEATURE_MODE_CFG.OUTPUT_MODE 1"},
      {DPU_BS_CFG, 0x00010050, "DPU_BS_CFG.ALU_ALGO 1"},
      {DPU_EW_CFG, 0x000f02c0, "DPU_EW_CFG.EW_ALU_ALGO 15"},
      {DPU_EW_CFG, 0x109202c0, "DPU_EW_CFG.EW_BINARY_EN"},
      {DPU_BS_CFG, 0x00020150, "DPU_BS_CFG.ALU_SRC: an addend from memory"},
      {DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | 2U << 5U | 2U << 15U | 2U << 8U,
       "DPU_RDMA_FEATURE_MODE_CFG.COMB_USE 2"},
      {DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1049, "unpooling with a stride that is not the kernel"},
      {DPU_RDMA_RDMA_ERDMA_CFG, 2U << 30U | 2U << 2U, "DPU_RDMA_ERDMA_CFG.DATA_MODE 2"},
  };
  for (const Refused& refused : cases) {
    TaskBuilder task = copy();
    Prepared run;
    const sim::RunResult result = run.execute(task.raw(refused.offset, refused.value).words(0x18));
    EXPECT_EQ(result.status, sim::RunStatus::unsupported) << refused.reason;
    EXPECT_NE(result.reason.find(refused.reason), std::string::npos) << result.reason;
    EXPECT_EQ(run.take<std::uint16_t>(to, 128), std::vector<std::uint16_t>(128))
        << "nothing is written";
  }
}

TEST(Trace, TellsWhatATaskDid) {
  Prepared run({.trace = true});
  const sim::RunResult result = run.execute(copy().words(0x18));
  ASSERT_EQ(result.reports.size(), 1U);
  const sim::AddressSpace& memory = run.simulator().memory();
  EXPECT_EQ(text_of(result.reports[0], memory),
            "core 0, task 0: from memory as f16; stored as f16\n"
            "  32 words at 0xf0000000, enables 0x18; 8x4x4 -> 8x4x4, 0 products\n"
            "  commands           256 bytes, 0xf0000000 to 0xf0000100 (commands + 0x0)\n"
            "  main               256 bytes, 0x01000000 to 0x01000100 (buffer + 0x0)\n"
            "  output             256 bytes, 0x02000000 to 0x02000100 (buffer + 0x0)");
  const auto json = nlohmann::json::parse(json_of(result.reports[0], memory));
  EXPECT_EQ(json["operation"], "from memory as f16; stored as f16");
  EXPECT_EQ(json["out"], (nlohmann::json{8, 4, 4}));
  EXPECT_EQ(json["dma"][2]["client"], "output");
  EXPECT_EQ(json["dma"][2]["first"], "0x02000000");
}

TEST(Trace, EventsAreTextAndJson) {
  const sim::Event event{sim::EventKind::violation, "E4", "main: \"\xff\"\n", 2, 7};
  EXPECT_EQ(text_of(event), "core 2, task 7: the board would fail here E4: main: \"\xff\"\n");
  const auto json = nlohmann::json::parse(json_of(event));
  EXPECT_EQ(json["rule"], "E4");
  EXPECT_EQ(json["text"], "main: \"\u00ff\"\n");
}

TEST(Modes, RunsOnSeveralThreadsGiveTheSameBytes) {
  const auto shape = parse_shape("b1_c32_h9_w11_oc40_wic32_k3x3_g1_p1");
  std::vector<std::vector<std::uint16_t>> outputs(4);
  std::vector<std::thread> threads;
  for (auto& output : outputs)
    threads.emplace_back([&output, &shape] { output = ConvRun(*shape, 42).simulate(1); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& output : outputs) EXPECT_EQ(output, outputs[0]);
}

}  // namespace
}  // namespace npuscope::testing
