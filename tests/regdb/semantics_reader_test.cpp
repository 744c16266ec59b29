// The overlay: what it may say, what it must not, and what is merely absent.
#include "regdb/semantics_reader.h"

#include <gtest/gtest.h>

#include "tests/regdb/temp_xml.h"

namespace npuscope {
namespace {

using testing::TempXml;

const std::string registers = testing::domain(
    R"(<reg32 offset="0" name="A"><bitfield name="X" low="0" high="7"/><bitfield name="Y" low="8" high="15"/></reg32>
<reg32 offset="4" name="AB"><bitfield name="X" low="0" high="7"/></reg32>)");

std::string overlay(const std::string& body) {
  return "<semantics version=\"1\">\n" + body + "\n</semantics>\n";
}

TEST(SemanticsReader, Patterns) {
  EXPECT_TRUE(matches_pattern("ABC", "ABC"));
  EXPECT_FALSE(matches_pattern("ABC", "ABCD"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("A*C", "ABC"));
  EXPECT_TRUE(matches_pattern("A*C", "AC"));
  EXPECT_FALSE(matches_pattern("A*A", "A")) << "head and tail may not share a letter";
  EXPECT_TRUE(matches_pattern("*_POINTER", "CNA_S_POINTER"));
}

TEST(SemanticsReader, AllAttributesOfAField) {
  TempXml files;
  const auto db =
      files.load(registers, overlay(R"(<enum name="e"><value name="five" value="0x5"/></enum>
<register name="T_A" role="bias" performance-only="yes" note="about A [x]">
<field name="X" unit="rows" minus-one="yes" shift="2" signed="yes" enum="e" must-be-zero="yes" performance-only="yes" note="about X [x]"/>
<alias name="OLD" low="4" high="9"/><alias name="BIT" pos="3"/></register>)"));
  ASSERT_TRUE(db) << db.error().text();
  EXPECT_TRUE(db->notices().empty());
  const auto* reg = db->named("T_A");
  EXPECT_EQ(reg->role, AddressRole::bias);
  EXPECT_TRUE(reg->performance_only);
  EXPECT_EQ(reg->note, "about A [x]");
  const auto* x = reg->field("X");
  EXPECT_EQ(x->unit, "rows");
  EXPECT_EQ(x->quantity(0xfe), -4);  // (-2 + 1) * 4
  EXPECT_EQ(x->values->find(5)->name, "five");
  EXPECT_TRUE(x->must_be_zero);
  EXPECT_TRUE(x->performance_only);
  EXPECT_EQ(x->note, "about X [x]");
  EXPECT_EQ(reg->field("OLD")->extract(0x3f0), 0x3fU);
  EXPECT_EQ(reg->field("BIT")->full_name, "T_A_BIT");
  EXPECT_EQ(reg->field("NONE"), nullptr);
}

TEST(SemanticsReader, LaterElementsWinAndStarsReachMany) {
  TempXml files;
  const auto db =
      files.load(registers, overlay(R"(<register name="T_*"><field name="*" unit="all"/></register>
<register name="T_AB"><field name="X" unit="one"/></register>)"));
  ASSERT_TRUE(db);
  EXPECT_EQ(db->named("T_A")->field("Y")->unit, "all");
  EXPECT_EQ(db->named("T_AB")->field("X")->unit, "one");
}

TEST(SemanticsReader, AbsentThingsAreNotices) {
  TempXml files;
  EXPECT_EQ(files.notices(registers, overlay(R"(<register name="T_GONE"/>
<register name="T_A"><field name="Z" unit="u"/></register>
<register name="*_NONE"/><register name="T_*"><field name="Y" unit="u"/></register>
<group name="g"><member register="T_GONE"/><member register="T_A" field="Z"/><member register="T_A"/></group>
<register name="T_A"><alias name="X" low="0" high="7"/><alias name="Y" pos="3"/></register>
<group name="h" after="g  none"/>)")),
            "overlay.xml:2: the register database has no T_GONE\n"
            "overlay.xml:3: T_A has no field Z\n"
            "overlay.xml:5: group g: the register database has no T_GONE\n"
            "overlay.xml:5: group g: T_A has no field Z\n"
            "overlay.xml:6: T_A_Y has other bits here; alias left out\n"
            "overlay.xml:7: group h: there is no group none\n");
}

TEST(SemanticsReader, ErrorsNameFileLineAndRemedy) {
  const std::string schema = " (the schema is described at the top of regdb/semantics.xml)";
  const std::pair<const char*, std::string> rows[] = {
      {"<odd/>", "element odd is not part of the overlay schema" + schema},
      {"<register/>", "register without a name (add name=\"...\")"},
      {R"(<register name="T_A"><odd/></register>)",
       "element odd is not part of the overlay schema" + schema},
      {R"(<register name="T_A" odd="1"/>)", "register has an unknown attribute odd" + schema},
      {R"(<register name="T_A" role="odd"/>)",
       "there is no address role 'odd' (the roles are listed at the top of regdb/semantics.xml)"},
      {R"(<register name="T_A"><field name="X" odd="1"/></register>)",
       "field has an unknown attribute odd" + schema},
      {R"(<register name="T_A"><field name="X" enum="odd"/></register>)",
       "there is no enum odd (define it before its use)"},
      {R"(<register name="T_A"><field name="X" shift="32"/></register>)",
       "shift '32' is not a number below 32 (write a number of bits)"},
      {R"(<register name="T_A"><field name="X" signed="maybe"/></register>)",
       "signed is 'maybe' (write yes or no)"},
      {R"(<register name="T_A"><alias name="O" low="3" high="32"/></register>)",
       "alias 'O' has no name or no bits inside 31:0 (add name, and pos or low and high)"},
      {R"(<register name="T_A"><alias low="3" high="4"/></register>)",
       "alias '' has no name or no bits inside 31:0 (add name, and pos or low and high)"},
      {R"(<enum name="e"><value name="v" value="x"/></enum>)",
       "value 'x' of e is not a number of 32 bits (write it as 5 or 0x5)"},
      {"<group/>", "group without a name (add name=\"...\")"},
      {R"(<group name="g"><odd/></group>)",
       "element odd is not part of the overlay schema" + schema},
  };
  for (const auto& [body, text] : rows) {
    TempXml files;
    EXPECT_EQ(files.error(registers, overlay(body)), "overlay.xml:2: " + text) << body;
  }
  TempXml files;
  EXPECT_EQ(files.error(registers, "<database/>"),
            "overlay.xml:1: the root element is database, not semantics (give an overlay in the "
            "schema of regdb/semantics.xml)");
}

}  // namespace
}  // namespace npuscope
