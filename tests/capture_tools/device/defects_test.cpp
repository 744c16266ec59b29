// The driver's defects B1 to B15, woken on the fake by raw calls, each beside the rule or the habit
// that keeps a guarded run from it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "replay/device/paper_port.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rknpu_submit.h"
#include "replay/preflight/rules.h"
#include "tests/capture_tools/device/fake_board.h"

namespace npuscope::testing {
namespace {

using namespace uabi;
constexpr const char* shape = "b1_c16_h4_w4_oc16_wic16_k1x1_g1";

// A wrong call, as no guarded run makes it.
struct Defect {
  std::string name;
  std::function<void(rknpu::Submit&, const guard::Submission&, const DrmPort&)> wrong;
  std::string rule;  // that refuses it; empty: a test says why it cannot be asked for
};

int sync_beyond(const guard::Submission& submission, const DrmPort& port) {
  rknpu::MemSync sync;
  sync.flags = rknpu::to_device;
  sync.obj_addr = submission.buffers.front().object;
  sync.size = submission.buffers.front().memory.size() + 0x100000;
  return call(port, rknpu_word(rknpu::mem_sync, sizeof sync), sync);
}

std::vector<Defect> defects() {
  const auto field = [](auto change) {
    return [change](rknpu::Submit& submit, const guard::Submission&, const DrmPort&) {
      change(submit);
    };
  };
  return {
      {"B2", field([](auto& s) { s.core_mask = 7, s.subcore_task[3] = s.subcore_task[4] = {}; }),
       "KABI-L08"},
      {"B3", field([](auto& s) { s.subcore_task[1] = s.subcore_task[2] = {}; }), "KABI-L08"},
      {"B4",
       [](auto& s, const auto& submission, const auto&) {
         s.task_obj_addr = submission.buffers.front().object;  // data has no kernel mapping
       },
       "KABI-L04"},
      {"B5", field([](auto& s) {
         for (auto& entry : s.subcore_task) entry.task_start = 102;  // a page holds 102
       }),
       "KABI-L09"},
      {"B6", field([](auto& s) { s.task_obj_addr += 40; }), "KABI-L03"},
      {"B7", field([](auto& s) { s.core_mask = 5; }), "KABI-L07"},
      {"B9", field([](auto& s) { s.flags = rknpu::job_pingpong; }), "KABI-L05"},
      {"B10", field([](auto& s) { s.iommu_domain_id = 16; }), "KABI-L23"},
      {"B11", field([](auto& s) { s.flags |= rknpu::job_nonblock; }), "KABI-L06"},
      {"B14", field([](auto& s) { s.timeout = 0; }), "KABI-L24"},
      {"B15",
       [](auto&, const auto& submission, const auto& port) { sync_beyond(submission, port); },
       "KABI-L26"},
  };
}

class EachDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(EachDefect, IsWokenByARawCallAndRefusedByItsRule) {
  const Defect& defect = GetParam();
  const FakeBoard board({.strict = true});
  auto log = std::make_shared<CallLog>();
  const DrmPort port = logged(board.port("rknpu"), log);
  const auto submission =
      guard::load_program(rknpu_device(port, {}), conv_program(shape, 1), {}).value();
  rknpu::Submit submit = rknpu_submit(submission.job);
  defect.wrong(submit, submission, port);
  // What the rules say of exactly this submit.
  Opened opened = guard::as_opened(submission, log->events, "test", RegisterDb::builtin());
  opened.capture.submits = {as_captured(submit)};
  const guard::Decision decision = guard::decide(preflight::lint(opened, {}), {}, "paper");
  EXPECT_TRUE(std::ranges::any_of(decision.refusals, [&](const guard::Objection& each) {
    return each.rule->id == defect.rule;
  })) << defect.rule;
  // What the driver makes of it.
  static_cast<void>(call(port, rknpu_word(rknpu::submit, sizeof submit), submit));
  const auto entries = board.npu().journal().entries();
  EXPECT_TRUE(std::ranges::any_of(entries, [&](const fake::Entry& each) {
    return each.rule == defect.name && each.severity >= fake::Severity::warning;
  }));
}

INSTANTIATE_TEST_SUITE_P(Driver, EachDefect, ::testing::ValuesIn(defects()),
                         [](const auto& test) { return test.param.name; });

// B1: an interrupt that is not the expected one leaves a job that the driver has freed. A mask that
// names a block which ends earlier does that (KABI-L12); a run never submits it.
TEST(Defect, B1LeavesADanglingJob) {
  ReplayProgram program = conv_program(shape, 1);
  program.table.front().int_mask = 0x103;  // two pairs never fold to that
  const FakeBoard board({.strict = true});
  auto log = std::make_shared<CallLog>();
  const Device device = rknpu_device(logged(board.port("rknpu"), log), {});
  const auto submission = guard::load_program(device, program, {}).value();
  const guard::Decision decision = guard::decide(
      preflight::lint(guard::as_opened(submission, log->events, "test", RegisterDb::builtin()), {}),
      {}, "paper");
  EXPECT_TRUE(std::ranges::any_of(
      decision.refusals, [](const guard::Objection& each) { return each.rule->id == "KABI-L11"; }));
  EXPECT_EQ(device.submit(submission.job).error, ETIMEDOUT);
  EXPECT_NE(board.npu().journal().kernel_log().find("invalid irq status"), std::string::npos);
  EXPECT_EQ(device.submit(submission.job).error, EINVAL);  // every later job
}

// A job that nobody waits for: the way into B8, B12 and B13.
struct AsyncJob {
  explicit AsyncJob(const FakeBoard& board, std::uint32_t core_mask)
      : port(logged(board.port("rknpu"), log)),
        submission(guard::load_program(rknpu_device(port, {}), conv_program(shape, 1),
                                       {.core_mask = core_mask})
                       .value()) {
    rknpu::Submit submit = rknpu_submit(submission.job);
    submit.flags |= rknpu::job_nonblock;
    EXPECT_EQ(call(port, rknpu_word(rknpu::submit, sizeof submit), submit), 0);
    // No guarded run makes it.
    Opened opened = guard::as_opened(submission, log->events, "test", RegisterDb::builtin());
    opened.capture.submits = {as_captured(submit)};
    EXPECT_TRUE(refused_by("KABI-L06", opened, {}));
  }

