// Every construct of the rules-ng-ng schema, every error, every notice.
#include "regdb/rules_ng_reader.h"

#include <gtest/gtest.h>

#include "tests/regdb/temp_xml.h"

namespace npuscope {
namespace {

using testing::database;
using testing::domain;
using testing::TempXml;

// "NAME@offset:FIELD[high:low]..." of every register, one a line.
std::string shape(const Result<RegisterDb>& db) {
  if (!db) return "error: " + db.error().text();
  std::string text;
  for (const auto& reg : db->registers()) {
    text += reg.full_name + "@" + std::to_string(reg.offset) + ":";
    for (const auto& field : reg.fields) {
      text += " " + field.name + "[" + std::to_string(field.high) + ":" +
              std::to_string(field.low) + "]";
    }
    text += "\n";
  }
  return text;
}

std::string shape_of(const std::string& registers) {
  TempXml files;
  return shape(files.load(registers));
}

TEST(RulesNg, FieldsBySpanAndByPosition) {
  EXPECT_EQ(shape_of(domain(R"(<reg32 offset="0x10" name="A">
    <bitfield name="LOW" low="0" high="3" type="uint"/>
    <bitfield name="BIT" pos="9" type="boolean"/></reg32>)")),
            "T_A@16: BIT[9:9] LOW[3:0]\n");
}

TEST(RulesNg, RegisterWithoutBitfieldsIsOneField) {
  EXPECT_EQ(shape_of(domain(R"(<reg32 offset="16" name="A"/>)")), "T_A@16: A[31:0]\n");
}

TEST(RulesNg, PrefixedNamespaceAndForeignElements) {
  TempXml files;
  const std::string text =
      R"(<rnn:database xmlns:rnn="http://nouveau.freedesktop.org/" xmlns:x="urn:x">
<rnn:domain name="T"><x:reg32 offset="0" name="NOT_OURS"/><reg32 offset="0" name="NOR_THIS"/>
<rnn:reg32 offset="4" name="A"><rnn:bitfield name="F" pos="1"/></rnn:reg32></rnn:domain>
</rnn:database>)";
  EXPECT_EQ(shape(files.load(text)), "T_A@4: F[1:1]\n");
  EXPECT_EQ(files.notices(text),
            "registers.xml:2: element x:reg32 of another namespace is skipped\n"
            "registers.xml:2: element reg32 of another namespace is skipped\n");
}

TEST(RulesNg, NamespaceDeclaredOnOneElementOnly) {
  TempXml files;
  EXPECT_EQ(
      shape(files.load(domain(
          R"(<reg32 offset="0" name="A"/><reg32 xmlns="urn:other" offset="0" name="B"/><reg32 offset="4" name="C"/>)"))),
      "T_A@0: A[31:0]\nT_C@4: C[31:0]\n");
}

TEST(RulesNg, DatabaseWithoutNamespaceIsReadWithANotice) {
  TempXml files;
  const std::string text =
      R"(<database><domain name="T"><reg32 offset="0" name="A"/></domain></database>)";
  EXPECT_EQ(shape(files.load(text)), "T_A@0: A[31:0]\n");
  EXPECT_EQ(files.notices(text),
            "registers.xml:1: no namespace is declared; read as rules-ng-ng\n");
}

TEST(RulesNg, TextsAreSkippedSilently) {
  TempXml files;
  const auto text = database(R"(<copyright year="2024"><author name="x"><nick name="y"/></author>
<license>text</license></copyright><doc>long <b>text</b></doc><brief>short</brief>
<domain name="T"><doc/><reg32 offset="0" name="A"><brief>what it is</brief><doc>more</doc></reg32></domain>)");
  EXPECT_EQ(files.notices(text), "");
  EXPECT_EQ(files.load(text)->named("T_A")->brief, "what it is");
}

TEST(RulesNg, EnumsNamedInlineAndInsideFields) {
  TempXml files;
  const auto db = files.load(database(R"(<domain name="T"><reg32 offset="0" name="A">
<bitfield name="M" low="0" high="3" type="mode"/>
<bitfield name="N" low="4" high="7"><value name="ten" value="0xa"/></bitfield></reg32>
<reg32 offset="4" name="B" type="mode"/></domain>
<enum name="mode" inline="yes" bare="yes"><value name="two" value="2"/><value name="bit3" pos="3"/></enum>)"));
  ASSERT_TRUE(db) << db.error().text();
  const auto* reg = db->named("T_A");
  EXPECT_EQ(reg->field("M")->type, FieldType::enumeration);
  EXPECT_EQ(reg->field("M")->values->find(2)->name, "two");
  EXPECT_EQ(reg->field("M")->values->find(8)->name, "bit3");
  EXPECT_EQ(reg->field("M")->values->find(1), nullptr);
  EXPECT_EQ(reg->field("N")->values->find(10)->name, "ten");
  EXPECT_EQ(db->named("T_B")->fields[0].values, reg->field("M")->values);
}

TEST(RulesNg, BitsetsAsTypeOfRegistersAndFields) {
  EXPECT_EQ(
      shape_of(database(
          R"(<bitset name="S"><bitfield name="X" pos="0"/><bitfield name="Y" low="1" high="2"/></bitset>
<domain name="T"><reg32 offset="0" name="A" type="S"/>
<reg32 offset="4" name="B"><bitfield name="P" low="8" high="15" type="S"/></reg32></domain>)")),
      "T_A@0: Y[2:1] X[0:0]\nT_B@4: P_Y[10:9] P_X[8:8]\n");
}

TEST(RulesNg, FieldTypesAndShift) {
  TempXml files;
  const auto db = files.load(domain(R"(<reg32 offset="0" name="A">
<bitfield name="I" low="0" high="3" type="int"/><bitfield name="H" low="4" high="7" type="hex"/>
<bitfield name="B" pos="8" type="boolean"/><bitfield name="F" low="16" high="31" type="float"/>
<bitfield name="S" low="9" high="12" shr="4"/><bitfield name="L" low="13" high="14" type="fixed" radix="1" min="0" max="3" align="1"/>
</reg32><reg32 offset="4" name="ADDR" shr="6"/>)"));
  ASSERT_TRUE(db) << db.error().text();
  EXPECT_TRUE(db->notices().empty());
  const auto* reg = db->named("T_A");
  EXPECT_EQ(reg->field("I")->quantity(0xf), -1);
  EXPECT_EQ(reg->field("H")->type, FieldType::hex);
  EXPECT_EQ(reg->field("B")->type, FieldType::boolean);
  EXPECT_EQ(reg->field("F")->type, FieldType::other);
  EXPECT_EQ(reg->field("S")->quantity(3U << 9U), 48);
  EXPECT_EQ(reg->field("L")->type, FieldType::other);
  EXPECT_EQ(db->named("T_ADDR")->fields[0].quantity(2), 128);
}

TEST(RulesNg, ArraysStripesAndRepeatedRegisters) {
  EXPECT_EQ(
      shape_of(domain(
          R"(<array name="W" offset="0x100" stride="0x10" length="2"><reg32 offset="4" name="A"/></array>
<stripe offset="0x200"><reg32 offset="0" name="B"/></stripe>
<reg32 offset="0x300" name="C" length="2"/>
<array name="X" offset="0x400" stride="0x20" length="2"><array name="Y" offset="0" stride="8" length="2"><reg32 offset="0" name="Z"/></array></array>)")),
      "T_W0_A@260: A[31:0]\nT_W1_A@276: A[31:0]\nT_B@512: B[31:0]\n"
      "T_C0@768: C0[31:0]\nT_C1@772: C1[31:0]\n"
      "T_X0_Y0_Z@1024: Z[31:0]\nT_X0_Y1_Z@1032: Z[31:0]\n"
      "T_X1_Y0_Z@1056: Z[31:0]\nT_X1_Y1_Z@1064: Z[31:0]\n");
}

TEST(RulesNg, GroupsAndBareDomains) {
  EXPECT_EQ(shape_of(database(R"(<group name="g"><reg32 offset="0" name="A"/></group>
<domain name="T"><stripe offset="8"><use-group name="g"/></stripe></domain>
<domain name="U" bare="yes"><reg32 offset="0x10" name="B"/></domain>)")),
            "T_A@8: A[31:0]\nB@16: B[31:0]\n");
}

TEST(RulesNg, OtherRegisterWidths) {
  TempXml files;
  const auto text = domain(R"(<reg8 offset="0" name="A"/><reg16 offset="2" name="B"/>
<reg64 offset="8" name="C"><bitfield name="LO" low="0" high="15"/><bitfield name="MID" low="16" high="47"/><bitfield name="HI" low="48" high="63"/></reg64>)");
  EXPECT_EQ(shape(files.load(text)),
            "T_A@0: A[7:0]\nT_B@2: B[15:0]\nT_C@8: MID[31:16] LO[15:0]\n"
            "T_C_HI@12: HI[31:16] MID_HI[15:0]\n");
  EXPECT_EQ(files.notices(text), "registers.xml:4: reg64 C is read as C and C_HI of 32 bits\n");
}

TEST(RulesNg, BlockByDomainNameElseByPage) {
  TempXml files;
  const auto db =
      files.load(database(R"(<domain name="DPU"><reg32 offset="0x1000" name="A"/></domain>
<domain name="MINE"><reg32 offset="0x3000" name="B"/><reg32 offset="0x8000" name="C"/></domain>)"));
  ASSERT_TRUE(db);
  EXPECT_EQ(db->named("DPU_A")->block, Block::dpu);
  EXPECT_EQ(db->named("MINE_B")->block, Block::core);
  EXPECT_EQ(db->named("MINE_C")->block, std::nullopt);
}

TEST(RulesNg, ImportsAreRelativeAndReadOnce) {
  TempXml files;
  files.write(
      "types.xml",
      database(
          R"(<import file="registers.xml"/><enum name="E"><value name="v" value="1"/></enum>)"));
  const auto text = database(
      R"(<import file="types.xml"/><domain name="T"><reg32 offset="0" name="A" type="E"/></domain>)");
  const auto db = files.load(text);
  ASSERT_TRUE(db) << db.error().text();
  EXPECT_EQ(db->named("T_A")->fields[0].values->find(1)->name, "v");
  EXPECT_EQ(files.notices(text),
            "types.xml:2: registers.xml is already read; not imported again\n");
}

TEST(RulesNg, VariantsAreKeptAndListed) {
  TempXml files;
  const auto text = domain(R"(<reg32 offset="0" name="A" varset="chip" variants="V1"/>
<reg32 offset="0" name="B" varset="chip" variants="V2-"/>
<reg32 offset="4" name="C"><bitfield name="X" low="0" high="3" variants="V1"/><bitfield name="Y" low="2" high="5" variants="V2"/></reg32>)");
  EXPECT_EQ(shape(files.load(text)), "T_A@0: A[31:0]\nT_C@4: Y[5:2]\n");
  EXPECT_EQ(files.notices(text),
            "registers.xml:3: reg32 A is of the variants 'V1' only; kept\n"
            "registers.xml:4: reg32 B is of the variants 'V2-' only; kept\n"
            "registers.xml:5: bitfield X is of the variants 'V1' only; kept\n"
            "registers.xml:5: bitfield Y is of the variants 'V2' only; kept\n"
            "registers.xml:5: fields Y [5:2] and X [3:0] of C overlap in different variants; the "
            "lower one is left out\n"
            "registers.xml:4: T_B and T_A (at registers.xml:3) have the same offset; of these "
            "variants the first one counts\n");
}

struct TextRow {
  const char* body;  // of a domain, from line 3
  const char* text;
};

TEST(RulesNg, NoticesNameWhatHasNoEffect) {
  const TextRow rows[] = {
      {R"(<spectype name="s"/><reg32 offset="0" name="A"/>)",
       "registers.xml:3: element spectype is not supported\n"},
      {R"(<reg32 offset="0" name="A" colour="red"/>)",
       "registers.xml:3: attribute colour of reg32 is not supported and has no effect\n"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" pos="0" colour="red"/></reg32>)",
       "registers.xml:3: attribute colour of bitfield is not supported and has no effect\n"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" pos="0" type="odd"/></reg32>)",
       "registers.xml:3: type odd of F is not known; read as a number\n"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" low="0" high="1" type="boolean"/></reg32>)",
       "registers.xml:3: boolean F has 2 bits; read as a number\n"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" pos="0" min="few"/></reg32>)",
       "registers.xml:3: min 'few' of F is not a number\n"},
      {R"(<reg32 offset="0" name="A"><spectype/></reg32>)",
       "registers.xml:3: element spectype inside reg32 A is not supported\n"},
      {R"(<enum name="E"/><enum name="E"/><reg32 offset="0" name="A"/>)",
       "registers.xml:3: enum E is defined twice; the first one counts\n"},
      {R"(<enum name="E"><odd/></enum><reg32 offset="0" name="A"/>)",
       "registers.xml:3: element odd inside E is not supported\n"},
  };
  for (const auto& row : rows) {
    TempXml files;
    EXPECT_EQ(files.notices(domain(row.body)), row.text) << row.body;
  }
  TempXml files;
  EXPECT_EQ(
      files.notices(database(
          "<spectype/>\n<domain name=\"T\" size=\"4\"><reg32 offset=\"8\" name=\"A\"/></domain>")),
      "registers.xml:2: element spectype is not supported\n"
      "registers.xml:3: A lies outside its domain of 0x4 bytes\n");
}

TEST(RulesNg, ErrorsNameFileLineAndRemedy) {
  const char* const width = " (a command word has 16 bits for the offset and 32 for the value)";
  const std::pair<const char*, std::string> rows[] = {
      {R"(<reg32 name="A"/>)", "reg32 A has no attribute offset (add offset=\"...\")"},
      {R"(<reg32 offset="0"/>)", "reg32 without a name (add name=\"...\")"},
      {R"(<reg32 offset="zz" name="A"/>)",
       "offset 'zz' of reg32 A is not a number (write it as 4160 or 0x1040)"},
      {R"(<reg32 offset="0x" name="A"/>)",
       "offset '0x' of reg32 A is not a number (write it as 4160 or 0x1040)"},
      {R"(<reg32 offset="-4" name="A"/>)",
       "offset '-4' of reg32 A is not a number (write it as 4160 or 0x1040)"},
      {R"(<reg32 offset="0x10000" name="A"/>)",
       std::string("offset 0x10000 of reg32 A is above 0xffff") + width},
      {R"(<stripe offset="0xfff0"><reg32 offset="0x10" name="A"/></stripe>)",
       "offset 0x10000 of A is above 0xffff (a command word has 16 bits for the offset)"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F"/></reg32>)",
       "bitfield F has neither pos nor low and high (add pos=\"...\", or low=\"...\" and "
       "high=\"...\")"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" low="1"/></reg32>)",
       "bitfield F has no attribute high (add high=\"...\")"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" low="4" high="3"/></reg32>)",
       "bits [3:4] of bitfield F do not fit into 32 bits (low may not exceed high, and both must "
       "lie inside the register)"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" pos="32"/></reg32>)",
       "bits [32:32] of bitfield F do not fit into 32 bits (low may not exceed high, and both must "
       "lie inside the register)"},
      {R"(<reg8 offset="0" name="A"><bitfield name="F" pos="8"/></reg8>)",
       "bits [8:8] of bitfield F do not fit into 8 bits (low may not exceed high, and both must "
       "lie inside the register)"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" low="0" high="3"/><bitfield name="G" pos="3"/></reg32>)",
       "fields F [3:0] and G [3:3] of A overlap (give every bit to one field)"},
      {R"(<reg32 offset="0" name="A"><bitfield name="F" pos="0"/><bitfield name="F" pos="3"/></reg32>)",
       "two fields of A are called F (rename one of them)"},
      {R"(<reg32 offset="0" name="A"/><reg32 offset="0" name="B"/>)",
       "T_B and T_A (at registers.xml:3) have the same offset (remove one of them, or mark them as "
       "variants)"},
      {R"(<reg32 offset="0" name="A"/><reg32 offset="4" name="A"/>)",
       "T_A and T_A (at registers.xml:3) have the same name (remove one of them, or mark them as "
       "variants)"},
      {R"(<use-group name="g"/>)", "there is no group g (define it, or correct the name)"},
      {R"(<array name="A" offset="0" length="2"><reg32 offset="0" name="A"/></array>)",
       "array A repeats without a stride (add stride=\"...\")"},
      {R"(<enum name="E"><value name="v" value="0x100000000"/></enum>)",
       std::string("value 0x100000000 of value v is above 0xffffffff") + width},
      {R"(<enum name="E"><value name="v"/></enum>)",
       "value v has no attribute value (add value=\"...\")"},
  };
  for (const auto& [body, text] : rows) {
    TempXml files;
    EXPECT_EQ(files.error(domain(body)), "registers.xml:3: " + text) << body;
  }
}

TEST(RulesNg, ErrorsOfWholeFiles) {
  TempXml files;
  EXPECT_EQ(files.error(""), "registers.xml: the file is empty or not a file (give an XML file)");
  EXPECT_EQ(files.error("<database>\n<domain>\n</database>"),
            "registers.xml:3: not well-formed XML: Start-end tags mismatch (correct the file at "
            "this line)");
  EXPECT_EQ(files.error("<html/>"),
            "registers.xml:1: the root element is html, not database (give a register database in "
            "the rules-ng-ng schema)");
  EXPECT_EQ(files.error("<database xmlns=\"urn:x\"/>"),
            "registers.xml:1: the database is of another namespace (declare "
            "xmlns=\"http://nouveau.freedesktop.org/\")");
  EXPECT_EQ(files.error(database("")),
            "registers.xml: the file defines no register (give a rules-ng-ng database with domains "
            "and reg32 elements)");
  EXPECT_EQ(files.relative(RegisterDb::load("/nonexistent/r.xml", "").error().text()),
            "/nonexistent/r.xml: cannot open the file (check the path)");
  EXPECT_EQ(files.error(database("<import/>")),
            "registers.xml:2: import without a file (add file=\"...\" to a database on disk)");
  EXPECT_EQ(files.error(database("<domain name=\"T\"/>\n<import file=\"gone.xml\"/>")),
            "registers.xml:3: cannot import gone.xml: gone.xml: cannot open the file (check the "
            "path) (imports are searched beside the importing file)");
}

TEST(RulesNg, HostileFilesEndInAnError) {
  TempXml files;
  EXPECT_EQ(
      files.error(domain(
          R"(<array name="A" offset="0" stride="4" length="4294967295"><reg32 offset="0" name="R"/></array>)")),
      "registers.xml:3: length 4294967295 of array A is above 0xffff (a command word has 16 "
      "bits for the offset and 32 for the value)");
  EXPECT_EQ(
      files.error(database(
          R"(<group name="g"><use-group name="g"/></group><domain name="T"><use-group name="g"/></domain>)")),
      "registers.xml:2: nested deeper than 32 levels (look for a group or bitset that uses "
      "itself)");
  EXPECT_EQ(
      files.error(database(
          R"(<bitset name="s"><bitfield name="F" low="0" high="3" type="s"/></bitset><domain name="T"><reg32 offset="0" name="A" type="s"/></domain>)")),
      "registers.xml:2: nested deeper than 32 levels (look for a group or bitset that uses "
      "itself)");
  // Twenty groups, each of which uses the next one ten times: 10^20 steps.
  std::string groups;
  for (int i = 0; i < 20; ++i) {
    groups += "<group name=\"g" + std::to_string(i) + "\">";
    for (int j = 0; j < 10; ++j) groups += "<use-group name=\"g" + std::to_string(i + 1) + "\"/>";
    groups += "</group>";
  }
  groups += "<group name=\"g20\"/>";
  EXPECT_NE(files.error(database(groups + "<domain name=\"T\"><use-group name=\"g0\"/></domain>"))
                .find("more than 1000000 elements"),
            std::string::npos);
  // Arrays of nothing inside arrays of nothing.
  std::string nested = "<reg32 offset=\"0\" name=\"A\"/>";
  for (int i = 0; i < 4; ++i)
    nested += "<array name=\"A\" offset=\"0\" stride=\"1\" length=\"65535\">";
  for (int i = 0; i < 4; ++i) nested += "</array>";
  EXPECT_NE(files.error(domain(nested)).find("more than 1000000 elements"), std::string::npos);
}

TEST(RulesNg, HostileSizesEndInAnError) {
  TempXml files;
  std::string opening;
  std::string closing;
  for (int i = 0; i < 100000; ++i) {
    opening += "<array name=\"a\" offset=\"0\">";
    closing += "</array>";
  }
  EXPECT_NE(files.error(domain(opening + closing)).find("nested deeper than 32 levels"),
            std::string::npos);
  EXPECT_EQ(files.error(std::string(std::size_t{17} << 20U, ' ')),
            "registers.xml: the file is larger than 16 MiB (give a register database; real ones "
            "have less than 2 MiB)");
  EXPECT_NE(files.error(domain(R"(<reg8 offset="0" name="A" length="65535"/>)"))
                .find("more than 16384 registers"),
            std::string::npos);
}

TEST(RulesNg, NoticesAreBounded) {
  TempXml files;
  std::string body = "<reg32 offset=\"0\" name=\"A\"/>";
  for (int i = 0; i < 5000; ++i) body += "<spectype/>";
  const auto db = files.load(domain(body));
  ASSERT_TRUE(db);
  EXPECT_EQ(db->notices().size(), Diagnostics::max_notices + 1);
  EXPECT_EQ(db->notices().back(), "further notices are left out");
}

}  // namespace
}  // namespace npuscope
