// Command files of `record --gdb`, run by gdb over programs on the fake NPU. What the programs
// computed is compared with what the simulator makes of the log alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

const std::string client = NPUSCOPE_CLIENT " rknpu ";
// The interpreter itself: gdb does not follow the scripts that stand before it.
const std::string sharing = "$(python3 -c 'import sys; print(sys.executable)') " NPUSCOPE_SOURCE_DIR
                            "/tests/clients/sharing.py ";

// Runs CMD under gdb with the log in $TMP/run.log, and goes on with `then`.
std::string under_gdb(const std::string& command, const std::string& then,
                      const std::string& options = "") {
  return "npuscope record --gdb -o $TMP/run.gdb " + options +
         "; npuscope fake --quiet -- gdb --batch -x $TMP/run.gdb --args " + command +
         " > $TMP/run.log 2> $TMP/said; " + then;
}

// Replays every submit of the log: how many there are, and how many had their recorded outcome.
const std::string replay_all =
    "n=$(grep -c '^NPUSCOPE:.* SUBMIT ' $TMP/run.log); i=0; equal=0; while [ $i -lt $n ]; do "
    "npuscope replay --on=sim $TMP/run.log@$i > $TMP/replay 2>&1 || cat $TMP/replay; "
    "grep -q 'bytes after the submit: equal' $TMP/replay && equal=$((equal + 1)); i=$((i + 1)); "
    "done; echo $n submits, $equal equal; ";

struct Program {
  const char* name;
  std::string command;
  int submits;
};

class UnderGdb : public ::testing::TestWithParam<Program> {};

TEST_P(UnderGdb, HasTheSameOutputsInTheSimulator) {
  const auto& [name, command, submits] = GetParam();
  const Outcome outcome = run_shell(under_gdb(
      command, replay_all + "npuscope convert -o $TMP/run $TMP/run.log; grep -c diagnostic "
                            "$TMP/run/events.jsonl"));
  const std::string count = std::to_string(submits);
  EXPECT_EQ(outcome.out, count + " submits, " + count + " equal\n0\n") << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Gdb, UnderGdb,
                         ::testing::Values(Program{"conv", client + "conv", 1},
                                           Program{"matmul", client + "matmul", 1},
                                           Program{"chain", client + "chain", 1},
                                           Program{"handles", sharing + "handles", 3},
                                           Program{"short", sharing + "short", 1},
                                           Program{"uncached", sharing + "uncached", 1},
                                           Program{"prime", sharing + "prime", 1}),
                         [](const auto& test) { return std::string(test.param.name); });

// The same run, recorded by the library at the same time: buffers, programs and submits agree.
TEST(Gdb, SeesWhatTheRecorderSees) {
  const Outcome outcome = run_shell(
      under_gdb(client + "conv",
                "npuscope fake --quiet -- npuscope record -q -o $TMP/run -- " + client +
                    "conv > $TMP/said; for from in run run.log; do npuscope info $TMP/$from | grep "
                    "'^  \\(buffer\\|tasks\\|commands\\|submit\\|coverage\\) ' > $TMP/$from.info; "
                    "npuscope decode $TMP/$from | grep -v '^#' > $TMP/$from.decode; done; "
                    "wc -l < $TMP/run.info; cmp $TMP/run.info $TMP/run.log.info; cmp "
                    "$TMP/run.decode $TMP/run.log.decode; npuscope diff --stat $TMP/run "
                    "$TMP/run.log > $TMP/said; echo diff $?"));
  EXPECT_EQ(outcome.out, "9\ndiff 0\n") << outcome.err;
}

// Threads with a device file of their own each: what one waits for is never taken for another's.
TEST(Gdb, ThreadsAreToldApart) {
  const Outcome outcome = run_shell(under_gdb(
      client + "threads",
      "for i in 0 1 20 21; do npuscope replay --on=sim $TMP/run.log@$i | grep -o ': equal$'; done; "
      "npuscope info $TMP/run.log@2 | grep -c 'debugger was not asked for it'",
      "--submits=0-1,20-21"));
  EXPECT_EQ(outcome.out, ": equal\n: equal\n: equal\n: equal\n1\n") << outcome.err;
}

// The program's own output stands in the log; a line that it tore is put together again.
TEST(Gdb, OutputOfTheProgramDoesNoHarm) {
  const Outcome outcome = run_shell(under_gdb(
      client + "conv",
      "grep -c 'worst difference' $TMP/run.log; sed -i '/ SUBMIT /s/task_number=/"
      "task_num500 of 1000.\\nD RKNN: ber=/' $TMP/run.log; npuscope replay --on=sim $TMP/run.log | "
      "grep -c 'bytes after the submit: equal'; npuscope info $TMP/run.log 2>&1 | grep -o '1 torn "
      "lines were put together again'"));
  EXPECT_EQ(outcome.out, "1\n1\n1 torn lines were put together again\n") << outcome.err;
}

