#include "regdb/regtask_message.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

const char* const logged =
    "E RKNN: [08:36:46.254] REGTASK: The bit width of field value exceeds the limit, target: v2, "
    "offset: 0x4038, shift = 16, limit: 0x1fff, value: 0x2087";

TEST(RegtaskMessage, ReadsTheLoggedLine) {
  const auto message = parse_regtask_message(logged);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->target, "v2");
  EXPECT_EQ(message->offset, 0x4038U);
  EXPECT_EQ(message->shift, 16U);
  EXPECT_EQ(message->limit, 0x1fffU);
  EXPECT_EQ(message->value, 0x2087U);
}

TEST(RegtaskMessage, ReadsVariants) {
  for (const char* line :
       {"REGTASK: The bit width of field value exceeds the limit, target=v2,offset=16440, "
        "shift: 0x10, limit = 8191, value = 8327",
        "the bit width of field value exceeds the limit: TARGET : v2 OFFSET : 0X4038 SHIFT : 16 "
        "LIMIT : 0X1FFF VALUE : 0X2087"}) {
    const auto message = parse_regtask_message(line);
    ASSERT_TRUE(message) << line;
    EXPECT_EQ(message->offset, 0x4038U);
    EXPECT_EQ(message->shift, 16U);
    EXPECT_EQ(message->limit, 0x1fffU);
    EXPECT_EQ(message->value, 0x2087U);
  }
  const auto bare = parse_regtask_message("REGTASK: offset: 0x4038, shift = 16");
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->limit);
  EXPECT_FALSE(bare->value);
}

TEST(RegtaskMessage, RefusesOtherLines) {
  const auto other = parse_regtask_message("I RKNN: offset: 0x4038, shift = 16");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::usage);
  EXPECT_EQ(other.error().what, "the line is no REGTASK message");
  for (const char* line :
       {"REGTASK: shift = 16", "REGTASK: offset: 0x4038", "REGTASK: offset: 0x14038, shift = 16",
        "REGTASK: offset: 0x4038, shift = 32",
        "REGTASK: offset: 99999999999999999999999, shift = 3"}) {
    const auto torn = parse_regtask_message(line);
    ASSERT_FALSE(torn) << line;
    EXPECT_EQ(torn.error().text(),
              "the REGTASK message has no offset below 0x10000 or no shift below 32 (give the "
              "whole line of the log)");
  }
}

TEST(RegtaskMessage, ExplainsTheLoggedLine) {
  const auto why = explain(RegisterDb::builtin(), *parse_regtask_message(logged));
  ASSERT_NE(why.field, nullptr);
  EXPECT_EQ(why.reg->full_name, "DPU_DATA_CUBE_NOTCH_ADDR");
  EXPECT_EQ(why.field->name, "NOTCH_ADDR_1");
  EXPECT_EQ(why.width, 13U);
  EXPECT_EQ(why.largest, 0x1fffU);
  EXPECT_EQ(why.wanted, 8327);
  EXPECT_EQ(why.most, 8191);
  const std::vector<std::string> expected{
      "NOTCH_ADDR_1 is bits [28:16] of DPU_DATA_CUBE_NOTCH_ADDR (offset 0x4038).",
      "Its 13 bits hold at most 8191 atoms (raw 0x1fff).",
      "Asked for: 8327 atoms (raw 0x2087), 136 too many. The layer needs a smaller tile or another "
      "layout.",
      "Skipped after each output line; the vendor writes both halves equal [models]."};
  EXPECT_EQ(why.sentences, expected);
}

std::string explained(const char* line) {
  std::string text;
  for (const auto& sentence :
       explain(RegisterDb::builtin(), *parse_regtask_message(line)).sentences) {
    text += sentence + "\n";
  }
  return text;
}

TEST(RegtaskMessage, ExplainsInTheFieldsUnit) {
  const auto text = explained("REGTASK: offset: 0x4030, shift = 0, limit: 0x1fff, value: 0x2000");
  EXPECT_NE(text.find("at most 8192 pixels (raw 0x1fff)"), std::string::npos) << text;
  EXPECT_NE(text.find("Asked for: 8193 pixels (raw 0x2000), 1 too many"), std::string::npos);
}

TEST(RegtaskMessage, SaysWhatDoesNotFitTheDatabase) {
  EXPECT_EQ(explained("REGTASK: offset: 0x4fff, shift = 0"),
            "There is no register at offset 0x4fff.\n");
  auto text = explained("REGTASK: offset: 0x4038, shift = 18, limit: 0xfff");
  EXPECT_NE(text.find("The message's shift 18 lies inside the field, not at its lowest bit 16."),
            std::string::npos);
  EXPECT_NE(text.find("The message's limit 0xfff differs from this width."), std::string::npos);
  EXPECT_NE(text.find("The message does not say which value was asked for."), std::string::npos);
  text = explained("REGTASK: target: v2, offset: 0x4038, shift = 16, value: 5");
  EXPECT_NE(text.find("5 atoms (0x5) fits; the layout 'v2' may be another chip's."),
            std::string::npos)
      << text;
  text = explained("REGTASK: offset: 0x4038, shift = 16, value: 0xffffffffffffff80");
  EXPECT_NE(text.find("more than 32 bits: a negative or wrapped number"), std::string::npos);
}

}  // namespace
}  // namespace npuscope
