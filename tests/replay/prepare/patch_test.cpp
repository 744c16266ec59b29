// Fields as people name them, and the words that change.
#include "replay/prepare/patch.h"

#include <gtest/gtest.h>

#include <cstring>

#include "decoder/word.h"
#include "regdb/register_fields.h"

namespace npuscope {
namespace {

constexpr std::uint32_t base = 0x1000;
constexpr std::size_t body_words = 3;

Word cna(std::uint16_t offset, std::uint32_t value) {
  return Word::make(target_of(Block::cna), offset, value);
}

// Two records of three words and a tail; lane 0 runs both, lane 1 the second one twice.
Image example() {
  std::vector<Word> words;
  for (std::uint32_t record = 0; record < 2; ++record) {
    words.push_back(cna(reg::CNA_CBUF_CON0, 0xb1));
    words.push_back(cna(reg::CNA_DATA_SIZE0, 0x00380010));
    words.push_back(record == 0 ? cna(reg::CNA_CBUF_CON1, 7) : Word{0});
    words.insert(words.end(), tail_words, Word{0});
  }
  // A constant behind them that looks like a command is none.
  words.push_back(cna(reg::CNA_CBUF_CON0, 0x55));
  Image image;
  std::vector<std::byte> content(words.size() * sizeof(Word));
  std::memcpy(content.data(), words.data(), content.size());
  image.buffers = {{"commands", BufferRole::commands, base, 0x1000, std::move(content)}};
  Task first, second;
  first.regcfg_amount = second.regcfg_amount = body_words;
  first.regcmd_addr = base;
  second.regcmd_addr = base + (body_words + tail_words) * sizeof(Word);
  image.lanes = {{0, {first, second}, 0}, {1, {second, second}, 0}};
  return image;
}

std::uint32_t value_at(const Image& image, std::size_t record, std::size_t word) {
  Word found;
  std::memcpy(
      &found.raw,
      image.buffers[0].content.data() + (record * (body_words + tail_words) + word) * sizeof(Word),
      sizeof found.raw);
  return found.value();
}

Patch patch(std::string_view text) {
  const auto parsed = parse_patch(text, RegisterDb::builtin());
  EXPECT_TRUE(parsed) << parsed.error().text();
  return parsed.value_or(Patch{});
}

std::string refusal(std::string_view text) {
  const auto parsed = parse_patch(text, RegisterDb::builtin());
  if (parsed) return "parsed";
  EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  return parsed.error().text();
}

TEST(Patch, NamesAFieldOfATask) {
  const Patch one = patch("task[3].cna.data_size0.datain_height=6");
  EXPECT_EQ(one.task, 3U);
  EXPECT_EQ(one.offset, reg::CNA_DATA_SIZE0);
  EXPECT_EQ(one.mask, 0x7ffU);
  EXPECT_EQ(one.bits, 6U);
  const Patch banks = patch("CNA_CBUF_CON0_WEIGHT_BANK=0xa");
  EXPECT_FALSE(banks.task);
  EXPECT_EQ(banks.mask, 0xf0U);
  EXPECT_EQ(banks.bits, 0xa0U);
  const Patch whole = patch("task[*].CNA_CBUF_CON1=0xffffffff");
  EXPECT_FALSE(whole.task);
  EXPECT_EQ(whole.mask, 0xffffffffU);
  EXPECT_EQ(whole.bits, 0xffffffffU);
}

TEST(Patch, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(refusal("cna.cbuf_con0"),
            "--set=cna.cbuf_con0: no value (as task[3].cna.data_size0.datain_height=6)");
  EXPECT_EQ(refusal("task[3.cna.cbuf_con0=1"),
            "--set=task[3.cna.cbuf_con0=1: `task[` is not closed (as "
            "task[3].cna.data_size0.datain_height=6)");
  EXPECT_EQ(refusal("task[x].cna.cbuf_con0=1"),
            "--set=task[x].cna.cbuf_con0=1: `x` is no number of a task (as "
            "task[3].cna.data_size0.datain_height=6)");
  EXPECT_EQ(refusal("cna.cbuf_con0=many"),
            "--set=cna.cbuf_con0=many: `many` is no number (as "
            "task[3].cna.data_size0.datain_height=6)");
  EXPECT_EQ(refusal("cna.cbuf_con0="),
            "--set=cna.cbuf_con0=: `` is no number (as task[3].cna.data_size0.datain_height=6)");
  EXPECT_EQ(refusal("cna.cbuf_con0.weight_bank=16"),
            "--set=cna.cbuf_con0.weight_bank=16: the field holds at most 0xf (values are raw, as "
            "the field holds them)");
  EXPECT_EQ(refusal("cna.cbuf_con0=0x100000000"),
            "--set=cna.cbuf_con0=0x100000000: the field holds at most 0xffffffff (values are raw, "
            "as the field holds them)");
  EXPECT_EQ(refusal("zebra=1"),
            "--set=zebra=1: there is no field `zebra` (`npuscope regs NAME` finds names)");
  EXPECT_EQ(refusal("cna.cbuf_com0=1"),
            "--set=cna.cbuf_com0=1: there is no field `cna.cbuf_com0` (perhaps CNA_CBUF_CON0, "
            "CNA_CBUF_CON1, CNA_CVT_CON0)");
}

TEST(Patch, RefusesNamesThatMeanSeveral) {
  const std::string text = refusal("s_pointer=1");
  EXPECT_TRUE(text.starts_with("--set=s_pointer=1: `s_pointer` means several (in full: CNA_"))
      << text;
  EXPECT_NE(text.find("DPU_S_POINTER"), std::string::npos) << text;
}

TEST(Patch, ChangesTheFieldAndNothingElse) {
  Image image = example();
  const auto changed = apply(patch("task[0].cna.cbuf_con0.data_bank=2"), image);
  ASSERT_TRUE(changed) << changed.error().text();
  EXPECT_EQ(*changed, 2U) << "task 0 of each lane, and these are two records";
  EXPECT_EQ(value_at(image, 0, 0), 0xb2U);
  EXPECT_EQ(value_at(image, 0, 1), 0x00380010U);
  EXPECT_EQ(value_at(image, 1, 0), 0xb2U);
  Image other = example();
  other.lanes.pop_back();
  ASSERT_EQ(apply(patch("task[0].cna.cbuf_con0.data_bank=2"), other).value_or(0), 1U);
  EXPECT_EQ(value_at(other, 1, 0), 0xb1U);
}

TEST(Patch, CountsWordsOfASharedRecordOnce) {
  Image image = example();
  EXPECT_EQ(apply(patch("cna.data_size0.datain_height=1"), image).value_or(0), 2U);
  EXPECT_EQ(value_at(image, 0, 1), 0x00380001U);
  EXPECT_EQ(value_at(image, 1, 1), 0x00380001U);
}

TEST(Patch, LeavesConstantsAlone) {
  Image image = example();
  const std::vector<std::byte> before = image.buffers[0].content;
  ASSERT_TRUE(apply(patch("cna.cbuf_con0=0"), image));
  EXPECT_TRUE(std::equal(before.end() - 8, before.end(), image.buffers[0].content.end() - 8));
}

TEST(Patch, SaysWhatIsNotThere) {
  Image image = example();
  const auto task = apply(patch("task[2].cna.cbuf_con0=0"), image);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().text(), "--set: there is no task 2 (they count from 0 in each lane)");
  const auto word = apply(patch("task[1].cna.cbuf_con1=0"), image);
  ASSERT_FALSE(word);
  EXPECT_EQ(word.error().text(),
            "--set: the task has no word of that register (it has the value from two tasks back: "
            "set it there)");
  image.lanes[0].tasks[0].regcmd_addr = 0xfffffff8;  // in no buffer
  image.lanes.resize(1);
  EXPECT_FALSE(apply(patch("task[0].cna.cbuf_con0=0"), image));
}

}  // namespace
}  // namespace npuscope
