// A guarded run that is struck at any point leaves a journal that can be read, and never a submit
// that is not in it: SIGKILL, SIGINT, a full disk, a device that goes away.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/run/simulated.h"
#include "tests/capture_tools/device/fake_board.h"

namespace npuscope::testing {
namespace {

using guard::Step;
using nlohmann::json;

constexpr const char* shape = "b1_c16_h4_w4_oc16_wic16_k1x1_g1";

struct Journal {
  std::vector<json> lines;
  bool torn = false;  // the last line is not complete
  [[nodiscard]] std::size_t count(const std::string& event) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const json& line) { return line.at("event") == event; }));
  }
  [[nodiscard]] std::size_t submits() const { return count("submit") + count("probe-submit"); }
};

// Every line but perhaps the last is whole and has its schema.
Journal read_journal(const FakeBoard& board) {
  Journal journal;
  const std::string text = board.journal();
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    json parsed = json::parse(line, nullptr, false);
    if (parsed.is_discarded()) {
      EXPECT_TRUE(stream.eof()) << "a line in the middle is damaged: " << line;
      journal.torn = true;
    } else {
      EXPECT_EQ(parsed.at("schema"), "npuscope.run/1");
      journal.lines.push_back(std::move(parsed));
    }
  }
  return journal;
}

// Runs the program in a child process on the board's fake; returns its wait status. `prepare` is
// called in the child once the board stands.
int run_in_child(
    const FakeBoard& board, const std::function<void(Step)>& at,
    const std::function<void()>& prepare = [] {}) {
  const pid_t pid = fork();
  if (pid == 0) {
    prepare();
    const ReplayProgram program = conv_program(shape, 1);
    auto session = board.open_session({}, "rknpu", at);
    if (session)
      static_cast<void>(session->run({"test", {}, &program}, [&](const auto& contents) {
        return judge_by_simulation(program, contents);
      }));
    // The number of submits that reached the driver.
    _exit(static_cast<int>(board.submits()));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

class EachStep : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EachStep, KillLeavesAReadableJournal) {
  const auto step = static_cast<Step>(GetParam());
  const FakeBoard board;
  const int status = run_in_child(board, [step](Step at) {
    if (at == step) kill(getpid(), SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status)) << "the step was not reached";
  const Journal journal = read_journal(board);
  EXPECT_FALSE(journal.torn);
  // Before the line is there, nothing was submitted; behind it, it says what may have been.
  EXPECT_EQ(journal.count("submit"), step >= Step::journaled_submit ? 1U : 0U);
  EXPECT_EQ(journal.count("returned"), step >= Step::journaled_return ? 1U : 0U);
  EXPECT_EQ(journal.count("result"), step >= Step::journaled_result ? 1U : 0U);
  // The lock went with the process, and the next session appends to the same journal.
  EXPECT_TRUE(board.open_session({}));
  EXPECT_EQ(read_journal(board).lines.size(), journal.lines.size() + 1);
  // Submitted, and nobody knows how it ended: the program is not run again unasked.
  const bool lost = step == Step::journaled_submit || step == Step::submitted;
  const auto history =
      guard::history_of(board.root() / "state/runs.jsonl", conv_program(shape, 1).hash);
  EXPECT_EQ(history.denied.find("never came back") != std::string::npos, lost);
}

TEST_P(EachStep, InterruptWaitsForTheEndOfTheJob) {
  const auto step = static_cast<Step>(GetParam());
  for (const int signal : {SIGINT, SIGTERM}) {
    const FakeBoard board;
    const int status = run_in_child(board, [&](Step at) {
      if (at == step) kill(getpid(), signal);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    // Between sessions it takes effect at once, in a run after its last line.
    const bool held = step > Step::opened;
    EXPECT_EQ(read_journal(board).count("result"), held ? 1U : 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Interruption, EachStep,
                         ::testing::Range(std::size_t{0}, guard::step_count), [](const auto& test) {
                           std::string name(guard::name_of(static_cast<Step>(test.param)));
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

// The disk is full after so many bytes: at each line of the journal, whole and in its middle.
TEST(Interruption, AFullDiskStopsTheSubmit) {
  const FakeBoard whole;
  const int done = run_in_child(whole, [](Step) {});
  ASSERT_EQ(WEXITSTATUS(done), 5);
  const std::string text = whole.journal();
  std::vector<std::size_t> limits;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    limits.push_back(at);
    limits.push_back(at + 10);
  }
  for (const std::size_t limit : limits) {
    const FakeBoard board;
    const int status = run_in_child(
        board, [](Step) {},
        [limit] {
          std::signal(SIGXFSZ, SIG_IGN);
          const rlimit most{limit, limit};
          setrlimit(RLIMIT_FSIZE, &most);
        });
    ASSERT_TRUE(WIFEXITED(status));
    const Journal journal = read_journal(board);
    // Nothing ran that is not on the disk.
    EXPECT_EQ(static_cast<std::size_t>(WEXITSTATUS(status)), journal.submits()) << limit;
  }
}

// The device goes away at each call of the run: an error or a report, never a loss of the journal.
TEST(Interruption, AnUnpluggedDeviceIsSaid) {
  std::uint64_t call = 1;
  for (bool finished = false; !finished && call < 300; ++call) {
    const FakeBoard board({.faults = {{fake::FaultKind::unplugged, call}}});
    const ReplayProgram program = conv_program(shape, 1);
    auto session = board.open_session({});
    if (!session) continue;  // it went before anything could be asked
    const auto report = session->run({"test", {}, &program}, [&](const auto& contents) {
      return judge_by_simulation(program, contents);
    });
    const Journal journal = read_journal(board);
    EXPECT_FALSE(journal.torn);
    EXPECT_EQ(journal.submits() >= board.submits(), true);
    if (!report) {
      EXPECT_NE(report.error().kind, ErrorKind::unreadable);
    } else if (report->ended != guard::RunClass::pass) {
      EXPECT_EQ(journal.count("result"), 1U);
    } else {
      finished = true;
    }
  }
  EXPECT_GT(call, 60U);  // so many calls has a run
  EXPECT_LT(call, 300U);
}

}  // namespace
}  // namespace npuscope::testing
