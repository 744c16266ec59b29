// Buffers of a program that is running, by name, on the fake NPU.
#include <gtest/gtest.h>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

const std::string named = "python3 " NPUSCOPE_SOURCE_DIR "/tests/clients/sharing.py named ";

// While the program waits for a line, `then` runs beside it on the same fake.
std::string beside_the_program(const std::string& then) {
  return "mkfifo $TMP/line; export TMP; npuscope fake -q -- sh -c '" + named +
         "< $TMP/line > $TMP/ready & exec 3> $TMP/line; until grep -q ready $TMP/ready; do sleep "
         "0.05; done; " +
         then + "; echo >&3; wait $!; echo ended $?'; ";
}

// The same program recorded: the dump has the same commands at the same addresses.
TEST(Flink, NamedBuffersAreWholeAndHaveTheirRoles) {
  const Outcome outcome = run_shell(
      beside_the_program("npuscope record --flink=1-7 -o $TMP/gems") +
      "npuscope info $TMP/gems | grep -o 'GEM [0-9] *[a-z ]* [0-9]* bytes, *[0-9]* captured'; "
      "echo | npuscope fake -q -- npuscope record -q -o $TMP/run -- " +
      named +
      "> $TMP/said; for from in gems run; do npuscope decode $TMP/$from | grep -v '^#' > "
      "$TMP/$from.decode; done; cmp $TMP/gems.decode $TMP/run.decode; test -s "
      "$TMP/gems.decode && echo decoded; npuscope info $TMP/gems | grep -o 'no object has the "
      "names .*[0-9]'");
  EXPECT_EQ(outcome.out,
            "ended 0\n"
            "GEM 1        commands          8192 bytes,      8192 captured\n"
            "GEM 2        task table        4096 bytes,      4096 captured\n"
            "GEM 3        unknown           4096 bytes,      4096 captured\n"
            "GEM 4        unknown           4096 bytes,      4096 captured\n"
            "GEM 5        unknown           4096 bytes,      4096 captured\n"
            "decoded\nno object has the names 6, 7\n")
      << outcome.err;
}

TEST(Flink, AProgramKeepsItsBuffersNoLonger) {
  const Outcome outcome =
      run_shell(beside_the_program("npuscope record -q --flink=1 -o $TMP/first; npuscope record "
                                   "-q --flink=1 -o $TMP/second; cmp $TMP/first/events.jsonl "
                                   "$TMP/second/events.jsonl"));
  EXPECT_EQ(outcome.out, "ended 0\n") << outcome.err;
}

TEST(Flink, BadNamesAreRefused) {
  for (const char* const names : {"7-1", "x", "0-4294967295"})
    EXPECT_EQ(run_shell("npuscope record -o $TMP/x --flink=" + std::string(names)).exit_code, 2);
}

}  // namespace
}  // namespace npuscope::testing
