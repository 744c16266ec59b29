// How guarded runs end: by the driver's answers, the values, and the health of the board after.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/device/rknpu_device.h"
#include "replay/run/simulated.h"
#include "tests/capture_tools/device/fake_board.h"

namespace npuscope::testing {
namespace {

using fake::Fault;
using fake::FaultKind;
using guard::Judgement;
using guard::RunClass;
using guard::RunReport;
using nlohmann::json;

constexpr const char* shape = "b1_c16_h4_w4_oc16_wic16_k1x1_g1";
// The probe before has two submits: the program's is the third.
constexpr std::uint64_t first_submit = 3;

guard::RunSubject subject_of(const ReplayProgram& program) {
  return {"gen:" + std::string(shape), shape, &program};
}

guard::Judge simulator_for(const ReplayProgram& program) {
  return [&program](const auto& contents) { return judge_by_simulation(program, contents); };
}

Result<RunReport> run_on(const FakeBoard& board, const ReplayProgram& program,
                         const std::string& driver = "rknpu") {
  auto session = board.open_session({}, driver);
  if (!session) return tl::unexpected(session.error());
  return session->run(subject_of(program), simulator_for(program));
}

std::vector<json> lines_of(const FakeBoard& board) {
  std::vector<json> lines;
  std::istringstream text(board.journal());
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

std::vector<std::string> events_of(const FakeBoard& board) {
  std::vector<std::string> events;
  for (const json& line : lines_of(board)) events.push_back(line["event"]);
  return events;
}

TEST(Session, PassesOnBothDrivers) {
  const ReplayProgram program = conv_program(shape, 1);
  for (const std::string driver : {"rknpu", "rocket"}) {
    const FakeBoard board;
    const auto report = run_on(board, program, driver);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->ended, RunClass::pass) << report->reason;
    EXPECT_EQ(report->before, guard::Health::well);
    EXPECT_EQ(report->after, guard::Health::well);
    EXPECT_EQ(board.submits(), 5U);  // two probes, the program, two probes
    EXPECT_EQ(events_of(board),
              (std::vector<std::string>{"begin", "probe-submit", "probe", "probe-submit", "probe",
                                        "submit", "returned", "probe-submit", "probe",
                                        "probe-submit", "probe", "result"}));
  }
}

TEST(Session, RecordsWhatReallyRan) {
  const ReplayProgram program = conv_program("b1_c64_h56_w56_oc64_wic64_k1x1_g1", 1);
  const FakeBoard board;
  ASSERT_TRUE(run_on(board, program));
  const auto lines = lines_of(board);
  const auto submit = std::ranges::find(lines, "submit", [](const json& l) { return l["event"]; });
  ASSERT_NE(submit, lines.end());
  EXPECT_EQ((*submit)["cores"], 1);
  EXPECT_EQ((*submit)["program"], program.hash);
  ASSERT_EQ((*submit)["lanes"].size(), 1U);
  EXPECT_EQ((*submit)["lanes"][0]["records"].size(), 2U);
  EXPECT_EQ((*submit)["lanes"][0]["records"][0]["words"], program.table[0].regcfg_amount);
  EXPECT_EQ((*submit)["submit"]["subcore_task"][0], json::parse("[0,2]"));
}

// The chain of a prefix ends behind it, and only its part of the output is written.
TEST(Session, RunsAPrefix) {
  ReplayProgram whole = conv_program("b1_c64_h56_w56_oc64_wic64_k1x1_g1", 1);
  Image image = whole.image;
  ASSERT_TRUE(end_after(image, 1));
  const ReplayProgram prefix = replay_program(std::move(image), RegisterDb::builtin()).value();
  EXPECT_NE(prefix.hash, whole.hash);
  const FakeBoard board;
  const auto report = run_on(board, prefix);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->ended, RunClass::pass) << report->reason;
  const auto& output = report->contents[output_of(prefix)];
  const auto canaries = std::ranges::count(output, guard::canary);
  EXPECT_GT(canaries, static_cast<std::ptrdiff_t>(output.size() / 16));
  EXPECT_LT(canaries, static_cast<std::ptrdiff_t>(output.size()));
}

struct Ending {
  const char* name;
  FaultKind fault;
  bool passed_before;
  RunClass ended;
  unsigned attempts;
};
class Endings : public ::testing::TestWithParam<Ending> {};

TEST_P(Endings, AreClassified) {
  const auto& [name, fault, passed_before, ended, attempts] = GetParam();
  const ReplayProgram program = conv_program(shape, 1);
  // A pass has five submits, of which one is the program's.
  const FakeBoard board(
      {.strict = true, .faults = {{fault, first_submit + (passed_before ? 5U : 0U)}}});
  if (passed_before) {
    ASSERT_EQ(run_on(board, program)->ended, RunClass::pass);
  }
  const auto report = run_on(board, program);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(name_of(report->ended), name_of(ended)) << report->reason;
  EXPECT_EQ(report->attempts, attempts);
  EXPECT_EQ(lines_of(board).back()["class"], name_of(ended));
}

INSTANTIATE_TEST_SUITE_P(
    Session, Endings,
    ::testing::Values(
        // Repeated once, and only because it passed before.
        Ending{"DispatchMiss", FaultKind::dispatch_miss, true, RunClass::pass, 2},
        Ending{"FirstMiss", FaultKind::dispatch_miss, false, RunClass::timeout, 1},
        Ending{"IommuFault", FaultKind::iommu_fault, false, RunClass::timeout, 1},
        Ending{"ForeignReset", FaultKind::foreign_reset, false, RunClass::failed, 1},
        Ending{"InvalidInterrupt", FaultKind::invalid_interrupt, false, RunClass::poisoned_boot,
               1}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Session, TellsWrongValuesFromNone) {
  const ReplayProgram program = conv_program(shape, 1);
  const FakeBoard board;
  auto session = board.open_session({});
  ASSERT_TRUE(session);
  const auto wrong = session->run(subject_of(program), [](const auto&) {
    return Judgement{Judgement::Values::wrong, "all of them"};
  });
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->ended, RunClass::wrong_values);
  EXPECT_FALSE(session->over());
  const auto unknown = session->run(subject_of(program), [](const auto&) {
    return Judgement{Judgement::Values::unknown, "?"};
  });
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->ended, RunClass::not_compared);
}

