// Programs that know nothing of npuscope run on the fake NPU. They are in tests/clients: a C
// program with its own copy of both interfaces and programs written by hand, and scripts.
#include <gtest/gtest.h>

#include <string>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

const std::string clients = NPUSCOPE_SOURCE_DIR "/tests/clients/";
const std::string client = NPUSCOPE_CLIENT " ";

struct Operation {
  const char* driver;
  const char* name;
  const char* result;  // count of values
};

class FakeOperation : public ::testing::TestWithParam<Operation> {};

// The client compares with sums of its own, which are exact: the worst difference is 0.
TEST_P(FakeOperation, ComputesWhatTheClientExpects) {
  const auto [driver, name, result] = GetParam();
  const std::string arguments = std::string(driver) + " " + name;
  const Outcome native = run_shell(std::string("npuscope fake --quiet --driver=") + driver +
                                   " -- " + client + arguments);
  EXPECT_EQ(native.exit_code, 0) << native.err;
  EXPECT_EQ(native.out.substr(0, native.out.find('\n')), result);
}

// The same for a client of another architecture, under an emulator.
TEST_P(FakeOperation, IsTheSameForAarch64) {
  const auto [driver, name, result] = GetParam();
  const Outcome foreign = run_shell(
      std::string("npuscope fake --quiet --no-preload --driver=") + driver +
      " -- " NPUSCOPE_QEMU " -L /usr/aarch64-linux-gnu -E LD_PRELOAD=" NPUSCOPE_AARCH64_LIBRARY
      " " NPUSCOPE_AARCH64_CLIENT " " +
      driver + " " + name);
  EXPECT_EQ(foreign.exit_code, 0) << foreign.err;
  EXPECT_EQ(foreign.out.substr(0, foreign.out.find('\n')), result);
}

INSTANTIATE_TEST_SUITE_P(
    Fake, FakeOperation,
    ::testing::Values(Operation{"rknpu", "conv", "conv: 2240 values, worst difference 0"},
                      Operation{"rknpu", "matmul", "matmul: 1152 values, worst difference 0"},
                      Operation{"rknpu", "add", "add: 840 values, worst difference 0"},
                      Operation{"rknpu", "pool", "pool: 192 values, worst difference 0"},
                      Operation{"rknpu", "chain", "chain: 576 values, worst difference 0"},
                      Operation{"rknpu", "threads", "matmul: 1152 values, worst difference 0"},
                      Operation{"rknpu", "layers2", "layers2: 2016 values, worst difference 0"},
                      Operation{"rknpu", "layers3", "layers3: 2016 values, worst difference 0"},
                      Operation{"rocket", "conv", "conv: 2240 values, worst difference 0"},
                      Operation{"rocket", "matmul", "matmul: 1152 values, worst difference 0"},
                      Operation{"rocket", "add", "add: 840 values, worst difference 0"},
                      Operation{"rocket", "chain", "chain: 576 values, worst difference 0"},
                      Operation{"rocket", "threads", "matmul: 1152 values, worst difference 0"}),
    [](const auto& test) { return std::string(test.param.driver) + "_" + test.param.name; });

class FakePython : public ::testing::TestWithParam<Operation> {};

// Operations in Python with the standard library alone: other shapes, other code, no warning.
TEST_P(FakePython, ComputesWhatTheScriptExpects) {
  const auto [driver, name, result] = GetParam();
  const Outcome outcome =
      run_shell(std::string("npuscope fake --strict --driver=") + driver + " -- python3 -B " +
                clients + "operations.py " + driver + " " + name);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out.find(result), std::string::npos) << outcome.out;
}

INSTANTIATE_TEST_SUITE_P(
    Fake, FakePython,
    ::testing::Values(Operation{"rknpu", "conv", "conv: 1008 values, worst difference 0"},
                      Operation{"rknpu", "matmul", "matmul: 960 values, worst difference 0"},
                      Operation{"rknpu", "add", "add: 1296 values, worst difference 0"},
                      Operation{"rknpu", "pool", "pool: 192 values, worst difference 0"},
                      Operation{"rknpu", "chain", "chain: 1024 values, worst difference 0"},
                      Operation{"rknpu", "threads", "matmul: 960 values, worst difference 0"},
                      Operation{"rocket", "conv", "conv: 1008 values, worst difference 0"},
                      Operation{"rocket", "matmul", "matmul: 960 values, worst difference 0"},
                      Operation{"rocket", "add", "add: 1296 values, worst difference 0"},
                      Operation{"rocket", "chain", "chain: 1024 values, worst difference 0"},
                      Operation{"rocket", "threads", "matmul: 960 values, worst difference 0"}),
    [](const auto& test) { return std::string(test.param.driver) + "_" + test.param.name; });

TEST(Fake, AnswersAsTheDriverDoes) {
  const Outcome outcome = run_shell("npuscope fake --quiet -- python3 " + clients + "abi.py");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "67 checks\n");
}

// The mainline driver tells nobody that a job failed; the fake does.
TEST(Fake, SaysWhatTheMainlineDriverKeepsToItself) {
  const Outcome outcome = run_shell("npuscope fake --driver=rocket -- " + client + "rocket pool");
  EXPECT_NE(outcome.err.find("task 0 does not end in the DPU: no interrupt"), std::string::npos);
  EXPECT_NE(outcome.err.find("NPU job timed out"), std::string::npos);
}

