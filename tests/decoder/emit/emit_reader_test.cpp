// Lines of EMIT text in every dialect that public files have.
#include "decoder/emit/emit_reader.h"

#include <gtest/gtest.h>

#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

const EmitReader& reader() {
  static const EmitFormat format(RegisterDb::builtin());
  static const EmitReader instance(format);
  return instance;
}

EmitLine read(std::string_view text, EmitCheck check = EmitCheck::verified) {
  EmitLine line;
  EXPECT_TRUE(reader().read(text, check, line)) << text;
  return line;
}

bool reads(std::string_view text) {
  EmitLine line;
  return reader().read(text, EmitCheck::verified, line);
}

TEST(EmitReader, DialectA) {
  const EmitLine line = read(
      "[0x201000000002a60] lsb 02010000001b1040 - CNA    EMIT(REG_CNA_CBUF_CON0, "
      "CNA_CBUF_CON0_WEIGHT_BANK(1) | CNA_CBUF_CON0_DATA_BANK(11));");
  EXPECT_TRUE(line.has_address);
  EXPECT_TRUE(line.has_word);
  EXPECT_EQ(line.address, 0x201000000002a60U);
  EXPECT_EQ(line.word.raw, 0x02010000001b1040U);
  EXPECT_EQ(line.agreement, Agreement::agrees);
}

TEST(EmitReader, OlderFieldsOfOperationEnable) {
  const EmitLine line = read(
      "[0xffd70bf8] lsb 00810000000d0008 - noone         EMIT(REG_PC_OPERATION_ENABLE, "
      "PC_OPERATION_ENABLE_RESERVED_0(6) | PC_OPERATION_ENABLE_OP_EN(1));");
  EXPECT_EQ(line.agreement, Agreement::agrees);
  EXPECT_EQ(line.named.raw, 0x00810000000d0008U);
}

TEST(EmitReader, UnknownRegistersAndMetadataOfOtherTools) {
  for (const char* text : {"[0x201000000001aa8] lsb 0801000000003030 - CORE Unknown",
                           "[0xffd70bf0] lsb 0041000000000000 - noone PC metadata padding",
                           "[0x1] lsb bc0d3d7412345678 - PC Packed weight data (0x1)"}) {
    const EmitLine line = read(text);
    EXPECT_TRUE(line.has_word) << text;
    EXPECT_EQ(line.agreement, Agreement::unchecked) << text;
  }
}

TEST(EmitReader, DialectCHasNamesOnly) {
  const EmitLine line = read("EMIT(REG_CNA_DCOMP_REGNUM, 0x0);");
  EXPECT_FALSE(line.has_word);
  EXPECT_FALSE(line.has_address);
  EXPECT_EQ(line.word.raw, 0x0201000000001104U);
  EXPECT_EQ(line.agreement, Agreement::agrees);
  // What such texts begin with is no word.
  EXPECT_FALSE(reads("WARNING: target 0x0 doesn't match register's domain 0x100"));
  EXPECT_FALSE(reads("Cannot find schema"));
}

TEST(EmitReader, ListingsOfOlderTools) {
  for (const char* text :
       {"[ffef0000] lsb 02010000000e1004 - paddr 0000000e, 0201 1004",
        "[ffef0000] lsb 02010000000e1004 - tgt cna  [1004 - cna_s_pointer] = 0000000e"}) {
    const EmitLine line = read(text);
    EXPECT_EQ(line.address, 0xffef0000U);
    EXPECT_EQ(line.word.raw, 0x02010000000e1004U);
    EXPECT_EQ(line.agreement, Agreement::unchecked);
  }
}

TEST(EmitReader, ColoursSplitNamesBeforeDigits) {
  // As the public dump prints it: colours nested, one right before the digit of the name.
  const EmitLine line = read(
      "\x1b[90m[0xffd70880]\x1b[0m lsb \x1b[1m02010000001b1040\x1b[0m - \x1b[32mCNA\x1b[0m    "
      "EMIT(REG_\x1b[36mCNA_CBUF_CON\x1b[0m\x1b[1;33m0\x1b[0m, "
      "CNA_CBUF_CON\x1b[0m0_WEIGHT_BANK(\x1b[35m1\x1b[0m) | CNA_CBUF_CON0_DATA_BANK(11));\x1b[0m");
  EXPECT_EQ(line.address, 0xffd70880U);
  EXPECT_EQ(line.word.raw, 0x02010000001b1040U);
  EXPECT_EQ(line.agreement, Agreement::agrees);
}

