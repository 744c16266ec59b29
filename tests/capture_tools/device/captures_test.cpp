// Whole captures, bundles and recordings on the two drivers: the values are those that were
// recorded, or the simulator's; what cannot run is refused with a reason.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/capture_tools/shell.h"
#include "tests/corpus.h"

namespace npuscope::testing {
namespace {

// Without --strict a fault of the fake board would be a mere note.
std::string on(const std::string& driver, const std::string& input) {
  return "npuscope fake -q --strict --driver=" + driver + " -- npuscope replay --on=" + driver +
         " --lock=$TMP/lock " + input;
}

class Drivers : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Captures, Drivers, ::testing::Values("rknpu", "rocket"),
                         [](const auto& test) { return std::string(test.param); });

// The weights of a bundle hold a copy of the table with the sections of all cores: what runs is the
// section that is asked for.
TEST_P(Drivers, RunABundleOfAGeneratedProgram) {
  const Outcome outcome = run_shell(
      "npuscope generate --format=bundle -o $TMP/made b1_c64_h56_w56_oc64_wic64_k1x1_g1 && " +
      on(GetParam(), "$TMP/made"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("output  401408 bytes of output, as the simulator has them"),
            std::string::npos)
      << outcome.out;
  // Its tensors are not in it: that is said, and they are zero.
  EXPECT_NE(outcome.out.find("input: 401408 of 401408 bytes were not captured, and are zero"),
            std::string::npos)
      << outcome.out;
}

// A recording of a guarded run: its third submit is the program, the others are health probes. At
// the fourth, memory holds two programs.
TEST_P(Drivers, RepeatEverySubmitOfARecordedRun) {
  std::string command =
      "npuscope fake -q -- npuscope record -q -o $TMP/run -- npuscope replay --on=rknpu "
      "--lock=$TMP/lock gen:b1_c64_h56_w56_oc64_wic64_k1x1_g1 > $TMP/said; ";
  for (const char* submit : {"0", "1", "2", "3", "4"})
    command += on(GetParam(), std::string("$TMP/run@") + submit) +
               " | grep -o 'pass\\|; .* recorded bytes differ'; ";
  const Outcome outcome = run_shell(command);
  const std::string probe = "pass\n; 0 of 4096 recorded bytes differ\n";
  EXPECT_EQ(outcome.out,
            probe + probe + "pass\n; 0 of 401408 recorded bytes differ\n" + probe + probe)
      << outcome.err;
}

// Programs of clients that know nothing of npuscope, recorded under one driver, run on both.
TEST_P(Drivers, RepeatRecordingsOfForeignClients) {
  std::string command;
  for (const char* recorded : {"rknpu", "rocket"})
    for (const char* operation : {"conv", "matmul", "add", "chain"}) {
      const std::string folder = std::string("$TMP/") + recorded + "-" + operation;
      command += "npuscope fake -q --driver=" + std::string(recorded) +
                 " -- npuscope record -q -o " + folder + " -- " NPUSCOPE_CLIENT " " + recorded +
                 " " + operation + " > $TMP/said; " + on(GetParam(), folder) +
                 " | grep -c ': pass\\|; 0 of [1-9][0-9]* recorded bytes differ'; ";
    }
  const Outcome outcome = run_shell(command);
  EXPECT_EQ(outcome.out, "2\n2\n2\n2\n2\n2\n2\n2\n") << outcome.err;
}

// `rocket` waits for the DPU alone; a mask that ends before the output is written is nobody's.
TEST(Captures, PoolingRunsWhereItsEndIsSeen) {
  const std::string record =
      "npuscope fake -q -- npuscope record -q -o $TMP/pool -- " NPUSCOPE_CLIENT
      " rknpu pool > $TMP/said; ";
  const Outcome rknpu = run_shell(record + on("rknpu", "$TMP/pool"));
  EXPECT_EQ(rknpu.exit_code, 0) << rknpu.err;
  EXPECT_NE(rknpu.out.find("; 0 of 4096 recorded bytes differ"), std::string::npos) << rknpu.out;
  const Outcome rocket = run_shell(record + on("rocket", "$TMP/pool"));
  EXPECT_EQ(rocket.exit_code, 5);
  EXPECT_NE(rocket.err.find("task 0 signals its end with 0xc00"), std::string::npos) << rocket.err;
}

// A model: the host prepares its input and takes its output, the NPU runs what is between.
TEST_P(Drivers, RunAModel) {
  const Outcome outcome =
      run_shell(on(GetParam(),
                   "testdata/digits/digits.rknn --input=testdata/digits/seven.npy "
                   "--compare=testdata/digits/scores.npy"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("scores.npy: 0 of 10 differ"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("1 core: pass"), std::string::npos) << outcome.out;
}

TEST(Captures, AModelThatIsRefusedSaysWhy) {
  const Outcome outcome = run_shell(on("rknpu", "--core-mask=5 testdata/digits/digits.rknn "));
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_NE(outcome.err.find("KABI-L07"), std::string::npos) << outcome.err;
}

// The example of this repository lacks its data buffers and breaks rules: both are said by task.
TEST(Captures, AnAddressInNoBufferIsNamed) {
  const Outcome outcome =
      run_shell("npuscope replay --on=rknpu --dry-run testdata/example/live.log");
  EXPECT_NE(outcome.out.find("KABI-L20: task 0, "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(" lies in no buffer of the input"), std::string::npos) << outcome.out;
}

struct Tally {
  int run = 0, refused = 0;
};

// Each capture runs with the simulator's output, or says why not.
Tally replay_all(const std::string& driver, const std::vector<std::string>& folders) {
  Tally tally;
  for (const std::string& folder : folders)
    for (const auto& entry : std::filesystem::directory_iterator(corpus_path(folder))) {
      // One of them is on the denylist: the fake may be switched off and on by hand.
      const Outcome outcome =
          run_shell(on(driver, "--unsafe-i-can-power-cycle '" + entry.path().string() + "'"));
      if (outcome.exit_code == 0) {
        ++tally.run;
        EXPECT_NE(outcome.out.find("bytes of output, as the simulator has them"), std::string::npos)
            << entry.path() << ": " << outcome.out;
      } else {
        ++tally.refused;
        const bool explained =
            outcome.err.find("lies in no buffer") != std::string::npos ||
            outcome.err.find("was not captured completely") != std::string::npos ||
            outcome.err.find("no register program in it") != std::string::npos ||
            outcome.err.find("no output buffer") != std::string::npos;
        EXPECT_TRUE(explained) << entry.path() << ": " << outcome.err;
      }
    }
  return tally;
}

// Of the live logs two lack words of their records; the dumps lack the buffers of the data, and the
// ioctl trace has no contents at all.
TEST_P(Drivers, RunTheRealCapturesOrSayWhyNot) {
  NPUSCOPE_NEEDS_CORPUS();
  const Tally live = replay_all(GetParam(), {"live-logs"});
  EXPECT_EQ(live.run, 4);
  EXPECT_EQ(live.refused, 2);
  const Tally others = replay_all(GetParam(), {"ioctl-logs", "gem-raw"});
  EXPECT_EQ(others.run, 0);
  EXPECT_EQ(others.refused, 4);
}

}  // namespace
}  // namespace npuscope::testing
