// A replay with --sequence=vendor makes the calls of the vendor's runtime: those of public traces,
// and what `npuscope verify` expects of a run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "replay/device/rknpu_device.h"
#include "replay/run/conv_image.h"
#include "replay/shape/shape_names.h"
#include "replay/verify/verify.h"
#include "tests/capture_tools/device/fake_board.h"
#include "tests/capture_tools/shell.h"
#include "tests/corpus.h"

namespace npuscope::testing {
namespace {

// Of the corpus: one ioctl trace, of this shape.
constexpr const char* shape_name = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

struct VendorRun {
  std::shared_ptr<CallLog> log = std::make_shared<CallLog>();
  guard::Submission submission;
  Opened opened;  // refers to the submission
};

// Runs the shape as the vendor's runtime would, on the fake; no guard, so no other calls.
std::unique_ptr<VendorRun> run_as_vendor(const FakeBoard& board, const ConvShape& shape) {
  const GeneratedProgram generated = generate_program(shape, {}).value();
  Image image = conv_image(generated, draw_tensors(shape, 1), 1).value();
  const ReplayProgram program = replay_program(as_vendor_allocates(generated, std::move(image)),
                                               RegisterDb::builtin(), whole_table(generated, 1))
                                    .value();
  auto made = std::make_unique<VendorRun>();
  VendorRun& run = *made;
  DrmPort port = board.port("rknpu");
  port.unmap = [](std::span<std::byte>) {};  // the capture of the run refers to its memory
  const Device device = rknpu_device(logged(port, run.log), {.vendor_sequence = true});
  auto submission = guard::load_program(device, program, {.vendor_sequence = true});
  EXPECT_TRUE(submission) << submission.error().text();
  EXPECT_EQ(device.submit(submission->job).error, 0);
  EXPECT_TRUE(guard::fetch_outputs(device, *submission));
  const auto contents = guard::contents_of(*submission);
  const auto output = conv_output(generated, contents[output_of(program)]).value();
  EXPECT_LE(compare(reference_of(shape, draw_tensors(shape, 1)), output).excess, 0);
  run.submission = *submission;
  run.opened = guard::as_opened(run.submission, run.log->events, "run", RegisterDb::builtin());
  guard::free_all(device, *submission);
  run.opened.capture.events = run.log->events;
  return made;
}

// A call with its numbers; objects by the order of their creation, so that runs can be compared.
std::vector<std::string> calls_of(const std::vector<Event>& events) {
  std::map<std::uint64_t, std::size_t> objects;
  std::vector<std::string> calls;
  for (const Event& event : events) {
    if (event.kind == "MEM_CREATE_RET") {
      objects.emplace(event.number("obj").value_or(0), objects.size() + 1);
    } else if (event.kind == "ACTION" || event.kind == "MEM_CREATE" || event.kind == "MEM_SYNC" ||
               event.kind == "MEM_MAP" || event.kind == "SUBMIT") {
      std::string call = event.kind;
      for (const char* key : {"flags", "value", "size", "offset", "timeout", "task_number",
                              "core_mask", "subcore_task[0]", "subcore_task[2]"}) {
        if (event.kind == "MEM_MAP") continue;
        if (const auto number = event.number(key)) call += fmt::format(" {}={}", key, *number);
      }
      if (const auto object = event.number("obj"); object && event.kind == "MEM_SYNC")
        call += fmt::format(" object {}", objects[*object]);
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

TEST(VendorSequence, IsThatOfThePublicTrace) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto captured =
      open_input(corpus_path("ioctl-logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log"),
                 RegisterDb::builtin());
  ASSERT_TRUE(captured) << captured.error().text();
  const auto with_submit = std::ranges::find_if(
      *captured, [](const Opened& each) { return !each.capture.submits.empty(); });
  ASSERT_NE(with_submit, captured->end());
  const FakeBoard board;
  const auto made = run_as_vendor(board, parse_shape(shape_name).value());
  const VendorRun& run = *made;
  std::vector<std::string> ours = calls_of(run.log->events);
  std::vector<std::string> theirs = calls_of(with_submit->capture.events);
  // Their program also reads its input back before the run, and its output once for each use: calls
  // of its application. Everything else is the same, in the same order.
  const std::string read_back = "MEM_SYNC flags=2";
  const auto application = [&](const std::string& call) { return call.starts_with(read_back); };
  EXPECT_EQ(std::ranges::count_if(ours, application), 1);
  EXPECT_GE(std::ranges::count_if(theirs, application), 1);
  std::erase_if(ours, application);
  std::erase_if(theirs, application);
  EXPECT_EQ(ours, theirs);
  const Submit& a = run.opened.capture.submits.front();
  const Submit& b = with_submit->capture.submits.front();
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.timeout, b.timeout);
  EXPECT_EQ(a.task_start, b.task_start);
  EXPECT_EQ(a.task_number, b.task_number);
  EXPECT_EQ(a.core_mask, b.core_mask);
  EXPECT_EQ(a.fence_fd, b.fence_fd);
  EXPECT_EQ(a.subcore, b.subcore);
}

TEST(VendorSequence, PassesTheChecksOfARun) {
  const FakeBoard board;
  const auto made = run_as_vendor(board, parse_shape(shape_name).value());
  const VendorRun& run = *made;
  std::vector<Opened> inputs;
  inputs.push_back(run.opened);
  const Verification result = verify(inputs, {}, RegisterDb::builtin());
  for (const CheckLine& line : result.lines)
    EXPECT_NE(line.outcome, npuscope::Outcome::fail)
        << line.id << ": " << line.text << "; expected " << line.expected << ", found "
        << line.found;
  EXPECT_GE(result.count(npuscope::Outcome::pass), 10U);
}

// Six logs of runs, with the runtime's own lines about its memory: buffers in their order, sizes
// and flags; the table; the number of tasks that is submitted.
class LiveLog : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(VendorSequence, LiveLog,
                         ::testing::Values("6desc_h7_live_regcmd_20260524_123133",
                                           "c64_h56_live_regcmd_1168_20260524_133725",
                                           "channeltile_20260524_113150",
                                           "pw_c256_h14_live_regcmd_832_20260524_131749",
                                           "pw_c256_h14_live_regcmd_832_20260524_131804",
                                           "rerun_20260524_122116"),
                         [](const auto& test) { return std::string(test.param); });

std::string live_log(const char* name) {
  return corpus_path(fmt::format("live-logs/capture_rknpu_submit_dump_gems_{}.log", name));
}

// In the order of their creation.
std::vector<std::uint64_t> addresses_of(const Capture& capture) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> buffers;
  for (const Buffer& buffer : capture.buffers)
    buffers.emplace_back(buffer.handle.value_or(0), buffer.device_address.value_or(0));
  std::ranges::sort(buffers);
  std::vector<std::uint64_t> addresses;
  for (const auto& [handle, address] : buffers) addresses.push_back(address);
  return addresses;
}

// Entries, with their commands counted from the first.
std::vector<Task> table_of(const Opened& opened) {
  std::vector<Task> tasks;
  for (const TaskEntry& entry : opened.sets.front().tasks) {
    tasks.push_back(entry.task);
    tasks.back().regcmd_addr -= opened.sets.front().tasks.front().task.regcmd_addr;
    tasks.back().int_status = 0;  // the driver's
  }
  return tasks;
}

TEST_P(LiveLog, ShowsTheRunThatWeMake) {
  NPUSCOPE_NEEDS_CORPUS();
  std::vector<Opened> inputs = open_input(live_log(GetParam()), RegisterDb::builtin()).value();
  ASSERT_EQ(inputs.size(), 1U);
  const auto shape = shape_from_tensors(inputs.front().capture);
  ASSERT_TRUE(shape);
  const FakeBoard board;
  const auto made = run_as_vendor(board, shape->shape);
  for (const Opened* run : {&made->opened, &inputs.front()}) {  // from the top down
    EXPECT_EQ(addresses_of(run->capture).size(), 5U);
    EXPECT_TRUE(std::ranges::is_sorted(addresses_of(run->capture), std::greater()));
  }
  EXPECT_EQ(table_of(made->opened), table_of(inputs.front()));
  inputs.push_back(made->opened);
  const Verification result = verify(inputs, {}, RegisterDb::builtin());
  for (const CheckLine& line : result.lines) {
    EXPECT_NE(line.outcome, npuscope::Outcome::fail)
        << line.id << ": " << line.text << "; expected " << line.expected << ", found "
        << line.found;
    // Sizes and flags of five buffers, and the number of tasks.
    if (line.id == files_check.id) {
      EXPECT_EQ(line.text, "11 statements of 2 inputs agree");
    }
  }
}

// The capture itself, run as it was captured. Two logs have the table only.
TEST_P(LiveLog, IsRepeatedWithTheCallsThatItShows) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto shell = run_shell(fmt::format(
      "npuscope replay --on=rknpu --dry-run --sequence=vendor --unsafe-i-can-power-cycle "
      "--log=$TMP/calls '{0}' > $TMP/said && npuscope verify $TMP/calls '{0}' | grep "
      "'^FAIL\\|files.agree'",
      live_log(GetParam())));
  if (open_input(live_log(GetParam()), RegisterDb::builtin())->front().sets.front().inferred) {
    EXPECT_NE(shell.err.find("its record was not captured completely"), std::string::npos);
  } else {
    EXPECT_EQ(shell.out, "PASS  files.agree        11 statements of 2 inputs agree\n") << shell.err;
  }
}

}  // namespace
}  // namespace npuscope::testing
