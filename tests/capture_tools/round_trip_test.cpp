// decode | asm gives back the bytes of the stream, for every file of testdata that holds a program,
// in every form that asm reads.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

// The sorted inputs below a folder of testdata; the folder of dumps counts as one.
std::set<std::string> inputs() {
  std::set<std::string> found{"testdata/example/gems"};
  const std::filesystem::path root = NPUSCOPE_SOURCE_DIR;
  for (const char* folder : {"testdata/example", "testdata/rknn"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".rknn" || extension == ".log")
        found.insert(std::filesystem::relative(entry.path(), root).string());
    }
  }
  return found;
}

TEST(RoundTrip, EmitTextOfEveryFileGivesTheSameBytesAgain) {
  std::size_t programs = 0;
  for (const std::string& input : inputs()) {
    const Outcome decoded = run_shell("npuscope decode " + input);
    if (decoded.exit_code != 0 || decoded.out.find(" lsb ") == std::string::npos) continue;
    ++programs;
    // Assembled, decoded as bare words, assembled again.
    const Outcome again =
        run_shell("npuscope decode " + input +
                  " -o $TMP/a.emit && npuscope asm $TMP/a.emit -o $TMP/a.bin && "
                  "npuscope decode --words $TMP/a.bin | npuscope asm - | cmp - $TMP/a.bin");
    EXPECT_EQ(again.exit_code, 0) << input << "\n" << again.err;
  }
  EXPECT_GE(programs, 6u);
}

TEST(RoundTrip, TheBytesAreThoseOfTheDump) {
  // The stream begins at 0x280 of the weight buffer and has 8448 bytes.
  const Outcome same = run_shell(
      "tail -c +641 testdata/example/gems/gem2-dump | head -c 8448 > $TMP/stream;"
      "for f in live.log gem-text.log gems; do npuscope decode testdata/example/$f |"
      " npuscope asm - | cmp - $TMP/stream && echo same; done");
  EXPECT_EQ(same.out, "same\nsame\nsame\n") << same.err;
}

TEST(RoundTrip, GeneratedProgramsGiveTheirWordsAgain) {
  for (const std::string shape :
       {"small_pointwise", "small_spatial", "small_depthwise", "small_strided", "small_padded",
        "small_pixels", "small_bias_relu", "small_residual", "small_pointwise_i8",
        "small_spatial_i8", "small_depthwise_i8", "small_pixels_i8",
        "b1_c64_h112_w112_oc64_wic1_k3x3_g64", "b4_c64_h28_w28_oc64_wic16_k3x3_g4_p1"}) {
    const Outcome same = run_shell("npuscope generate --format=words " + shape +
                                   " -o $TMP/words && npuscope decode gen:" + shape +
                                   " | npuscope asm - | cmp - $TMP/words &&"
                                   " npuscope generate " +
                                   shape + " | npuscope asm - | cmp - $TMP/words && echo same");
    EXPECT_EQ(same.out, "same\n") << shape << "\n" << same.err;
  }
}

// A person's language must not change a digit, and neither must a second run.
TEST(RoundTrip, GenerateIsTheSameInEveryLocale) {
  const Outcome same = run_shell(
      "for locale in C C.UTF-8 de_DE.UTF-8 tr_TR.UTF-8; do "
      "for form in --format=emit --format=table --format=json --format=words --explain; do "
      "LC_ALL=$locale LANG=$locale npuscope generate --all b2_c64_h9_w9_oc64_wic16_k3x3_g4 $form "
      "2> $TMP/notes; cat $TMP/notes; done | cksum; done | sort | uniq -c | wc -l");
  EXPECT_EQ(same.out, "1\n") << same.err;
}

TEST(RoundTrip, COutputGivesTheSameRecords) {
  const Outcome same = run_shell(
      "npuscope decode --format=c --cores=1 testdata/example/live.log | npuscope asm - > "
      "$TMP/c.bin;"
      "head -c 864 $TMP/c.bin > $TMP/first;"
      "tail -c +641 testdata/example/gems/gem2-dump | head -c 864 | cmp - $TMP/first && echo same");
  EXPECT_EQ(same.out, "same\n") << same.err;
}

}  // namespace
}  // namespace npuscope::testing
