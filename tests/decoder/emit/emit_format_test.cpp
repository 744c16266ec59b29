// Lines of EMIT text, written by hand from the grammar: `[0x` address `] lsb ` word ` - ` block
// `EMIT(REG_` name `, ` fields `);`, fields from the highest bit, zero fields left out.
#include "decoder/emit/emit_format.h"

#include <gtest/gtest.h>

#include "tests/regdb/temp_xml.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

std::string line(const EmitFormat& format, std::uint64_t address, Word word) {
  std::vector<char> room(format.max_line());
  char* end = format.write_line(room.data(), address, word);
  EXPECT_LE(static_cast<std::size_t>(end - room.data()), room.size());
  return {room.data(), end};
}

std::string emit(const EmitFormat& format, Word word) {
  std::vector<char> room(format.max_line());
  return {room.data(), format.write_emit(room.data(), word)};
}

const EmitFormat& builtin() {
  static const EmitFormat format(RegisterDb::builtin());
  return format;
}

TEST(EmitFormat, TheLineOfThePublicDump) {
  // Word and text of a public capture; the address is as wide as its value needs.
  EXPECT_EQ(line(builtin(), 0x201000000002a60, Word{0x02010000001b1040}),
            "[0x0201000000002a60] lsb 02010000001b1040 - CNA           "
            "EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_WEIGHT_BANK(1) | CNA_CBUF_CON0_DATA_BANK(11));"
            "\n");
}

TEST(EmitFormat, ZeroAndOneFieldPrintTheWholeValue) {
  EXPECT_EQ(line(builtin(), 0xfff9c808, Word{0x0201000000001104}),
            "[0xfff9c808] lsb 0201000000001104 - CNA           "
            "EMIT(REG_CNA_DCOMP_REGNUM, 0x00000000);\n");
  EXPECT_EQ(emit(builtin(), Word::make(0x0201, 0x1070, 0xfff7f380)),
            "EMIT(REG_CNA_FEATURE_DATA_ADDR, 0xfff7f380);");
}

TEST(EmitFormat, OperationEnableNamesItsBlocksAsBooleans) {
  EXPECT_EQ(line(builtin(), 0xffd70bf8, Word{0x00810000000d0008}),
            "[0xffd70bf8] lsb 00810000000d0008 - PC            "
            "EMIT(REG_PC_OPERATION_ENABLE, PC_OPERATION_ENABLE_DPU_OP_EN | "
            "PC_OPERATION_ENABLE_CORE_OP_EN | PC_OPERATION_ENABLE_CNA_OP_EN);\n");
}

TEST(EmitFormat, WordsThatAreNoRegisterWriteAreNamedAndKept) {
  EXPECT_EQ(line(builtin(), 0, Word{0}), "[0x00000000] lsb 0000000000000000 - zero\n");
  EXPECT_EQ(line(builtin(), 8, Word{0x0041000000000000}),
            "[0x00000008] lsb 0041000000000000 - marker        before OPERATION_ENABLE\n");
  // A weight: its low bits match an offset, its target is of no block.
  EXPECT_EQ(line(builtin(), 16, Word{0xbe01000001000000}),
            "[0x00000010] lsb be01000001000000 - unknown       target 0xbe01 offset 0x0000 "
            "value 0x00000100\n");
  // A known target that does not own the page.
  EXPECT_EQ(line(builtin(), 24, Word::make(0x0201, 0x4020, 5)),
            "[0x00000018] lsb 0201000000054020 - unknown       target 0x0201 offset 0x4020 "
            "value 0x00000005\n");
}

TEST(EmitFormat, AnUnknownRegisterIsANamedStub) {
  ASSERT_EQ(RegisterDb::builtin().at(0x1ffc), nullptr);
  EXPECT_EQ(line(builtin(), 0, Word::make(0x0201, 0x1ffc, 0xabc)),
            "[0x00000000] lsb 020100000abc1ffc - CNA           "
            "EMIT(REG_CNA_UNKNOWN_1ffc, 0x00000abc);\n");
  EXPECT_EQ(builtin().register_of(Word::make(0x0201, 0x1ffc, 0)), nullptr);
  EXPECT_EQ(builtin().register_of(Word::make(0x0201, 0x1040, 0))->full_name, "CNA_CBUF_CON0");
  EXPECT_EQ(builtin().register_of(Word::make(0x1001, 0x1040, 0)), nullptr);
}

TEST(EmitFormat, RegistersThatPublishedDatabasesLackHaveNames) {
  EXPECT_EQ(emit(builtin(), Word{0x0801000000003030}), "EMIT(REG_CORE_UNK_3030, 0x00000000);");
  EXPECT_EQ(emit(builtin(), Word{0x10010000000040c4}), "EMIT(REG_DPU_UNK_40C4, 0x00000000);");
}

TEST(EmitFormat, AUserDatabaseGivesTheNamesAndBitsThatNoFieldOwnsArePrinted) {
  TempXml files;
  const auto db = files.load(database(R"(<domain name="CNA" width="32">
    <reg32 offset="0x1040" name="BANKS">
      <bitfield low="4" high="7" name="W" type="uint"/>
      <bitfield pos="31" name="LAST" type="boolean"/>
    </reg32>
    <reg32 offset="0x1044" name="PLAIN"/>
  </domain>)"));
  ASSERT_TRUE(db) << db.error().text();
  const EmitFormat format(*db);
  EXPECT_EQ(emit(format, Word::make(0x0201, 0x1040, 0x50)), "EMIT(REG_CNA_BANKS, CNA_BANKS_W(5));");
  EXPECT_EQ(emit(format, Word::make(0x0201, 0x1040, 0x80000051)),
            "EMIT(REG_CNA_BANKS, CNA_BANKS_LAST | CNA_BANKS_W(5) | 0x00000001);");
  EXPECT_EQ(emit(format, Word::make(0x0201, 0x1040, 0x00000101)),
            "EMIT(REG_CNA_BANKS, 0x00000101);");
  EXPECT_EQ(emit(format, Word::make(0x0201, 0x1044, 7)), "EMIT(REG_CNA_PLAIN, 0x00000007);");
  // What the user's database does not have is a stub, also where ours has a name.
  EXPECT_EQ(emit(format, Word::make(0x0201, 0x1070, 7)), "EMIT(REG_CNA_UNKNOWN_1070, 0x00000007);");
}

TEST(EmitFormat, TheLongestLineFitsIntoMaxLine) {
  std::size_t longest = 0;
  for (const Register& reg : RegisterDb::builtin().registers()) {
    if (!reg.block) continue;
    const std::uint16_t target = reg.offset == 8 ? 0x0081 : target_of(*reg.block);
    const Word word = Word::make(target, reg.offset, 0xffffffff);
    std::vector<char> room(builtin().max_line() + 64, '\x7e');
    const char* end = builtin().write_line(room.data(), ~std::uint64_t{0}, word);
    longest = std::max(longest, static_cast<std::size_t>(end - room.data()));
    for (std::size_t i = builtin().max_line(); i < room.size(); ++i)
      ASSERT_EQ(room[i], '\x7e') << reg.full_name << ": written beyond max_line";
  }
  EXPECT_GT(longest, 200U);
  EXPECT_LE(longest, builtin().max_line());
}

}  // namespace
}  // namespace npuscope::testing
