#include "decoder/emit/binary_record.h"

#include <gtest/gtest.h>

#include <random>

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

std::vector<BinaryRecord> decode(const std::vector<Word>& words, std::uint32_t first = 0) {
  std::vector<BinaryRecord> records(words.size());
  BinaryDecoder(db()).decode(WordView(std::as_bytes(std::span(words))), first, records.data());
  return records;
}

BinaryRecord only(Word word) {
  return decode({word}).front();
}

TEST(BinaryRecord, HoldsTheWordAndItsRegister) {
  const BinaryRecord record = decode({Word{0x0201000000b11040}}, 7).front();
  EXPECT_EQ(record.value, 0xb1u);
  EXPECT_EQ(record.offset, 0x1040u);
  EXPECT_EQ(record.target, 0x0201u);
  ASSERT_LT(record.reg, db().registers().size());
  EXPECT_EQ(db().registers()[record.reg].full_name, "CNA_CBUF_CON0");
  EXPECT_EQ(record.block, static_cast<std::uint8_t>(Block::cna));
  EXPECT_EQ(record.flags, 0);
  EXPECT_EQ(record.position, 7u);
}

TEST(BinaryRecord, SpecialWordsHaveFlags) {
  EXPECT_EQ(only(Word{}).flags, record_zero);
  EXPECT_EQ(only(Word{0x0041000000000000}).flags, record_marker);
  const BinaryRecord enable = only(Word{0x00810000000d0008});
  EXPECT_EQ(enable.flags, record_enable);
  EXPECT_EQ(db().registers()[enable.reg].full_name, "PC_OPERATION_ENABLE");
}

TEST(BinaryRecord, UnknownAndForeignWordsKeepTheirBits) {
  const BinaryRecord unknown = only(Word::make(0x0201, 0x1ffc, 5));
  EXPECT_EQ(unknown.reg, no_register);
  EXPECT_EQ(unknown.block, static_cast<std::uint8_t>(Block::cna));
  EXPECT_EQ(unknown.flags, record_unknown);
  // The offset is one of the CNA, the target that of the DPU: no register of either.
  EXPECT_EQ(only(Word::make(0x1001, 0x1040, 5)).reg, no_register);
  const BinaryRecord foreign = only(Word{0xbf01000000001040});
  EXPECT_EQ(foreign.flags, record_foreign);
  EXPECT_EQ(foreign.block, no_block);
  EXPECT_EQ(foreign.word().raw, 0xbf01000000001040u);
}

TEST(BinaryRecord, PositionsWrapAround) {
  EXPECT_EQ(decode({Word{}, Word{}}, 0xffffffffu).back().position, 0u);
}

TEST(BinaryRecord, EveryWordComesBackAndAgreesWithTheDatabase) {
  std::mt19937_64 random(1);
  std::vector<Word> words;
  for (const Register& reg : db().registers()) {
    for (const BlockFacts& block : block_facts)
      words.push_back(Word::make(block.target, reg.offset, static_cast<std::uint32_t>(random())));
  }
  for (int i = 0; i < 100000; ++i) words.push_back(Word{random()});
  const auto records = decode(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    ASSERT_EQ(records[i].word(), words[i]);
    ASSERT_EQ(records[i].position, i);
    const Register* reg = db().at(words[i].offset());
    const bool enable = is_operation_enable(words[i]);
    const bool known = reg != nullptr && reg->block &&
                       (enable || (words[i].target() == target_of(*reg->block) &&
                                   reg->offset != offset_operation_enable));
    ASSERT_EQ(records[i].reg != no_register, known) << i;
    if (known) {
      ASSERT_EQ(&db().registers()[records[i].reg], reg);
    }
  }
}

}  // namespace
}  // namespace npuscope
