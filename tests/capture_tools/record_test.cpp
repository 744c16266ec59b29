// Recordings of programs that know nothing of npuscope, on the fake NPU. What a program computed is
// compared with what the simulator makes of the recording alone.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

const std::string client = NPUSCOPE_CLIENT " ";
const std::string sharing = "python3 " NPUSCOPE_SOURCE_DIR "/tests/clients/sharing.py ";

// Records CMD into $TMP/run, and goes on with `then`.
std::string recorded(const std::string& driver, const std::string& command, const std::string& then,
                     const std::string& options = "") {
  return "npuscope fake --quiet --driver=" + driver + " -- npuscope record -q -o $TMP/run " +
         options + " -- " + command + " > $TMP/said; echo ended $?; " + then;
}

// Replays every submit of $TMP/run: how many there are, and how many had their recorded outcome.
std::string replay_each(const std::string& options, const std::string& grep) {
  return "n=$(grep -c '\"event\":\"submit\"' $TMP/run/events.jsonl); i=0; equal=0; while [ $i -lt "
         "$n ]; "
         "do "
         "npuscope replay --on=sim " +
         options + " $TMP/run@$i > $TMP/replay 2>&1 || cat $TMP/replay; " + grep +
         "grep -q 'bytes after the submit: equal' $TMP/replay && equal=$((equal + 1)); "
         "i=$((i + 1)); done; echo $n submits, $equal equal; ";
}
const std::string replay_all = replay_each("", "");
// The same with every buffer at another address, which the simulator says itself.
const std::string replay_all_moved =
    replay_each("--at=0x20000000", "grep -q '^moved   5 buffers' $TMP/replay && ");

struct Operation {
  const char* driver;
  const char* name;
  int submits;
};

class RecordedOperation : public ::testing::TestWithParam<Operation> {};

TEST_P(RecordedOperation, HasTheSameOutputsInTheSimulator) {
  const auto [driver, name, submits] = GetParam();
  const Outcome outcome =
      run_shell(recorded(driver, client + driver + " " + name, replay_all + replay_all_moved));
  const std::string line =
      std::to_string(submits) + " submits, " + std::to_string(submits) + " equal\n";
  EXPECT_EQ(outcome.out, "ended 0\n" + line + line) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    Record, RecordedOperation,
    ::testing::Values(Operation{"rknpu", "conv", 1}, Operation{"rknpu", "matmul", 1},
                      Operation{"rknpu", "add", 1}, Operation{"rknpu", "pool", 1},
                      Operation{"rknpu", "chain", 1}, Operation{"rknpu", "layers2", 2},
                      Operation{"rknpu", "layers3", 2}, Operation{"rknpu", "threads", 40},
                      Operation{"rocket", "conv", 1}, Operation{"rocket", "matmul", 1},
                      Operation{"rocket", "add", 1}, Operation{"rocket", "chain", 1},
                      Operation{"rocket", "threads", 40}),
    [](const auto& test) { return std::string(test.param.driver) + "_" + test.param.name; });

struct Case {
  const char* name;
  int submits, buffers, exit_code;
};

class RecordedCase : public ::testing::TestWithParam<Case> {};

// Everything is there, and what the program says is what it says without the recorder.
TEST_P(RecordedCase, IsCompleteAndRight) {
  const auto [name, submits, buffers, exit_code] = GetParam();
  const Outcome alone = run_shell("npuscope fake --quiet -- " + sharing + name);
  const Outcome outcome =
      run_shell(recorded("rknpu", sharing + name,
                         "cat $TMP/said; " + replay_all +
                             "grep -c '\"event\":\"buffer\"' $TMP/run/events.jsonl; tail -1 "
                             "$TMP/run/events.jsonl | cut -c 1-14; "
                             "grep -c '\"severity\":\"warning\"' $TMP/run/events.jsonl"));
  const std::string count = std::to_string(submits);
  EXPECT_EQ(outcome.out, "ended " + std::to_string(exit_code) + "\n" + alone.out + count +
                             " submits, " + count + " equal\n" + std::to_string(buffers) +
                             "\n{\"event\":\"end\"\n0\n")
      << outcome.err;
  EXPECT_EQ(alone.exit_code, exit_code);
}