  static bool refused_by(std::string_view rule, const Opened& opened,
                         const preflight::LintOptions& options) {
    const guard::Decision decision = guard::decide(preflight::lint(opened, options), {}, "paper");
    return std::ranges::any_of(decision.refusals,
                               [&](const guard::Objection& each) { return each.rule->id == rule; });
  }

  std::shared_ptr<CallLog> log = std::make_shared<CallLog>();
  DrmPort port;
  guard::Submission submission;
};

bool woke(const FakeBoard& board, std::string_view defect) {
  const auto entries = board.npu().journal().entries();
  return board.npu().crashed() && std::ranges::any_of(entries, [&](const fake::Entry& each) {
           return each.rule == defect && each.severity == fake::Severity::crash;
         });
}

// While somebody else has the device open, nothing of ours is submitted, and nothing is reset.
bool refused_beside_others(const guard::Submission& submission) {
  preflight::LintOptions options;
  options.device.other_users = 1;
  const Opened opened = guard::as_opened(submission, {}, "test", RegisterDb::builtin());
  return AsyncJob::refused_by("KABI-L27", opened, options);
}

TEST(Defect, B8ContentionOnALaterCore) {
  for (const std::uint32_t cores : {1U, 2U, 4U}) {
    const FakeBoard board({.strict = true});
    const AsyncJob other(board, cores);
    const Device device = rknpu_device(board.port("rknpu"), {});
    const auto ours =
        guard::load_program(device, conv_program(shape, 1), {.core_mask = cores}).value();
    EXPECT_TRUE(refused_beside_others(ours));
    EXPECT_EQ(device.submit(ours.job).error == 0, cores == 1);
    EXPECT_EQ(woke(board, "B8"), cores != 1) << cores;
  }
}

TEST(Defect, B12BuffersAreFreedUnderARunningCore) {
  const FakeBoard board({.strict = true});
  const AsyncJob job(board, 1);
  rknpu_device(job.port, {}).free(job.submission.buffers.front());
  EXPECT_TRUE(woke(board, "B12"));
}

TEST(Defect, B13AResetEndsTheJobsOfOthers) {
  const FakeBoard board({.strict = true});
  const AsyncJob other(board, 1);
  const Device device = rknpu_device(board.port("rknpu"), {});
  EXPECT_TRUE(
      refused_beside_others(guard::load_program(device, conv_program(shape, 1), {}).value()));
  EXPECT_FALSE(device.reset());
  EXPECT_TRUE(woke(board, "B13"));
}

// Jobs that are waited for leave nothing behind that could be disturbed.
TEST(Defect, AJobThatIsWaitedForWakesNone) {
  const FakeBoard board({.strict = true});
  const Device first = rknpu_device(board.port("rknpu"), {});
  const Device second = rknpu_device(board.port("rknpu"), {});
  const auto job = guard::load_program(first, conv_program(shape, 1), {.core_mask = 2}).value();
  const auto other = guard::load_program(second, conv_program(shape, 1), {.core_mask = 2}).value();
  EXPECT_EQ(first.submit(job.job).error, 0);
  EXPECT_EQ(second.submit(other.job).error, 0);
  EXPECT_TRUE(second.reset());
  guard::free_all(first, job);
  EXPECT_FALSE(board.npu().crashed());
}

// And no submit of ours is of another kind.
TEST(Defect, NothingButOneBlockingJobAtATime) {
  for (const unsigned cores : {1U, 2U, 3U}) {
    const Device device = rknpu_device(paper_port("rknpu"), {});
    const auto submission = guard::load_program(device, conv_program(shape, cores), {}).value();
    const rknpu::Submit submit = rknpu_submit(submission.job);
    EXPECT_EQ(submit.flags & rknpu::job_nonblock, 0U);
    EXPECT_EQ(submit.flags & (rknpu::job_fence_in | rknpu::job_fence_out), 0U);
    EXPECT_EQ(submit.flags & rknpu::job_pc, rknpu::job_pc);
  }
}

}  // namespace
}  // namespace npuscope::testing