TEST(Gdb, FiltersAreInTheFile) {
  const Outcome outcome = run_shell(
      under_gdb(client + "conv", "npuscope info $TMP/run.log | grep -o ' [0-9]* captured'",
                "--handles=1,2 --max-buffer=4096"));
  EXPECT_EQ(outcome.out, " 0 captured\n 4096 captured\n 0 captured\n 0 captured\n 0 captured\n")
      << outcome.err;
  const Outcome none =
      run_shell(under_gdb(client + "conv", "grep -c ' DATA ' $TMP/run.log", "--no-content"));
  EXPECT_EQ(none.out, "0\n") << none.err;
}

// A program that crashes does so as without gdb, and what it submitted is there.
TEST(Gdb, ACrashEndsTheLog) {
  const Outcome outcome =
      run_shell(under_gdb(sharing + "crash", replay_all + "grep -o 'END killed=0*1' $TMP/run.log"));
  EXPECT_EQ(outcome.out, "1 submits, 1 equal\nEND killed=0000000000000001\n") << outcome.err;
}

// What the children call is not seen, and the log says so where they were made.
TEST(Gdb, AChildIsNotFollowedAndThatIsSaid) {
  const Outcome outcome = run_shell(under_gdb(
      sharing + "fork", replay_all + "npuscope info $TMP/run.log | grep -o 'made a child here.*not "
                                     "follow'"));
  EXPECT_EQ(outcome.out,
            "2 submits, 2 equal\nmade a child here, which the debugger did not follow\n")
      << outcome.err;
}

// Buffers from before the debugger are unknown, those made since are not.
TEST(Gdb, AttachesToAProgramThatRuns) {
  const Outcome outcome = run_shell(
      "npuscope record --gdb -o $TMP/run.gdb; export python=$(python3 -c 'import sys; "
      "print(sys.executable)'); npuscope fake --quiet -- sh -c '$python " NPUSCOPE_SOURCE_DIR
      "/tests/clients/sharing.py late $TMP/go > $TMP/said & until [ -e $TMP/go.ready ]; do sleep "
      "0.02; done; gdb --batch -p $! -ex \"shell touch "
      "$TMP/go\" -x $TMP/run.gdb > $TMP/run.log 2> $TMP/gdb; wait'; npuscope info $TMP/run.log@0 | "
      "grep -o 'tasks lie in a buffer from "
      "before the debugger\\|came to a program that ran already'; npuscope replay --on=sim "
      "$TMP/run.log@1 | "
      "grep -o 'after the submit: equal'");
  EXPECT_EQ(outcome.out,
            "came to a program that ran already\ntasks lie in a buffer from before the debugger\n"
            "after the submit: equal\n")
      << outcome.err;
}

// A program of another processor in an emulator, whose own registers gdb reads.
TEST(Gdb, RecordsOnAarch64) {
  const std::string libraries = std::filesystem::path(NPUSCOPE_AARCH64_LIBRARY).parent_path();
  const Outcome outcome = run_shell(
      "npuscope record --gdb --arch=aarch64 -o $TMP/run.gdb; port=$((20000 + $$ % 30000)); "
      "npuscope fake --quiet -- env -u LD_PRELOAD " NPUSCOPE_QEMU
      " -g $port -L /usr/aarch64-linux-gnu -E LD_PRELOAD=" NPUSCOPE_AARCH64_LIBRARY
      " " NPUSCOPE_AARCH64_CLIENT " rknpu chain > $TMP/said & " NPUSCOPE_GDB_MULTIARCH
      " --batch -ex 'set sysroot /usr/aarch64-linux-gnu' -ex 'set solib-search-path " +
      libraries +
      "' -ex 'file " NPUSCOPE_AARCH64_CLIENT
      "' -ex \"target remote localhost:$port\" -x $TMP/run.gdb > $TMP/run.log 2> $TMP/gdb; wait; " +
      replay_all + "grep -c 'difference 0' $TMP/said");
  EXPECT_EQ(outcome.out, "1 submits, 1 equal\n1\n") << outcome.err;
}

TEST(Gdb, OptionsThatMakeNoSenseAreRefused) {
  for (const char* const options :
       {"--arch=riscv -o $TMP/x", "--prefix=1 -o $TMP/x", "-o $TMP/x -- ./client", ""}) {
    const Outcome outcome = run_shell("npuscope record --gdb " + std::string(options));
    EXPECT_EQ(outcome.exit_code, 2) << options << outcome.err;
  }
}

// Another processor has other registers; nothing else differs.
TEST(Gdb, OtherProcessorsHaveOtherRegisters) {
  const Outcome outcome = run_shell(
      "npuscope record --gdb --arch=aarch64 -o - | grep -c '\\$rdi\\|\\$rax'; "
      "npuscope record --gdb --arch=x86_64 -o - | grep -c '\\$x0'");
  EXPECT_EQ(outcome.out, "0\n0\n");
}

}  // namespace
}  // namespace npuscope::testing