// Without contents nobody waits, and the same calls are there.
TEST_P(RecordedCase, HasTheSameCallsWithoutContents) {
  const auto [name, submits, buffers, exit_code] = GetParam();
  const std::string calls =
      "grep -o '\"event\":\"[a-z]*\",\"kind\":\"[A-Z_]*' $TMP/run/events.jsonl | sort | uniq -c; "
      "tail -1 $TMP/run/events.jsonl | cut -c 1-14";
  const Outcome with = run_shell(recorded("rknpu", sharing + name, calls));
  const Outcome without = run_shell(recorded("rknpu", sharing + name, calls, "--no-content"));
  EXPECT_EQ(without.out, with.out) << without.err;
  EXPECT_NE(with.out.find("IOCTL_RET"), std::string::npos) << with.out;
}

INSTANTIATE_TEST_SUITE_P(Record, RecordedCase,
                         ::testing::Values(Case{"handles", 3, 15, 0}, Case{"short", 1, 5, 0},
                                           Case{"uncached", 1, 5, 0}, Case{"prime", 1, 9, 0},
                                           Case{"flink", 1, 9, 0}, Case{"fork", 4, 10, 0},
                                           Case{"crash", 1, 6, 139}, Case{"descriptors", 2, 5, 0},
                                           Case{"strange", 0, 0, 0}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Record, UnknownCallsAreKeptAsTheyAre) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", sharing + "strange",
      "grep -o '\"kind\":\"IOCTL\",\"arguments\":\\[\\[\"cmd\",\"[^]]*\\],\\[\"bytes\",\"[^]]*\\]' "
      "$TMP/run/events.jsonl"));
  EXPECT_EQ(outcome.out,
            "ended 0\n"
            "\"kind\":\"IOCTL\",\"arguments\":[[\"cmd\",\"0xc0086460\"],[\"bytes\","
            "\"0000000000000000\"]\n"
            "\"kind\":\"IOCTL\",\"arguments\":[[\"cmd\",\"0x4000645f\"],[\"bytes\",\"\"]\n");
}

// Nothing of a run is lost when the recorder dies with it: the bundle is cut, and read up to there.
TEST(Record, ACutRecordingIsReadUpToThere) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", client + "rknpu conv",
      "grep -n '\"event\":\"submit\"' $TMP/run/events.jsonl | cut -d: -f1 > $TMP/line; "
      "head -$(cat $TMP/line) $TMP/run/events.jsonl > $TMP/cut; echo -n '{\"event\":\"ca' >> "
      "$TMP/cut; "
      "mv $TMP/cut $TMP/run/events.jsonl; npuscope replay --on=sim $TMP/run 2>&1 | grep -c "
      "'changed handle 5'; "
      "npuscope info $TMP/run | grep -o 'the last line is torn\\|the bundle has no end event'"));
  EXPECT_EQ(outcome.out, "ended 0\n1\nthe last line is torn\nthe bundle has no end event\n");
}

// What was submitted is on disk before the driver has it: the board stops in the second submit.
TEST(Record, WhatEndedTheProgramIsThere) {
  const Outcome outcome = run_shell(
      "npuscope fake --strict -q -- npuscope record -q -o $TMP/run -- python3 " NPUSCOPE_SOURCE_DIR
      "/tests/clients/crash.py B2; grep -c '\"event\":\"submit\"' $TMP/run/events.jsonl; "
      "grep -c '\"event\":\"content\"' $TMP/run/events.jsonl");
  EXPECT_EQ(outcome.out.substr(0, 2), "1\n") << outcome.out << outcome.err;
}

TEST(Record, FiltersSayWhatIsNotThere) {
  const Outcome outcome = run_shell(
      recorded("rknpu", client + "rknpu many 6",
               "for i in 0 1 3 4; do npuscope info $TMP/run@$i | grep -c 'not asked for'; done; "
               "npuscope info $TMP/run | grep 'buffer *handle' | grep -o ' [0-9]* captured'",
               "--submits 1-2,4 --handles 1,2,5 --max-buffer=4096"));
  EXPECT_EQ(outcome.out,
            "ended 0\n1\n0\n1\n0\n 0 captured\n 4096 captured\n 0 captured\n 0 captured\n 4096 "
            "captured\n");
}

