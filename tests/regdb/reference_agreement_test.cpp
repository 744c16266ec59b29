// The embedded database against the published one: equal in everything but the documented
// corrections.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <pugixml.hpp>
#include <set>

#include "regdb/register_db.h"
#include "tests/corpus.h"

namespace npuscope {
namespace {

// Fields of the published database that ours lays out differently. Each must be an alias, or the
// same name wider.
const std::set<std::string> corrected{
    "PC_OPERATION_ENABLE_RESERVED_0",     "PC_OPERATION_ENABLE_OP_EN",
    "PC_REGISTER_AMOUNTS_RESERVED_0",     "PC_INTERRUPT_MASK_RESERVED_0",
    "PC_INTERRUPT_CLEAR_RESERVED_0",      "PC_INTERRUPT_STATUS_RESERVED_0",
    "PC_INTERRUPT_RAW_STATUS_RESERVED_0", "CNA_S_POINTER_RESERVED_0",
    "CORE_S_POINTER_RESERVED_0",          "CNA_CONV_CON2_RESERVED_0",
    "CNA_CBUF_CON1_RESERVED_0",           "DPU_LUT_ACCESS_DATA_RESERVED_0"};
const std::string widened = "CNA_CBUF_CON1_DATA_ENTRIES";
const std::set<std::string> added_registers{"CORE_UNK_3030", "DPU_UNK_40C4"};

// Read with pugixml alone: nothing of ours decides what the published file says.
struct PublishedField {
  std::string reg;
  std::string name;
  unsigned low = 0;
  unsigned high = 0;
  bool boolean = false;
};

struct Published {
  std::size_t domains = 0;
  std::map<std::string, unsigned> offsets;
  std::vector<PublishedField> fields;
};

Published read_published() {
  pugi::xml_document file;
  EXPECT_TRUE(file.load_file(testing::corpus_path("registers/registers.xml").c_str()));
  Published result;
  for (const auto& domain : file.child("database").children("domain")) {
    ++result.domains;
    for (const auto& reg : domain.children("reg32")) {
      const auto name =
          std::string(domain.attribute("name").value()) + "_" + reg.attribute("name").value();
      result.offsets[name] =
          static_cast<unsigned>(std::stoul(reg.attribute("offset").value(), nullptr, 16));
      for (const auto& field : reg.children("bitfield")) {
        const bool single = !field.attribute("pos").empty();
        result.fields.push_back({name, field.attribute("name").value(),
                                 field.attribute(single ? "pos" : "low").as_uint(),
                                 field.attribute(single ? "pos" : "high").as_uint(),
                                 std::string(field.attribute("type").value()) == "boolean"});
      }
    }
  }
  return result;
}

TEST(ReferenceAgreement, CountsOfThePublishedDatabase) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto published = read_published();
  EXPECT_EQ(published.domains, 10U);
  EXPECT_EQ(published.offsets.size(), 199U);
  EXPECT_EQ(published.fields.size(), 711U);
}

TEST(ReferenceAgreement, SameRegistersAtTheSameOffsets) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto published = read_published();
  const auto& db = RegisterDb::builtin();
  for (const auto& [name, offset] : published.offsets) {
    const auto* reg = db.named(name);
    ASSERT_NE(reg, nullptr) << name;
    EXPECT_EQ(reg->offset, offset) << name;
  }
  for (const auto& reg : db.registers()) {
    EXPECT_EQ(published.offsets.count(reg.full_name), 1 - added_registers.count(reg.full_name))
        << reg.full_name;
  }
}

TEST(ReferenceAgreement, SameFieldsButTheCorrections) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto published = read_published();
  const auto& db = RegisterDb::builtin();
  std::set<std::string> differing;
  for (const auto& row : published.fields) {
    const auto full = row.reg + "_" + row.name;
    const auto* field = db.named(row.reg)->field(row.name);
    ASSERT_NE(field, nullptr) << full;
    if (full == widened) {
      EXPECT_EQ(field->low, row.low);
      EXPECT_EQ(field->high, row.high + 1);
      continue;
    }
    EXPECT_EQ(field->low, row.low) << full;
    EXPECT_EQ(field->high, row.high) << full;
    const auto& aliases = db.named(row.reg)->aliases;
    const bool alias = std::any_of(aliases.begin(), aliases.end(),
                                   [&](const Field& item) { return &item == field; });
    if (alias) {
      differing.insert(full);
    } else {
      EXPECT_EQ(field->type == FieldType::boolean, row.boolean) << full;
    }
  }
  EXPECT_EQ(differing, corrected);
}

TEST(ReferenceAgreement, ThePublishedFileLoadsUnderOurOverlay) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto db = RegisterDb::load(testing::corpus_path("registers/registers.xml"), "");
  ASSERT_TRUE(db) << db.error().text();
  std::size_t fields = 0;
  for (const auto& reg : db->registers()) {
    fields += reg.fields.size();
    EXPECT_TRUE(reg.aliases.empty()) << reg.full_name << ": the fields themselves have that layout";
    EXPECT_EQ(reg.block, block_of_offset(reg.offset)) << reg.full_name;
  }
  EXPECT_EQ(db->registers().size(), 199U);
  EXPECT_EQ(fields, 711U);
  EXPECT_EQ(db->named("CNA_CONV_CON1")->field("IN_PRECISION")->values->find(2)->name, "fp16");
  EXPECT_EQ(db->enumeration("target")->find(0x200)->name, "CNA") << "its own codes, kept as read";
  for (const auto& notice : db->notices()) {
    EXPECT_NE(notice.find("semantics.xml (embedded):"), std::string::npos) << notice;
  }
  EXPECT_EQ(db->notices().size(), 13U);
}

}  // namespace
}  // namespace npuscope