TEST(EmitReader, TheDigitsAreTheTruthAndDisagreementIsSeen) {
  const EmitLine line = read(
      "[0x00000000] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0, "
      "CNA_CBUF_CON0_DATA_BANK(10));");
  EXPECT_EQ(line.word.raw, 0x02010000001b1040U);
  EXPECT_EQ(line.agreement, Agreement::disagrees);
  EXPECT_EQ(line.named.raw, 0x02010000000a1040U);
  // A false decode of a weight: the digits are not that register.
  EXPECT_EQ(read("[0x0] lsb be01000001000000 - CNA EMIT(REG_PC_VERSION, 0x00000100);").agreement,
            Agreement::disagrees);
  // Without a check nothing is compared.
  EXPECT_EQ(read("[0x0] lsb be01000001000000 - CNA EMIT(REG_PC_VERSION, 0x00000100);",
                 EmitCheck::word_only)
                .agreement,
            Agreement::unchecked);
}

TEST(EmitReader, NamesThatCannotBeRead) {
  for (const char* text : {"[0x0] lsb 02010000001b1040 - CNA EMIT(REG_NOT_THERE, 0x1);",
                           "[0x0] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0, NO_FIELD(1));",
                           "[0x0] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0",
                           "EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_DATA_BANK(banks));"}) {
    EXPECT_EQ(read(text).agreement, Agreement::unreadable) << text;
  }
}

TEST(EmitReader, ErrorsSayWhichNameIsNotKnown) {
  const auto what = [](std::string_view text) {
    const auto word = reader().from_names(text);
    return word ? "read" : word.error().what;
  };
  EXPECT_EQ(what("REG_CNA_NOTHING, 0x1"), "there is no register CNA_NOTHING");
  EXPECT_EQ(what("CNA_CBUF_CON0, CNA_CBUF_CON0_X(1)"),
            "CNA_CBUF_CON0 has no field CNA_CBUF_CON0_X(1)");
  EXPECT_EQ(what("CNA_CBUF_CON0, DATA_BANK(16)"), "DATA_BANK(16) does not fit into 4 bits");
  EXPECT_EQ(what("CNA_CBUF_CON0, DATA_BANK(x)"), "DATA_BANK(x) is not FIELD(number)");
  EXPECT_EQ(what("CNA_CBUF_CON0"), "`CNA_CBUF_CON0` is not REG_NAME, VALUE");
  EXPECT_EQ(what("EMIT(CNA_CBUF_CON0, 1"), "EMIT( is not closed");
  EXPECT_EQ(what("CNA_CBUF_CON0, 0x1ffffffff"), "CNA_CBUF_CON0 has no field 0x1ffffffff");
  EXPECT_EQ(what("REG_CNA_UNKNOWN_11040, 0x1"), "there is no register CNA_UNKNOWN_11040");
}

TEST(EmitReader, ReadsWithAndWithoutEmitPrefixAndFieldPrefix) {
  for (const char* text :
       {"EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_DATA_BANK(11) | 0x10);",
        "CNA_CBUF_CON0, DATA_BANK(11) | WEIGHT_BANK",
        "REG_CNA_CBUF_CON0 ,  WEIGHT_BANK(0x1)|DATA_BANK(0xb)", "  CNA_CBUF_CON0, 27  "}) {
    const auto word = reader().from_names(text);
    ASSERT_TRUE(word) << text << ": " << word.error().text();
    EXPECT_EQ(word->raw, 0x02010000001b1040U) << text;
  }
  EXPECT_EQ(reader().from_names("REG_CNA_UNKNOWN_1FFC, 0xabc")->raw, 0x020100000abc1ffcU);
}

TEST(EmitReader, MalformedLines) {
  for (const char* text :
       {"", " ", "] lsb ", "[0x0] lsb ", "[0x0] lsb 0201", "[0x0] lsb 02010000001b10 40",
        "[0x0] lsb 0201000000ZZ1040 - CNA", "lsb 02010000001b1040", "prose about EMIT( and lsb ",
        "\x1b", "\x1b[", "\x1b[31", "\x1b[31m"}) {
    EXPECT_FALSE(reads(text)) << text;
  }
  // An address that is none leaves the word.
  const EmitLine line = read("[what] lsb 02010000001b1040");
  EXPECT_FALSE(line.has_address);
  EXPECT_TRUE(line.has_word);
  EXPECT_FALSE(read("[0x10000000000000000] lsb 02010000001b1040").has_address);
  EXPECT_EQ(read("] lsb 02010000001b1040").word.raw, 0x02010000001b1040U);
}

TEST(EmitReader, VeryLongLinesWithColoursAreCutNotOverrun) {
  std::string text = "\x1b[31m[0x00000000] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0, ";
  text += std::string(5000, 'x');
  EXPECT_EQ(read(text).agreement, Agreement::unreadable);
}

}  // namespace
}  // namespace npuscope::testing
