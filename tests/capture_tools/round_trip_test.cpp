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