TEST(Record, CallsAloneCostNoBlobs) {
  const Outcome outcome = run_shell(
      recorded("rknpu", client + "rknpu add",
               "ls $TMP/run/blobs | wc -l; npuscope info $TMP/run | grep -o 'recording was made "
               "without contents'; npuscope verify $TMP/run | grep -c ^FAIL",
               "--no-content"));
  EXPECT_EQ(outcome.out, "ended 0\n0\nrecording was made without contents\n0\n");
}

// More than a ring holds at once, by threads that do not wait for each other.
TEST(Record, CallsAloneAreAllThere) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", client + "rknpu many 4000",
      "for kind in submit buffer release; do grep -c \"\\\"event\\\":\\\"$kind\\\"\" "
      "$TMP/run/events.jsonl; done; grep -c '\"kind\":\"IOCTL_RET\"' $TMP/run/events.jsonl; "
      "grep -c diagnostic $TMP/run/events.jsonl",
      "--no-content"));
  EXPECT_EQ(outcome.out, "ended 0\n4000\n5\n5\n24015\n0\n") << outcome.err;
}

// The recorder dies; the program neither waits for it nor ends otherwise.
TEST(Record, AProgramOutlivesItsRecorder) {
  const Outcome outcome = run_shell(
      "npuscope fake --quiet -- sh -c 'npuscope record -q --no-content -o $TMP/run -- sh -c \"kill "
      "-9 \\$PPID; " NPUSCOPE_CLIENT
      " rknpu many 4000 > $TMP/said; echo \\$? > $TMP/ended\"; "
      "while ! test -s $TMP/ended; do sleep 0.05; done'; cat $TMP/said $TMP/ended");
  EXPECT_EQ(outcome.out, "many: 4000 values, worst difference 0\n0\n") << outcome.err;
}

// Both versions of a submit are there, and the driver saw the second.
TEST(Record, PrefixSubmitsLess) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", client + "rknpu chain",
      "grep -o '\"SUBMIT[A-Z_]*\"\\|\"task_number\",\"[0-9]*\"\\|\"task_counter\",\"[1-9]\"' "
      "$TMP/run/events.jsonl; npuscope info $TMP/run | grep -o 'core entry.*'",
      "--prefix=1"));
  EXPECT_EQ(
      outcome.out,
      "ended 2\n\"SUBMIT\"\n\"task_number\",\"4\"\n\"SUBMIT_PATCHED\"\n\"task_number\",\"1\"\n"
      "\"SUBMIT_RET\"\n\"task_counter\",\"1\"\n\"SUBMIT\"\n"
      "core entry 0: 0+1\n");  // the client names one core
}

TEST(Record, VerbsAgreeAboutARecording) {
  const Outcome outcome = run_shell(
      recorded("rknpu", client + "rknpu chain",
               "npuscope verify $TMP/run | grep -c ^FAIL; npuscope lint $TMP/run > /dev/null; "
               "echo lint $?; "
               "npuscope decode $TMP/run > $TMP/text; npuscope asm $TMP/text -o $TMP/words; "
               "npuscope diff $TMP/run@0 $TMP/run > /dev/null; echo diff $?"));
  EXPECT_EQ(outcome.out, "ended 0\n0\nlint 0\ndiff 0\n") << outcome.err;
}

// How long the program was held up, of all of its time, in one and the same run. Without contents
// it only sends; the fake driver is slower than a real one, and machines that run tests are busy,
// so this is a bound, not the figure.
TEST(Record, CallsAloneHardlyHoldUpTheProgram) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", client + "rknpu many 1000",
      "for key in library span; do grep -o \"recording.${key}_ns\\\",\\\"value\\\":\\\"[0-9]*\" "
      "$TMP/run/events.jsonl | grep -o '[0-9]*$'; done",
      "--no-content"));
  std::istringstream lines(outcome.out);
  std::string ended;
  double library = 0, span = 0;
  std::getline(lines, ended);
  lines >> library >> span;
  EXPECT_EQ(ended, "ended 0");
  EXPECT_GT(library, 0);
  EXPECT_LT(library, 0.25 * span) << outcome.out;
}

