#include "regdb/describe.h"

#include <gtest/gtest.h>

#include "tests/regdb/temp_xml.h"

namespace npuscope {
namespace {

std::vector<std::string> texts(std::uint16_t offset, std::uint32_t value) {
  std::vector<std::string> result;
  for (const auto& field : describe(*RegisterDb::builtin().at(offset), value).fields) {
    if (field.raw != 0) result.push_back(text_of(field));
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(Describe, FieldsInWords) {
  EXPECT_EQ(texts(0x1020, 56U << 16 | 29),
            (Texts{"DATAIN_WIDTH [26:16] = 56 pixels", "DATAIN_HEIGHT [10:0] = 29 rows"}));
  EXPECT_EQ(texts(0x100c, 0x120),
            (Texts{"PROC_PRECISION [9:7] = fp16 (2)", "IN_PRECISION [6:4] = fp16 (2)"}));
  EXPECT_EQ(texts(0x1080, 0x0ffffffc), (Texts{"SURF_STRIDE [27:0] = -4 atoms (raw 268435452)"}));
  EXPECT_EQ(texts(0x4030, 55), (Texts{"WIDTH [12:0] = 56 pixels (raw 55)"}));
  EXPECT_EQ(texts(0x4024, 0xc400), (Texts{"DST_SURF_STRIDE [31:4] = 50176 bytes (raw 3136)"}));
  EXPECT_EQ(texts(0x1070, 0xfff98000), (Texts{"FEATURE_BASE_ADDR [31:0] = 0xfff98000"}));
  EXPECT_EQ(texts(0x1040, 0x800), (Texts{"RESERVED_1 [11] = 1, but must be 0"}));
}

TEST(Describe, ListsEveryFieldFromTheHighestBit) {
  const auto reading = describe(*RegisterDb::builtin().at(0x1040), 0xb1);
  ASSERT_EQ(reading.fields.size(), 7U);
  EXPECT_EQ(reading.fields.front().field->name, "RESERVED_0");
  EXPECT_EQ(reading.fields.back().field->name, "DATA_BANK");
  EXPECT_EQ(reading.value, 0xb1U);
  EXPECT_EQ(reading.undefined_bits, 0U);
}

TEST(Describe, UndefinedBitsAndUnnamedValues) {
  testing::TempXml files;
  const auto db = files.load(testing::domain(
      R"(<reg32 offset="0" name="R"><bitfield low="0" high="3" name="F"><value name="one" value="1"/></bitfield></reg32>)"));
  ASSERT_TRUE(db) << db.error().text();
  const auto reading = describe(*db->at(0), 0x80000012);
  EXPECT_EQ(reading.undefined_bits, 0x80000010U);
  EXPECT_EQ(text_of(reading.fields[0]), "F [3:0] = 2");
  EXPECT_EQ(text_of(describe(*db->at(0), 1).fields[0]), "F [3:0] = one (1)");
}

}  // namespace
}  // namespace npuscope