// KABI-R2: the mainline driver returns 0 for a job that timed out. Log and canary tell.
TEST(Session, FindsWhatRocketKeepsToItself) {
  const ReplayProgram program = conv_program(shape, 1);
  const FakeBoard board;
  // The program's task is made to end nowhere, behind the back of the rules.
  ReplayProgram broken = program;
  auto& task = broken.image.lanes.front().tasks.front();
  const auto tail = broken.image.at(task.regcmd_addr + 8 * std::uint64_t{task.regcfg_amount}, 32);
  std::ranges::fill(tail, std::byte{});
  auto session = board.open_session({}, "rocket");
  ASSERT_TRUE(session);
  const auto report = session->run({"broken", {}, &broken}, simulator_for(program));
  // Either the rules stop it, or the run is a timeout; never a pass.
  if (report) {
    EXPECT_EQ(report->ended, RunClass::timeout);
  } else {
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
  }
}

// A boot that a run poisoned is refused until the next, also by other processes and without its
// log.
TEST(Session, RefusesAPoisonedBootUntilTheNext) {
  const ReplayProgram program = conv_program(shape, 1);
  const FakeBoard board({.strict = true, .faults = {{FaultKind::invalid_interrupt, first_submit}}});
  ASSERT_EQ(run_on(board, program)->ended, RunClass::poisoned_boot);
  const std::uint64_t before = board.submits();
  EXPECT_EQ(before, first_submit);  // no probe after it: nothing more is started
  std::filesystem::remove(board.root() / "dmesg.txt");  // the log is gone, the record is not
  const auto again = run_on(board, program);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::refused);
  EXPECT_NE(again.error().text().find("invalid irq status"), std::string::npos);
  EXPECT_EQ(board.submits(), before);
}

// The next job finds the board in disorder: said of the program before it.
TEST(Session, FindsAProgramThatPoisonsTheNextJob) {
  const ReplayProgram program = conv_program(shape, 1);
  // The fourth submit is the first probe after the program.
  const FakeBoard board({.strict = true, .faults = {{FaultKind::dispatch_miss, first_submit + 1}}});
  auto session = board.open_session({});
  ASSERT_TRUE(session);
  const auto report = session->run(subject_of(program), simulator_for(program));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ended, RunClass::poisons_next_job) << report->reason;
  EXPECT_EQ(report->after, guard::Health::polluted);
  EXPECT_NE(report->reason.find("ACT_RESET mended it"), std::string::npos);
  EXPECT_TRUE(session->over());
  const std::uint64_t before = board.submits();
  EXPECT_FALSE(session->run(subject_of(program), simulator_for(program)));
  EXPECT_EQ(board.submits(), before);
}

