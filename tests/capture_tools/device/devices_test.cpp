// The same program gives the same bytes on the simulator and through both drivers.
#include <gtest/gtest.h>

#include <algorithm>

#include "replay/device/paper_port.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rocket_device.h"
#include "replay/device/sim_device.h"
#include "tests/capture_tools/device/fake_board.h"

namespace npuscope::testing {
namespace {

using guard::LoadOptions;
using guard::Submission;

// The output after a run without any guard.
std::vector<std::byte> output_on(const Device& device, const ReplayProgram& program) {
  auto submission = guard::load_program(device, program, {});
  if (!submission) {
    ADD_FAILURE() << submission.error().text();
    return {};
  }
  const JobOutcome outcome = device.submit(submission->job);
  EXPECT_EQ(outcome.error, 0) << device.kind << ": " << outcome.detail;
  EXPECT_TRUE(guard::fetch_outputs(device, *submission));
  auto contents = guard::contents_of(*submission);
  guard::free_all(device, *submission);
  return contents[output_of(program)];
}

struct Case {
  const char* shape;
  unsigned cores;
};
class SameBytes : public ::testing::TestWithParam<Case> {};

TEST_P(SameBytes, OnAllDevices) {
  const auto [shape, cores] = GetParam();
  const ReplayProgram program = conv_program(shape, cores);
  const FakeBoard board;
  const std::vector<std::byte> simulated = output_on(sim_device({}), program);
  ASSERT_FALSE(simulated.empty());
  EXPECT_FALSE(std::ranges::all_of(simulated, [](std::byte b) { return b == guard::canary; }));
  EXPECT_EQ(output_on(rknpu_device(board.port("rknpu"), {}), program), simulated);
  EXPECT_EQ(output_on(rknpu_device(board.port("rknpu"), {.contiguous = true}), program), simulated);
  if (cores == 1) {
    EXPECT_EQ(output_on(rocket_device(board.port("rocket")), program), simulated);
  }
}

constexpr const char* rows = "b1_c32_h14_w14_oc128_wic32_k3x3_g1";
constexpr const char* reuse = "b1_c64_h56_w56_oc64_wic64_k1x1_g1";  // two records, shared weights
constexpr const char* depthwise = "b1_c64_h112_w112_oc64_wic1_k3x3_g64";  // short records
constexpr const char* fused = "b1_c32_h14_w14_oc64_wic32_k3x3_g1_bias_add";
INSTANTIATE_TEST_SUITE_P(Devices, SameBytes,
                         ::testing::Values(Case{rows, 1}, Case{rows, 2}, Case{rows, 3},
                                           Case{reuse, 1}, Case{reuse, 2}, Case{reuse, 3},
                                           Case{depthwise, 1}, Case{depthwise, 3}, Case{fused, 1},
                                           Case{fused, 2}),
                         [](const auto& test) {
                           return std::string(test.param.shape) + "_cores" +
                                  std::to_string(test.param.cores);
                         });

// What a dry run shows is what a run does: the calls on paper are those on the fake.
TEST(DryRun, MakesTheCallsOfARun) {
  const ReplayProgram program = conv_program(reuse, 1);
  const FakeBoard board;
  const auto calls_on = [&](const DrmPort& port) {
    auto log = std::make_shared<CallLog>();
    const Device device = rknpu_device(logged(port, log), {});
    static_cast<void>(device.facts());
    static_cast<void>(output_on(device, program));
    std::vector<std::string> calls;
    for (const Event& event : log->events)
      if (!event.kind.ends_with("_RET")) calls.push_back(event.kind);
    return calls;
  };
  const auto real = calls_on(board.port("rknpu"));
  // Output of a run on paper: the canary; errors are none.
  EXPECT_EQ(calls_on(paper_port("rknpu")), real);
  EXPECT_EQ(std::ranges::count(real, "SUBMIT"), 1);
}

// Section 1.4 of the driver's description: cached buffers are written back before the submit, and
// read back after; the table and everything the CPU wrote, outputs with their canary included.
TEST(Rknpu, KeepsCachesInOrder) {
  const ReplayProgram program = conv_program(rows, 1);
  auto log = std::make_shared<CallLog>();
  const Device device = rknpu_device(logged(paper_port("rknpu"), log), {});
  static_cast<void>(output_on(device, program));
  std::vector<std::string> order;
  for (const Event& event : log->events)
    if (event.kind == "MEM_SYNC" || event.kind == "SUBMIT")
      order.push_back(event.kind == "SUBMIT"        ? "submit"
                      : event.number("flags") == 1U ? "to"
                                                    : "from");
  EXPECT_EQ(order, (std::vector<std::string>{"to", "to", "to", "to", "submit", "from"}));
}

TEST(Rknpu, AllocatesAsTheVendorOrAsSmallClients) {
  for (const bool contiguous : {false, true}) {
    const Device device = rknpu_device(paper_port("rknpu"), {.contiguous = contiguous});
    const auto table = device.allocate({"task", BufferRole::task_table, 40});
    const auto data = device.allocate({"weight", BufferRole::constants, 4096});
    ASSERT_TRUE(table && data);
    EXPECT_EQ(table->flags, contiguous ? 0x8U : 0x40bU);
    EXPECT_EQ(data->flags, contiguous ? 0x0U : 0x403U);
    // A range outside the buffer never reaches the driver, which checks none (B15).
    EXPECT_EQ(device.sync(*data, 0, 4097, SyncDirection::to_device).has_value(), contiguous);
  }
}

// Where the driver reads entries of the table, by core mask; the others stay empty.
TEST(Rknpu, FillsTheEntriesThatTheDriverReads) {
  struct Mask {
    std::uint32_t mask;
    unsigned cores;
    std::vector<std::size_t> filled;
  };
  for (const auto& [mask, cores, filled] : std::vector<Mask>{{0, 1, {0, 1, 2}},
                                                             {1, 1, {0}},
                                                             {2, 1, {1}},
                                                             {4, 1, {2}},
                                                             {3, 2, {0, 1}},
                                                             {7, 3, {2, 3, 4}}}) {
    auto log = std::make_shared<CallLog>();
    const Device device = rknpu_device(logged(paper_port("rknpu"), log), {});
    const auto submission =
        guard::load_program(device, conv_program(rows, cores), {.core_mask = mask});
    ASSERT_TRUE(submission);
    static_cast<void>(device.submit(submission->job));
    const auto submit = std::ranges::find(log->events, "SUBMIT", &Event::kind);
    ASSERT_NE(submit, log->events.end());
    for (std::size_t i = 0; i < 5; ++i) {
      const std::string key = "subcore_task[" + std::to_string(i) + "]";
      const auto value =
          std::ranges::find(submit->arguments, key, &std::pair<std::string, std::string>::first);
      ASSERT_NE(value, submit->arguments.end());
      EXPECT_EQ(!value->second.ends_with("task_number=0}"),
                std::ranges::find(filled, i) != filled.end())
          << "mask " << mask << ", entry " << i << ": " << value->second;
    }
  }
}

// KABI-R3: what the mainline driver cannot run is refused with the reason.
TEST(Rocket, RefusesWhatItCannotRun) {
  const auto refusal = [](const ReplayProgram& program, LoadOptions options = {}) {
    const Device device = rocket_device(paper_port("rocket"));
    const auto submission = guard::load_program(device, program, options);
    return submission ? rocket_refusal(submission->job).value_or("") : submission.error().text();
  };
  EXPECT_EQ(refusal(conv_program(rows, 1)), "");
  EXPECT_NE(refusal(conv_program(rows, 2)).find("several cores"), std::string::npos);
  EXPECT_NE(refusal(conv_program(rows, 1), {.core_mask = 1}).find("core mask"), std::string::npos);
  ReplayProgram pooling = conv_program(rows, 1);
  pooling.table.front().int_mask = 0xc00;
  EXPECT_NE(refusal(pooling).find("task 0 signals its end with 0xc00"), std::string::npos);
  ReplayProgram silent = conv_program(rows, 1);
  silent.image.buffers[output_of(silent)].role = BufferRole::input;
  EXPECT_NE(refusal(silent).find("no output buffer"), std::string::npos);
}

// KABI-R4: body and tail are fetched.
TEST(Rocket, CountsTheTailOfARecord) {
  EXPECT_EQ(rocket_regcmd_count({.regcfg_amount = 108}), 112U);
  EXPECT_EQ(rocket_regcmd_count({.regcfg_amount = 13}), 17U);
}

}  // namespace
}  // namespace npuscope::testing
