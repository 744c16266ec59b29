#include "regdb/lookup.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

// "REGISTER" or "REGISTER.FIELD" of every match, or of every suggestion after "?".
std::string found(const char* text) {
  const auto result = look_up(db(), text);
  std::string line;
  for (const auto& match : result.matches) {
    line += match.reg->full_name + (match.field != nullptr ? "." + match.field->name : "") + " ";
  }
  for (const auto& name : result.suggestions) line += "?" + name + " ";
  return line;
}

struct Row {
  const char* text;
  const char* expected;
};

TEST(Lookup, SpellingsOfRegisters) {
  const Row rows[] = {
      {"CNA_CBUF_CON0", "CNA_CBUF_CON0 "},
      {"REG_CNA_CBUF_CON0", "CNA_CBUF_CON0 "},
      {"cna.cbuf_con0", "CNA_CBUF_CON0 "},
      {" Cna:Cbuf-Con0 ", "CNA_CBUF_CON0 "},
      {"cbuf_con0", "CNA_CBUF_CON0 "},
      {"0x1040", "CNA_CBUF_CON0 "},
      {"0X1040", "CNA_CBUF_CON0 "},
      {"1040", "CNA_CBUF_CON0 "},
      {"40C4", "DPU_UNK_40C4 "},
      {"8", "PC_OPERATION_ENABLE "},
      {"dpu_rdma.src_base_addr", "DPU_RDMA_RDMA_SRC_BASE_ADDR "},
      {"DPU_RDMA_RDMA_SRC_BASE_ADDR", "DPU_RDMA_RDMA_SRC_BASE_ADDR "},
      {"global", "GLOBAL_OPERATION_ENABLE "},
  };
  for (const auto& row : rows) EXPECT_EQ(found(row.text), row.expected) << row.text;
}

TEST(Lookup, SpellingsOfFields) {
  const Row rows[] = {
      {"CNA_CBUF_CON0_DATA_BANK", "CNA_CBUF_CON0.DATA_BANK "},
      {"cna.cbuf_con0.data_bank", "CNA_CBUF_CON0.DATA_BANK "},
      {"cbuf_con0.data_bank", "CNA_CBUF_CON0.DATA_BANK "},
      {"data_bank", "CNA_CBUF_CON0.DATA_BANK "},
      {"dpu_rdma.erdma_cfg.ov4k_bypass", "DPU_RDMA_RDMA_ERDMA_CFG.OV4K_BYPASS "},
      {"PC_OPERATION_ENABLE_OP_EN", "PC_OPERATION_ENABLE.OP_EN "},
  };
  for (const auto& row : rows) EXPECT_EQ(found(row.text), row.expected) << row.text;
}

TEST(Lookup, AmbiguousNamesGiveAll) {
  EXPECT_EQ(found("data_format"), "DPU_DATA_FORMAT PPU_DATA_FORMAT PPU_RDMA_RDMA_DATA_FORMAT ");
  EXPECT_EQ(found("conv_mode"),
            "CNA_CONV_CON1.CONV_MODE DPU_FEATURE_MODE_CFG.CONV_MODE "
            "DPU_RDMA_RDMA_FEATURE_MODE_CFG.CONV_MODE ");
  EXPECT_EQ(look_up(db(), "s_pointer").matches.size(), 6U);
}

TEST(Lookup, BlockGivesItsRegistersInOrder) {
  const auto result = look_up(db(), "cna");
  EXPECT_EQ(result.matches.size(), 52U);
  EXPECT_EQ(result.matches.front().reg->offset, 0x1000);
  EXPECT_EQ(result.matches.back().reg->offset, 0x1184);
  EXPECT_EQ(look_up(db(), "CORE").matches.size(), 9U);
  EXPECT_EQ(look_up(db(), "dpu_rdma").matches.size(), 20U);
}

TEST(Lookup, CommandWords) {
  for (const char* text : {"02010000001b1040", "0x02010000001b1040", "0X2010000001B1040"}) {
    const auto result = look_up(db(), text);
    ASSERT_TRUE(result.word) << text;
    EXPECT_EQ(result.word->target, 0x0201);
    EXPECT_EQ(result.word->value, 0x1bU);
    EXPECT_EQ(result.word->offset, 0x1040);
    ASSERT_EQ(result.matches.size(), 1U);
    EXPECT_EQ(result.matches[0].reg->full_name, "CNA_CBUF_CON0");
  }
  EXPECT_FALSE(look_up(db(), "0x102010000001b1040").word) << "17 digits are no word";
  EXPECT_FALSE(look_up(db(), "2010000001b1040").word) << "15 digits without 0x";
  const auto enable = look_up(db(), "0x810000000d0008");
  ASSERT_EQ(enable.matches.size(), 1U);
  EXPECT_EQ(enable.matches[0].reg->full_name, "PC_OPERATION_ENABLE");
  EXPECT_TRUE(look_up(db(), "be01000001000000").word);
  EXPECT_TRUE(look_up(db(), "be01000001000000").matches.empty()) << "weights are no command";
  EXPECT_TRUE(look_up(db(), "0801000000001040").matches.empty()) << "target of another block";
}

TEST(Lookup, SuggestsWhatWasMeant) {
  EXPECT_EQ(look_up(db(), "CNA_CBUF_COM0").suggestions.front(), "CNA_CBUF_CON0");
  EXPECT_EQ(look_up(db(), "cbuf_com0").suggestions.front(), "CNA_CBUF_CON0");
  EXPECT_EQ(look_up(db(), "data_bnak").suggestions.front(), "CNA_CBUF_CON0_DATA_BANK");
  EXPECT_EQ(look_up(db(), "cna.cbuf_con0.data_bnk").suggestions.front(), "CNA_CBUF_CON0_DATA_BANK");
  EXPECT_EQ(found("dppu").substr(0, 4), "?DPU");
  EXPECT_EQ(found("0x1042"), "?CNA_CBUF_CON0 ?CNA_CBUF_CON1 ");
  EXPECT_EQ(found("0xfffff"), "?GLOBAL_OPERATION_ENABLE ");
  EXPECT_EQ(found("nothing like it at all"), "");
  EXPECT_EQ(found(""), "");
  EXPECT_EQ(found("..."), "");
  EXPECT_EQ(found(std::string(100000, 'x').c_str()), "");
}

}  // namespace
}  // namespace npuscope
