// RFC 4180, section 2, line by line.
#include "replay/ledger/csv.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text) {
  const auto table = parse_csv(text, "t.csv");
  EXPECT_TRUE(table) << (table ? "" : table.error().text());
  return table ? table->rows : Rows{};
}

TEST(Csv, LinesWithAndWithoutAnEnd) {
  EXPECT_EQ(rows_of("a,b\r\naaa,bbb\r\nzzz,yyy\r\n"), (Rows{{"aaa", "bbb"}, {"zzz", "yyy"}}));
  EXPECT_EQ(rows_of("a,b\naaa,bbb\nzzz,yyy"), (Rows{{"aaa", "bbb"}, {"zzz", "yyy"}}));
}

TEST(Csv, QuotesKeepCommasQuotesAndLineEnds) {
  EXPECT_EQ(rows_of("a,b,c\n\"b CRLF\r\nbb\",\"c, d\",\"e \"\"f\"\"\"\n"),
            (Rows{{"b CRLF\r\nbb", "c, d", "e \"f\""}}));
  EXPECT_EQ(rows_of("a,b\n\"\",\n"), (Rows{{"", ""}}));
}

TEST(Csv, BlanksBelongToCells) {
  EXPECT_EQ(rows_of("a,b\n 1 , 2\n"), (Rows{{" 1 ", " 2"}}));
}

TEST(Csv, CellsByColumnAndLine) {
  const auto table = parse_csv("x,y\n\"1\n2\",3\n4,5\n", "t.csv");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->cell(0, "x"), "1\n2");
  EXPECT_EQ(table->cell(1, "y"), "5");
  EXPECT_EQ(table->cell(1, "z"), "");
  EXPECT_EQ(table->lines, (std::vector<std::size_t>{2, 4}));
}

TEST(Csv, ErrorsNameTheLine) {
  EXPECT_EQ(parse_csv("a,b\n1\n", "t.csv").error().text(), "t.csv:2: 1 cells under 2 columns");
  const std::string quote = "t.csv:3: a quote is not closed, or something stands behind it";
  EXPECT_TRUE(parse_csv("a\n1\n\"2", "t.csv").error().text().starts_with(quote));
  EXPECT_TRUE(parse_csv("a\n1\n\"2\"3\n", "t.csv").error().text().starts_with(quote));
  EXPECT_TRUE(parse_csv("a\n1\n2\"3\n", "t.csv").error().text().starts_with(quote));
}

TEST(Csv, WhatIsWrittenReadsBack) {
  const std::vector<std::string> cells{"plain", "a,b", "say \"x\"", "two\nlines", "", " "};
  const std::string line = csv_line(cells);
  EXPECT_EQ(line, "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",, \r\n");
  EXPECT_EQ(rows_of("1,2,3,4,5,6\r\n" + line), Rows{cells});
}

}  // namespace
}  // namespace npuscope