class FakeCrash : public ::testing::TestWithParam<const char*> {};

TEST_P(FakeCrash, EndsTheRunInStrictMode) {
  const std::string command = "-- python3 " + clients + "crash.py " + GetParam();
  const Outcome strict = run_shell("npuscope fake --strict " + command);
  EXPECT_EQ(strict.exit_code, 4);
  EXPECT_EQ(strict.out, "");
  EXPECT_NE(strict.err.find(std::string("crash ") + GetParam()), std::string::npos) << strict.err;
  // Otherwise it is an error of the call.
  const Outcome lenient = run_shell("npuscope fake " + command);
  EXPECT_EQ(lenient.exit_code, 1);
  EXPECT_NE(lenient.err.find("OSError: [Errno 5]"), std::string::npos) << lenient.err;
}

INSTANTIATE_TEST_SUITE_P(Fake, FakeCrash, ::testing::Values("B2", "B4", "B5", "B6"),
                         [](const auto& test) { return std::string(test.param); });

struct Injected {
  const char* fault;
  const char* operation;
  int exit_code;
  const char* text;  // in what client and fake say
};

class FakeFault : public ::testing::TestWithParam<Injected> {};

TEST_P(FakeFault, ReachesTheClient) {
  const auto [fault, operation, exit_code, text] = GetParam();
  const Outcome outcome = run_shell(std::string("npuscope fake --inject=") + fault + " -- " +
                                    client + "rknpu " + operation);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_NE((outcome.out + outcome.err).find(text), std::string::npos)
      << outcome.out << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    Fake, FakeFault,
    ::testing::Values(Injected{"dispatch-miss@1", "conv", 2, "run: Connection timed out"},
                      Injected{"dispatch-miss@2", "conv", 0, "worst difference 0"},
                      Injected{"iommu-fault", "add", 2, "run: Connection timed out"},
                      Injected{"foreign-reset@1", "conv", 2, "run: Invalid argument"},
                      Injected{"early-retirement@1", "chain", 1, "worst difference"},
                      Injected{"invalid-interrupt@1", "conv", 2, "RKNPU: job timeout"},
                      Injected{"no-memory@3", "conv", 2, "allocation 3 fails"}),
    [](const auto& test) {
      std::string name = std::string(test.param.fault) + test.param.operation;
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

// Numbers are those of --inject, also where two threads submit at a time.
TEST(Fake, NamesTheSubmitThatItSpeaksOf) {
  const Outcome first =
      run_shell("npuscope fake --inject=dispatch-miss@1 -- " + client + "rknpu conv");
  EXPECT_NE(first.err.find("submit 1, failure injected"), std::string::npos) << first.err;
  const Outcome later =
      run_shell("npuscope fake --inject=dispatch-miss@7 -- " + client + "rknpu threads");
  EXPECT_NE(later.err.find("submit 7, failure injected"), std::string::npos) << later.err;
  EXPECT_EQ(later.err.find("submit 6,"), std::string::npos) << later.err;
}

// An interrupt that is not the expected one leaves a job that never ends: later ones are refused.
TEST(Fake, AnInvalidInterruptPoisonsTheBoot) {
  const Outcome outcome = run_shell("npuscope fake --inject=invalid-interrupt@1 -- sh -c '" +
                                    client + "rknpu conv; " + client + "rknpu conv'");
  EXPECT_NE(outcome.err.find("run: Connection timed out"), std::string::npos);
  EXPECT_NE(outcome.err.find("failure B1: job commit failed"), std::string::npos);
  EXPECT_NE(outcome.err.find("run: Invalid argument"), std::string::npos) << outcome.err;
}

TEST(Fake, EndsAsTheProgramDoes) {
  EXPECT_EQ(run_shell("npuscope fake -- sh -c 'exit 7'").exit_code, 7);
  EXPECT_EQ(run_shell("npuscope fake -- sh -c 'kill -9 $$'").exit_code, 128 + 9);
  EXPECT_EQ(run_shell("npuscope fake -- /no/such/program").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope fake").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope fake --inject=lightning -- true").exit_code, 2);
}

// Better than a program that finds no NPU and says so.
TEST(Fake, RefusesProgramsThatIgnorePreloadedLibraries) {
  const Outcome foreign = run_shell("npuscope fake -- " NPUSCOPE_AARCH64_CLIENT " rknpu add");
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_NE(foreign.err.find("was built for another processor"), std::string::npos) << foreign.err;
  const Outcome fixed = run_shell(
      "echo 'int main(void) { return 0; }' > $TMP/x.c; cc -static -o $TMP/fixed $TMP/x.c && "
      "npuscope fake -- $TMP/fixed");
  EXPECT_EQ(fixed.exit_code, 2);
  EXPECT_NE(fixed.err.find("is linked statically"), std::string::npos) << fixed.err;
}

TEST(Fake, LeavesNothingBehind) {
  const Outcome outcome = run_shell(
      "mkdir $TMP/t; TMPDIR=$TMP/t npuscope fake -q -- sh -c 'ls $NPUSCOPE_FAKE'; ls $TMP/t | wc "
      "-l");
  EXPECT_EQ(outcome.out, "root\nsocket\n0\n");
}

}  // namespace
}  // namespace npuscope::testing
