// What `convert` writes, our own readers read again: the same program, the same bytes.
#include <gtest/gtest.h>

#include <string>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

// The words of all programs, without what only the source could tell.
const std::string words = " | grep -o 'lsb [0-9a-f]*'; ";

std::string out_of(const std::string& command) {
  const Outcome outcome = run_shell(command);
  EXPECT_EQ(outcome.exit_code, 0) << command << "\n" << outcome.err;
  return outcome.out;
}

class Converted : public ::testing::TestWithParam<const char*> {};

TEST_P(Converted, ToABundleAndAnArchiveItIsTheSame) {
  const std::string input = GetParam();
  const std::string decoded = out_of("npuscope decode " + input);
  EXPECT_EQ(out_of("npuscope convert " + input + " -o $TMP/b; npuscope decode $TMP/b"), decoded);
  EXPECT_EQ(
      out_of("npuscope convert " + input + " -o $TMP/b.tar.zst; npuscope decode $TMP/b.tar.zst"),
      decoded);
  EXPECT_EQ(out_of("npuscope convert " + input + " -o $TMP/a.tar.zst; sleep 1; npuscope convert " +
                   input +
                   " -o $TMP/x; cd $TMP; mkdir y; npuscope convert x -o y/a.tar.zst; cmp a.tar.zst "
                   "y/a.tar.zst && echo equal"),
            "equal\n");
}

TEST_P(Converted, OtherFormatsHaveTheSameWords) {
  const std::string input = GetParam();
  const std::string expected = out_of("npuscope decode " + input + words);
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(out_of("npuscope convert --to=hex " + input + " -o $TMP/hex; npuscope decode $TMP/hex" +
                   words),
            expected);
  EXPECT_EQ(out_of("npuscope convert --to=raw --fill-absent=zero " + input +
                   " -o $TMP/raw; npuscope decode $TMP/raw" + words),
            expected);
  EXPECT_EQ(out_of("npuscope convert --to=emit " + input + words), expected);
  EXPECT_EQ(
      out_of("npuscope convert --to=emit " + input +
             " -o $TMP/emit; npuscope asm --fill-absent=zero $TMP/emit -o $TMP/words && echo read"),
      "read\n");
}

// The report alone, and beside the hex rows.
TEST_P(Converted, TheTaskReportIsTheTable) {
  const std::string input = GetParam();
  const std::string count = "; npuscope info $TMP/t | grep -c '^  tasks'";
  EXPECT_EQ(out_of("npuscope convert --to=tasks " + input + " > $TMP/t" + count), "1\n");
  EXPECT_EQ(out_of("npuscope convert --to=tasks " + input + " | grep -c '^Task '"),
            out_of("npuscope info " + input + " | sed -n 's/^  tasks *\\([0-9]*\\) in.*/\\1/p'"));
}

INSTANTIATE_TEST_SUITE_P(
    Convert, Converted, ::testing::Values("testdata/example/gems", "testdata/example/gem-text.log"),
    [](const auto& test) { return std::string(test.index == 0 ? "dumps" : "text"); });

TEST(Convert, ARecordingStaysWholeOrIsOneSubmit) {
  const std::string record =
      "npuscope fake -q -- npuscope record -q -o $TMP/run -- " NPUSCOPE_CLIENT
      " rknpu many 3 > /dev/null; ";
  const std::string replay = " | grep -o 'after the submit: equal'; ";
  EXPECT_EQ(
      out_of(record +
             "npuscope convert $TMP/run -o $TMP/all.tar.zst; npuscope replay --on=sim "
             "$TMP/all.tar.zst@2" +
             replay + "npuscope convert $TMP/run@1 -o $TMP/one; npuscope replay --on=sim $TMP/one" +
             replay + "grep -c '\"event\":\"submit\"' $TMP/one/events.jsonl"),
      "after the submit: equal\nafter the submit: equal\n1\n");
}

TEST(Convert, WhatIsUnknownIsNotMadeUp) {
  const Outcome outcome =
      run_shell("npuscope convert --to=raw testdata/example/live.log -o $TMP/raw; ls $TMP/raw");
  EXPECT_NE(outcome.err.find("were not captured (--fill-absent=zero writes zeros for them)"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(Convert, RefusesWhatItCannotDo) {
  EXPECT_EQ(run_shell("npuscope convert testdata/example/conv.rknn").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope convert --to=pdf testdata/example/conv.rknn").exit_code, 2);
  EXPECT_EQ(run_shell("npuscope convert /no/such/file -o $TMP/x").exit_code, 3);
  EXPECT_EQ(run_shell("touch $TMP/x.tar; npuscope convert testdata/example/conv.rknn -o $TMP/x.tar")
                .exit_code,
            2);
}

}  // namespace
}  // namespace npuscope::testing
