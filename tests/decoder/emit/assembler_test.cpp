// Text back into bytes: windows, gaps, what is refused and why.
#include "decoder/emit/assembler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/emit_helpers.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

using Words = std::vector<std::uint64_t>;

std::string word_line(std::uint64_t address, std::uint64_t word) {
  return fmt::format("[{:#010x}] lsb {:016x} - x\n", address, word);
}

Words words_of(const std::string& text, AssembleOptions options = {}) {
  const auto bytes = assembled(text, options);
  EXPECT_TRUE(bytes) << bytes.error().text();
  return bytes ? words_in(*bytes) : Words{};
}

std::string refusal(const std::string& text, AssembleOptions options = {}) {
  const auto bytes = assembled(text, options);
  return bytes ? "assembled" : bytes.error().text();
}

constexpr AssembleOptions fill{.fill_absent = true, .prefer = AssembleOptions::Prefer::neither};

TEST(Assembler, TheFirstAddressBeginsTheImage) {
  EXPECT_EQ(words_of(word_line(0x1000, 1) + word_line(0x1008, 2)), (Words{1, 2}));
}

TEST(Assembler, AWindowFixesBeginAndSize) {
  EXPECT_EQ(words_of(".window 0x1000 0x20\n" + word_line(0x1008, 7)), (Words{0, 7, 0, 0}));
  AssembleReport report;
  ASSERT_TRUE(assembled(
      ".window 0x1000 0x20\n" + word_line(0x1008, 7) + ".window 64 8\n" + word_line(64, 9), {},
      &report));
  EXPECT_EQ(report.windows, 2U);
  EXPECT_EQ(report.words, 2U);
  EXPECT_EQ(report.bytes, 40U);
}

TEST(Assembler, WordsMayComeInAnyOrder) {
  EXPECT_EQ(words_of(".window 0x0 0x18\n" + word_line(16, 3) + word_line(0, 1) + word_line(8, 2)),
            (Words{1, 2, 3}));
  // The same word again, as for shared records.
  EXPECT_EQ(words_of(word_line(0, 1) + word_line(8, 2) + word_line(0, 1)), (Words{1, 2}));
}

TEST(Assembler, WordsOutsideTheWindowAreRefused) {
  const std::string window = ".window 0x1000 0x10\n";
  EXPECT_EQ(refusal(window + word_line(0x1010, 1)),
            "line 2: address 0x1010 does not lie in the window 0x1000 "
            "(words stand at multiples of 8 from its begin)");
  EXPECT_NE(refusal(window + word_line(0xff8, 1)), "assembled");
  EXPECT_NE(refusal(window + word_line(0x1004, 1)), "assembled");
  EXPECT_NE(refusal(word_line(0, 1) + word_line(12, 1)), "assembled");
}

TEST(Assembler, AnAddressAtTheEndOfTheAddressSpaceIsRefused) {
  EXPECT_NE(refusal(".window 0x0 0x40\n" + word_line(0xfffffffffffffff8, 1)), "assembled");
  EXPECT_EQ(words_of(word_line(0xfffffffffffffff8, 1)), (Words{1}));
}

TEST(Assembler, SizesOfWindows) {
  for (const char* bytes : {"0", "4", "0x40000008", "0xffffffffffffffff"}) {
    EXPECT_NE(refusal(fmt::format(".window 0x0 {}\n{}", bytes, word_line(0, 1)))
                  .find("a multiple of 8, at most 1 GiB"),
              std::string::npos)
        << bytes;
  }
}

TEST(Assembler, UnknownDirectives) {
  for (const char* text : {".windows 0 8", ".window", ".window 0x0", ".window x y", "."}) {
    EXPECT_NE(refusal(std::string(text) + "\n").find("is not a directive"), std::string::npos)
        << text;
  }
}

TEST(Assembler, AbsentWordsAreAnErrorUnlessFilled) {
  const std::string text =
      ".window 0x1000 0x20\n" + word_line(0x1000, 1) + ".absent 0x1008 2\n" + word_line(0x1018, 4);
  EXPECT_EQ(refusal(text),
            "line 3: 2 words from 0x1008 were not captured "
            "(--fill-absent=zero writes zeros in their place)");
  AssembleReport report;
  const auto bytes = assembled(text, fill, &report);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(words_in(*bytes), (Words{1, 0, 0, 4}));
  EXPECT_EQ(report.filled, 2U);
}

TEST(Assembler, GapsInUnfilteredTextArePadding) {
  // A write of value 0 shows that no line was filtered out.
  EXPECT_EQ(words_of(word_line(0, 0x0201000000001104) + word_line(24, 5)),
            (Words{0x0201000000001104, 0, 0, 5}));
}

TEST(Assembler, FilteredTextIsRefused) {
  const std::string text = word_line(0, 0x02010000001b1040) + word_line(24, 0x0201000000051010);
  EXPECT_NE(refusal(text).find("2 words are missing and no write of value 0 is there: the text was "
                               "filtered"),
            std::string::npos)
      << refusal(text);
  EXPECT_EQ(words_of(text, fill), (Words{0x02010000001b1040, 0, 0, 0x0201000000051010}));
}

