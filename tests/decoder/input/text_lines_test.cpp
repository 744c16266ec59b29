#include "decoder/input/text_lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace npuscope {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.next(line)) lines.emplace_back(line);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(TextLines, EndsAreLfOrCrLfAndTheLastMayBeMissing) {
  EXPECT_EQ(lines_of("a\r\nb\n\nc"), (Lines{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
}

TEST(TextLines, ColoursVanishAlsoNestedAndCut) {
  EXPECT_EQ(lines_of("\x1b[96m[\x1b[96m0x10\x1b[0m]\x1b[0m x"), (Lines{"[0x10] x"}));
  EXPECT_EQ(lines_of("REG_CNA_FC_CON\x1b[0m0"), (Lines{"REG_CNA_FC_CON0"}));  // split names (CF-14)
  EXPECT_EQ(lines_of("a\x1b[1;31"), (Lines{"a"}));
  EXPECT_EQ(lines_of("a\x1b"), (Lines{"a"}));
  EXPECT_EQ(lines_of("a\x1b[\x1b[0mb"), (Lines{"ab"}));
}

TEST(TextLines, LinesAreNumberedFromOne) {
  LineReader reader("a\nb\n");
  std::string_view line;
  reader.next(line);
  EXPECT_EQ(reader.number(), 1u);
  reader.next(line);
  EXPECT_EQ(reader.number(), 2u);
  EXPECT_FALSE(reader.next(line));
}

}  // namespace
}  // namespace npuscope