// Ten thousand submits through one file, with other contents each time.
TEST(Record, TenThousandSubmitsAreAllThere) {
  const Outcome outcome = run_shell(recorded(
      "rknpu", client + "rknpu many 10000",
      "cat $TMP/said; grep -c '\"event\":\"submit\"' $TMP/run/events.jsonl; tail -1 "
      "$TMP/run/events.jsonl | "
      "cut -c 1-14; for i in 0 5000 9999; do npuscope replay --on=sim $TMP/run@$i | grep -o "
      "'after the submit: equal'; done"));
  EXPECT_EQ(outcome.out,
            "ended 0\nmany: 10000 values, worst difference 0\n10000\n{\"event\":\"end\"\n"
            "after the submit: equal\nafter the submit: equal\nafter the submit: equal\n");
}

// A program that keeps no model in a buffer: with the file, layers have their names.
TEST(Record, AModelThatIsGivenNamesTheLayers) {
  const std::string model = "testdata/digits/digits.rknn";
  const auto named = [&](const std::string& options) {
    return run_shell(recorded("rknpu", "npuscope replay --on=rknpu " + model,
                              "npuscope decode $TMP/run@2 | grep -m 1 -o 'op_idx 1 (Conv)'",
                              options));
  };
  EXPECT_EQ(named("--model " + model).out, "ended 0\nop_idx 1 (Conv)\n");
  EXPECT_EQ(named("").out, "ended 0\n");
  const Outcome wrong =
      run_shell("npuscope record -o $TMP/run --model README.md -- touch $TMP/ran");
  EXPECT_EQ(wrong.exit_code, 3) << wrong.err;
  EXPECT_EQ(run_shell("npuscope record -o $TMP/run --model no.rknn -- true").exit_code, 3);
}

// The log of the fake has no records with numbers; that is said, at both ends.
TEST(Record, TellsWhereTheKernelLogStood) {
  const Outcome outcome = run_shell(recorded("rknpu", client + "rknpu add",
                                             "npuscope info $TMP/run | grep -o 'kernel_log.[a-z]* "
                                             "= not readable: /dev/kmsg: No such file'",
                                             "--no-content"));
  EXPECT_EQ(outcome.out,
            "ended 0\nkernel_log.begin = not readable: /dev/kmsg: No such file\n"
            "kernel_log.end = not readable: /dev/kmsg: No such file\n");
}

TEST(Record, EndsAsTheProgramDoes) {
  EXPECT_EQ(run_shell("npuscope record -q -o $TMP/run -- sh -c 'exit 7'").exit_code, 7);
  EXPECT_EQ(run_shell("npuscope record -q -o $TMP/run -- /no/such/program").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope record -- true").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope record -o $TMP/run").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope record --submits=x -o $TMP/run -- true").exit_code, 2);
  const Outcome again =
      run_shell("mkdir $TMP/run; touch $TMP/run/mine; npuscope record -o $TMP/run -- true");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("not empty"), std::string::npos);
}

TEST(Record, SaysThatNothingWasSeen) {
  const Outcome outcome = run_shell("npuscope record -o $TMP/run -- true");
  EXPECT_NE(outcome.err.find("no call of an NPU was seen"), std::string::npos);
}

// A client of another architecture, under an emulator.
std::string recorded_aarch64(const std::string& options, const std::string& operation) {
  return "npuscope fake --quiet -- npuscope record -q --no-preload -o $TMP/run " + options +
         " -- env -u LD_PRELOAD " NPUSCOPE_QEMU
         " -L /usr/aarch64-linux-gnu -E LD_PRELOAD=" NPUSCOPE_AARCH64_RECORD_LIBRARY
         ":" NPUSCOPE_AARCH64_LIBRARY " " NPUSCOPE_AARCH64_CLIENT " rknpu " +
         operation + " > /dev/null; ";
}

// The same recording but for what time and place make.
TEST(Record, IsTheSameForAarch64) {
  const Outcome outcome = run_shell(recorded_aarch64("", "chain") + replay_all);
  EXPECT_EQ(outcome.out, "1 submits, 1 equal\n") << outcome.err;
  const Outcome calls = run_shell(recorded_aarch64("--no-content", "many 100") +
                                  "grep -c '\"event\":\"submit\"' $TMP/run/events.jsonl; tail -1 "
                                  "$TMP/run/events.jsonl | cut -c 1-14");
  EXPECT_EQ(calls.out, "100\n{\"event\":\"end\"\n") << calls.err;
}

}  // namespace
}  // namespace npuscope::testing
