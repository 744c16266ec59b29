// What is wrong, where, and what to do about it.
#include <gtest/gtest.h>

#include "decoder/query/expression.h"
#include "decoder/query/lexer.h"
#include "decoder/query/reference.h"

namespace npuscope::query {
namespace {

struct Row {
  const char* text;
  Span span;
  const char* what;    // is in the message
  const char* remedy;  // is in what to do about it
};

TEST(ExpressionErrors, NameThePlace) {
  const std::vector<Row> rows{
      // The words.
      {"", {0, 0}, "empty", "task.amount == 26"},
      {"   ", {3, 0}, "empty", ""},
      {"task = 3", {5, 1}, "`=`", "=="},
      {"task == 3;", {9, 1}, "`;`", ""},
      {"task == \xc3\xa4", {8, 2}, "`\xc3\xa4`", ""},
      {"task \x01 3", {5, 1}, "control character", ""},
      {"op == \"Conv", {6, 5}, "no end", "\""},
      {"task == @", {8, 1}, "no offset", "@0x1040"},
      {"task == 9223372036854775808", {8, 19}, "too large", "63 bits"},
      {"task == 0x1ffffffffffffffff", {8, 19}, "too large", "63 bits"},
      // The order.
      {"task ==", {7, 0}, "ends too early", "missing"},
      {"task == == 3", {8, 2}, "`==`", ""},
      {"task 3", {5, 1}, "`3`", "`and` or `or`"},
      {"task > 1 adn core == 0", {9, 3}, "`adn`", "`and` or `or`"},
      {"(task == 3", {0, 1}, "not closed", ""},
      {"task == 3)", {9, 1}, "`)`", ""},
      {"(task 3)", {6, 1}, "`3`", ""},
      {"1 < task < 3", {9, 1}, "chain", "in 3..7"},
      {"task in 3", {9, 0}, "range", "3..7"},
      {"task in 3..", {11, 0}, "ends too early", ""},
      {"task..3", {4, 2}, "without `in`", "in 3..7"},
      {"written(cna.cbuf_con0 == 3)", {22, 2}, "`)`", "one name"},
      {"written()", {8, 1}, "`)`", ""},
      {"not", {3, 0}, "ends too early", ""},
      // The names.
      {"cna.cbuf_com0 == 3", {0, 13}, "nothing is called `cna.cbuf_com0`", "CNA_CBUF_CON0"},
      {"task == 1 and cna.cbuf_con0.data_bnk > 4", {14, 22}, "data_bnk", "CNA_CBUF_CON0_DATA_BANK"},
      {"task.amont == 26", {0, 10}, "task.amont", "task.amount"},
      {"coers == 2", {0, 5}, "coers", "cores"},
      {"record.nothing", {0, 14}, "record.nothing", ""},
      {"width == 3", {0, 5}, "2 things", "DPU_DATA_CUBE_WIDTH.WIDTH"},
      {"cna.cbuf_con == 3", {0, 12}, "beginning of 2 names", "CNA_CBUF_CON0, CNA_CBUF_CON1"},
      {"@0x1042 == 3", {0, 7}, "0x1042", "multiple of 4"},
      {"@0x8000 == 3", {0, 7}, "0x8000", "below 0x8000"},
      {"written(0xfffffff)", {8, 9}, "0xfffffff", "multiple of 4"},
      {"@0x1040.data_bnk == 3", {0, 16}, "DATA_BANK", "DATA_BANK"},
      {"cna.cbuf_con0.value == 3", {0, 19}, "is a register", "only fields"},
      {"cna.conv_con1.in_precision == fp17",
       {30, 4},
       "nothing is called `fp17`",
       "IN_PRECISION is int8, int16, fp16"},
      {"wrote(cna.cbuf_con0)", {0, 5}, "no test `wrote`", "written, changed"},
      {"runs(cpu)", {5, 3}, "`cpu` is no block", "DPU_RDMA"},
      {"written(task)", {8, 4}, "`task` is no register", ""},
      {"written(\"x\")", {9, 1}, "a register is needed", "quotes"},
      // The meaning.
      {"op", {0, 2}, "neither true nor false", "op == \"Conv\""},
      {"op == 3", {0, 7}, "never equal", "quotes"},
      {"op == Conv", {6, 4}, "`Conv`", "in quotes: \"Conv\""},
      {"op < \"x\"", {0, 2}, "a number is needed", "=="},
      {"task + \"x\" == 3", {8, 1}, "a number is needed", "=="},
      {"not op", {4, 2}, "a number is needed", ""},
      {"task in 1..\"x\"", {12, 1}, "a number is needed", ""},
      {"1040 == 3", {0, 9}, "does not depend on the record", "@0x1040"},
      {"0x1040", {0, 6}, "does not depend on the record", "@0x1040"},
      {"task == 1 or (1 + 2) * 3 > 4", {13, 15}, "does not depend on the record", ""},
  };
  for (const Row& row : rows) {
    const auto made = Expression::compile(row.text, RegisterDb::builtin());
    ASSERT_FALSE(made) << row.text;
    const QueryError& error = made.error();
    EXPECT_EQ(error.span, row.span)
        << row.text << ": " << error.span.at << "+" << error.span.length << " " << error.what;
    const std::string text = error.what + error.remedy;
    EXPECT_NE(text.find(row.what), std::string::npos) << row.text << ": " << error.what;
    EXPECT_NE(error.remedy.find(row.remedy), std::string::npos) << row.text << ": " << error.remedy;
  }
}

TEST(ExpressionErrors, PointAtThePlace) {
  const std::string text = "task == 1 and coers == 2";
  const auto made = Expression::compile(text, RegisterDb::builtin());
  ASSERT_FALSE(made);
  const Error error = made.error().in(text);
  EXPECT_EQ(error.kind, ErrorKind::usage);
  EXPECT_EQ(error.what.substr(error.what.find('\n')),
            "\n  task == 1 and coers == 2"
            "\n                ^~~~~");
}

TEST(ExpressionErrors, ColumnsAreCharactersAndControlCharactersAreBlanks) {
  const QueryError error{"wrong", "right", {4, 3}};
  EXPECT_EQ(error.in("\xc3\xa4\tx\xc3\xa4yz").what,
            "wrong (right)\n  \xc3\xa4 x\xc3\xa4yz\n     ^~");
  // A place behind the end is the end.
  const QueryError behind{"wrong", "", {9, 9}};
  EXPECT_EQ(behind.in("ab").what, "wrong\n  ab\n    ^");
}

TEST(ExpressionErrors, DepthAndLengthAreBounded) {
  const auto error_of = [](const std::string& text) {
    const auto made = Expression::compile(text, RegisterDb::builtin());
    return made ? std::string() : made.error().what;
  };
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "task" + std::string(depth, ')');
  };
  EXPECT_EQ(error_of(nested(deepest_nesting)), "");
  EXPECT_NE(error_of(nested(deepest_nesting + 1)).find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of(std::string(3000, '-') + "task").find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of(std::string(3000, '!') + "task").find("nested deeper"), std::string::npos);
  std::string sum = "task";
  for (int i = 0; i < 499; ++i) sum += "+1";
  EXPECT_EQ(error_of(sum), "");
  EXPECT_NE(error_of(sum + "+1").find("more than 1000 parts"), std::string::npos);
  EXPECT_NE(error_of(std::string(longest_expression + 1, ' ')).find("4001 bytes"),
            std::string::npos);
}

TEST(References, OfAList) {
  const RegisterDb& db = RegisterDb::builtin();
  const auto found = find_references(db, "cna.cbuf_con0 ,task.amount,@0x1040.data_bank, ppu_rdma");
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_GT(found->size(), 4U);
  EXPECT_EQ(found->at(0).reference.name, "CNA_CBUF_CON0");
  EXPECT_EQ(found->at(1).reference.name, "task.amount");
  EXPECT_EQ(found->at(2).reference.name, "CNA_CBUF_CON0.DATA_BANK");
  for (std::size_t i = 3; i < found->size(); ++i)
    EXPECT_EQ(found->at(i).reference.block, Block::ppu_rdma);
  EXPECT_EQ(found->size() - 3,
            static_cast<std::size_t>(
                std::count_if(db.registers().begin(), db.registers().end(),
                              [](const Register& reg) { return reg.block == Block::ppu_rdma; })));
}

TEST(References, ErrorsOfAListNameThePlace) {
  const RegisterDb& db = RegisterDb::builtin();
  const auto at = [&db](std::string_view list) {
    const auto found = find_references(db, list);
    EXPECT_FALSE(found) << list;
    return found ? Span{} : found.error().span;
  };
  EXPECT_EQ(at("cna.cbuf_con0, cna.cbuf_com0"), (Span{15, 13}));
  EXPECT_EQ(at("cna.cbuf_con0,"), (Span{14, 0}));
  EXPECT_EQ(at(",task"), (Span{0, 1}));
  EXPECT_EQ(at("task,@0x1041"), (Span{5, 7}));
}

}  // namespace
}  // namespace npuscope::query