TEST(Assembler, FilteredOutputOfDecodeIsRefusedInsideItsWindow) {
  // grep -v 0x00000000 on our own output: the window is still there, the zero writes are not.
  const std::string all = decoded(OutputFormat::emit, opened(capture_of(lanes_of_one_layer())));
  std::string kept;
  for (const std::string& line : lines_of_text(all)) {
    if (line.find("0x00000000") == std::string::npos) kept += line + "\n";
  }
  ASSERT_LT(kept.size(), all.size());
  EXPECT_TRUE(assembled(all));
  EXPECT_NE(refusal(kept).find("the text was filtered"), std::string::npos) << refusal(kept);
  EXPECT_TRUE(assembled(kept, fill));
}

TEST(Assembler, FarAddressesBeginAnotherImage) {
  AssembleReport report;
  const auto bytes = assembled(
      word_line(0x80000000, 1) + word_line(0x1000, 2) + word_line(0x1008, 3), {}, &report);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(words_in(*bytes), (Words{1, 2, 3}));
  EXPECT_EQ(report.windows, 2U);
}

TEST(Assembler, ArraysOfC) {
  EXPECT_EQ(words_of("static const uint64_t a[] = {\n"
                     "    0x02010000001b1040u, /* CNA_CBUF_CON0 = 0x1b */\n"
                     "\t0x00810000000D0008UL,\n    0x0000000000000000\n};\n"),
            (Words{0x02010000001b1040, 0x00810000000d0008, 0}));
  // Numbers of another width are no words.
  EXPECT_EQ(refusal("    0x1b, 0x2\n    0x02010000001b10401u,\n"),
            "no command words in this text (expected lines with `lsb` and 16 digits, "
            "EMIT(REG_..., ...), or 0x... in C source)");
}

TEST(Assembler, OurOwnCSourceGivesTheWordsOfTheRecord) {
  const SyntheticStream stream = lay_out({{record_of(108, 1)}});
  const std::string text = decoded(OutputFormat::c, opened(capture_of(stream)));
  EXPECT_EQ(words_of(text), Words(stream.words.begin(), stream.words.begin() + 112));
}

TEST(Assembler, DialectWithoutAddresses) {
  EXPECT_EQ(words_of("EMIT(REG_CNA_DCOMP_REGNUM, 0x0);\n"
                     "some prose\n"
                     "EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_DATA_BANK(11));\n"),
            (Words{0x0201000000001104, 0x02010000000b1040}));
}

TEST(Assembler, ContradictionsNeedADecision) {
  const std::string text =
      "[0x00000000] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0, "
      "CNA_CBUF_CON0_DATA_BANK(10));\n";
  EXPECT_EQ(refusal(text),
            "line 1: the digits say 02010000001b1040, the names say 02010000000a1040 "
            "(--prefer=word or --prefer=names decides)");
  EXPECT_EQ(words_of(text, {.fill_absent = false, .prefer = AssembleOptions::Prefer::word}),
            (Words{0x02010000001b1040}));
  EXPECT_EQ(words_of(text, {.fill_absent = false, .prefer = AssembleOptions::Prefer::names}),
            (Words{0x02010000000a1040}));
}

TEST(Assembler, CSourceWithVariablesIsRefused) {
  EXPECT_EQ(refusal("EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_DATA_BANK(banks));\n"),
            "line 1: CNA_CBUF_CON0_DATA_BANK(banks) is not FIELD(number)");
  EXPECT_NE(refusal("EMIT(REG_NO_SUCH, 0x1);\n").find("line 1: there is no register NO_SUCH"),
            std::string::npos);
}

TEST(Assembler, ColoursInsideTheKeywordAreNoReasonToFail) {
  EXPECT_NE(refusal("\x1b[31mEM\x1b[0mIT(REG_NO_SUCH, 0x1);\n").find("no register NO_SUCH"),
            std::string::npos);
}

TEST(Assembler, CarriageReturnsCommentsAndEmptyLines) {
  EXPECT_EQ(
      words_of("# comment\r\n\r\n" + std::string("[0x00000000] lsb 0000000000000007 - x\r\n")),
      (Words{7}));
}

TEST(Assembler, LongTextGoesOutInBlocks) {
  std::string text;
  Words words;
  for (std::uint64_t i = 0; i < 70000; ++i) {  // more than two blocks of 256 KiB
    words.push_back(0x0201000000001040 | i << 16U);
    text += word_line(0x1000 + 8 * i, words.back());
  }
  EXPECT_EQ(words_of(text), words);
}

TEST(Assembler, DecodeAndAssembleAreInverse) {
  for (const Lanes& lanes :
       {lanes_of_one_layer(), lanes_with_shared_records(), lanes_of_older_runtime(),
        lanes_with_short_records(), lanes_of_unsplittable_layer()}) {
    const SyntheticStream stream = lay_out(lanes);
    const std::string text = decoded(OutputFormat::emit, opened(capture_of(stream)));
    const auto bytes = assembled(text);
    ASSERT_TRUE(bytes) << bytes.error().text();
    EXPECT_EQ(words_in(*bytes), stream.placed(0xfff98000 + 0x4800).words);
  }
}

}  // namespace
}  // namespace npuscope::testing