// What spoiled a boot does not run again unasked, also in the next boot; nor does what never came
// back, which is all that a board that died can say.
TEST(Session, RemembersProgramsThatTookABoardDown) {
  const ReplayProgram program = conv_program(shape, 1);
  const FakeBoard board({.strict = true, .faults = {{FaultKind::dispatch_miss, first_submit + 1}}});
  ASSERT_EQ(run_on(board, program)->ended, RunClass::poisons_next_job);
  board.reboot("22222222-0000-4000-8000-000000000000");
  const auto again = run_on(board, program);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().what.find("KABI-L29: run"), std::string::npos) << again.error().text();
  auto session = board.open_session({.permissions = {.rules = {}, .power_cycle = true}});
  ASSERT_TRUE(session);
  const auto allowed = session->run(subject_of(program), simulator_for(program));
  ASSERT_TRUE(allowed) << allowed.error().text();
  EXPECT_EQ(allowed->ended, RunClass::pass);
  ASSERT_EQ(allowed->decision.overridden.size(), 1U);
  EXPECT_EQ(allowed->decision.overridden.front().rule->id, "KABI-L29");
}

// A probe is a submit like any other: the log is looked at after it, and nothing follows.
TEST(Session, StopsWhenAProbePoisonsTheBoot) {
  const ReplayProgram program = conv_program(shape, 1);
  const FakeBoard after(
      {.strict = true, .faults = {{FaultKind::invalid_interrupt, first_submit + 1}}});
  const auto report = run_on(after, program);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ended, RunClass::poisoned_boot) << report->reason;
  EXPECT_EQ(after.submits(), first_submit + 1);
  const FakeBoard before({.strict = true, .faults = {{FaultKind::invalid_interrupt, 1}}});
  const auto refused = run_on(before, program);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("has poisoned this boot"), std::string::npos);
  EXPECT_EQ(before.submits(), 1U);
  EXPECT_FALSE(run_on(before, program));
  EXPECT_EQ(before.submits(), 1U);
}

// Without the log, a refusal of the driver is taken for the worst that it can mean.
TEST(RunClasses, FollowFromTheEvidence) {
  using guard::classify;
  EXPECT_EQ(classify({.outcome = {.error = EINVAL}}), RunClass::failed);
  EXPECT_EQ(classify({.outcome = {.error = EINVAL}, .log_readable = false}),
            RunClass::poisoned_boot);
  EXPECT_EQ(classify({.outcome = {}, .new_poison = 1}), RunClass::poisoned_boot);
  EXPECT_EQ(classify({.outcome = {}, .untouched = true}), RunClass::never_written);
  EXPECT_EQ(classify({.outcome = {}, .timed_out_in_log = true}), RunClass::timeout);
  EXPECT_EQ(classify({.outcome = {.error = ENODEV}}), RunClass::device_gone);
  // Started, so it is the program's own fault, whether it passed before or not.
  EXPECT_EQ(classify({.outcome = {.error = ETIMEDOUT, .task_counter = 1}, .passed_before = true}),
            RunClass::timeout);
}

TEST(Session, RefusesABoardThatIsNotWell) {
  const ReplayProgram program = conv_program(shape, 1);
  // Both forms fail, before and after ACT_RESET.
  const FakeBoard board({.strict = true,
                         .faults = {{FaultKind::dispatch_miss, 1},
                                    {FaultKind::dispatch_miss, 2},
                                    {FaultKind::dispatch_miss, 3},
                                    {FaultKind::dispatch_miss, 4}}});
  const auto report = run_on(board, program);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_EQ(board.submits(), 4U);
}

TEST(Session, LetsOneProcessInAtATime) {
  const FakeBoard board;
  const auto first = board.open_session({});
  ASSERT_TRUE(first);
  const auto second = board.open_session({});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::refused);
  EXPECT_NE(second.error().what.find("another process holds"), std::string::npos);
}

TEST(Session, RefusesWhileAnotherProcessHasTheNode) {
  const FakeBoard board;
  std::filesystem::create_directories(board.root() / "proc/4711/fd");
  std::filesystem::create_symlink("/dev/dri/renderD129", board.root() / "proc/4711/fd/3");
  const ReplayProgram program = conv_program(shape, 1);
  const auto report = run_on(board, program);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().what.find("KABI-L27"), std::string::npos) << report.error().text();
  EXPECT_EQ(board.submits(), 0U);
}

// Of all that the rules refuse, nothing reaches the driver but the probes.
TEST(Session, SubmitsNothingThatIsRefused) {
  const ReplayProgram program = conv_program("b1_c64_h56_w56_oc128_wic64_k1x1_g1", 1);
  const FakeBoard board;
  const auto report = run_on(board, program);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_EQ(board.submits(), 2U);
  EXPECT_EQ(lines_of(board).back()["event"], "refused");
  EXPECT_EQ(lines_of(board).back()["refusals"][0]["rule"], "KABI-L29");
}

}  // namespace
}  // namespace npuscope::testing
