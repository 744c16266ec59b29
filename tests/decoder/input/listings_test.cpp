// EMIT text, lsb listings and task lists: words and entries that a tool has decoded before us.
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

const std::string rows =
    "gem flink 2: ret=0 handle=3 size=48\n"
    "[00000000] = 00000000 00000000 00000000 00000000\n"
    "[00000010] = 00b11040 02010000 00001104 02010000\n"
    "[00000020] = 000d0008 00810000 00000000 00000000\n";

TEST(EmitText, TheWordIsTheTruthAndPositionsAreDifferencesOfAddresses) {
  const Capture capture = read_one(
      "[0x201000000002a60] lsb 02010000001b1040 - CNA    EMIT(REG_CNA_CBUF_CON0, WRONG(7));\n\n"
      "[0x201000000002a70] lsb 0801000000003030 - CORE Unknown\r\n"
      "\x1b[96m[\x1b[96m0x201000000002a78\x1b[0m]\x1b[0m \x1b[97mlsb 00810000000d0008\x1b[0m - "
      "noone\n");
  ASSERT_EQ(capture.buffers.size(), 1u);
  const Buffer& words = capture.buffers[0];
  EXPECT_EQ(words.name, "EMIT listing 1");
  EXPECT_EQ(word_at(words, 0), 0x02010000001b1040u);
  EXPECT_TRUE(words.bytes_at(8, 8).empty());  // a zero word or a removed line: unknown (CF-7)
  EXPECT_EQ(word_at(words, 0x10), 0x0801000000003030u);
  EXPECT_EQ(word_at(words, 0x18), 0x00810000000d0008u);
  EXPECT_EQ(words.trust, Trust::text);  // a write of value 0 is there
  EXPECT_FALSE(words.device_address.has_value());
  EXPECT_EQ(fact_of(capture, "emit.printed_base"), "0x201000000002a60");
}

TEST(EmitText, TextWithoutAnyZeroIsFiltered) {
  const Capture capture =
      read_one("[0x1000] lsb 02010000001b1040 - CNA EMIT(REG_CNA_CBUF_CON0, 0x0000001b);\n");
  EXPECT_EQ(capture.buffers[0].trust, Trust::filtered);
  EXPECT_TRUE(says(capture, "the text was filtered"));
}

TEST(EmitText, BesideHexRowsItIsOnlyCompared) {
  const std::string good =
      "[0xffff0010] lsb 0201000000b11040 - CNA EMIT(REG_X, 0x1);\n"
      "[0xffff0018] lsb 0201000000001104 - CNA EMIT(REG_X, 0x0);\n";
  const std::string last = "[0xffff0020] lsb 00810000000d0008 - noone EMIT(REG_X, 0x1);\n";
  const std::string about = "Processing GEM Flink 2 for Register Decode\n";
  const Capture equal = read_one(rows + about + good + last);
  ASSERT_EQ(equal.buffers.size(), 1u);
  EXPECT_EQ(fact_of(equal, "listing.gem2.words_equal"), "3 of 3");
  EXPECT_TRUE(equal.diagnostics.empty());
  const Capture fewer = read_one(rows + about + good);
  EXPECT_TRUE(says(fewer, "2 non-zero words, the hex rows have 3"));
  const Capture wrong = read_one(
      rows + about + "DEBUG: base selection for GEM 2: dma_base=1 chosen=0xffff0000 commands=3\n" +
      good + "[0xffff0020] lsb 00810000000e0008 - noone EMIT(REG_X, 0x1);\n");
  EXPECT_TRUE(says(wrong, "2 of 3 listed words are equal"));
  EXPECT_EQ(word_at(wrong.buffers[0], 0x20), 0x00810000000d0008u);
}

TEST(EmitText, NamesWithoutWordsWaitForTheRegisterDatabase) {
  const Capture capture = read_one(
      "WARNING: target 0x0 doesn't match register's domain 0x100\n"
      "EMIT(REG_CNA_DCOMP_REGNUM, 0x0);\n"
      "  EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_WEIGHT_BANK(1) | CNA_CBUF_CON0_FLAG);\n");
  ASSERT_EQ(capture.named_writes.size(), 2u);
  EXPECT_EQ(capture.named_writes[0].register_full_name, "CNA_DCOMP_REGNUM");
  EXPECT_EQ(capture.named_writes[0].argument_text, "0x0");
  EXPECT_EQ(capture.named_writes[1].argument_text,
            "CNA_CBUF_CON0_WEIGHT_BANK(1) | CNA_CBUF_CON0_FLAG");
  EXPECT_EQ(capture.named_writes[1].place.text(), "made.log:3");
  EXPECT_EQ(capture.kind, "EMIT text without words");
}

TEST(EmitText, CSourceIsNoCapture) {
  const auto refused = read_text(
      in_memory("void f(int mode) {\n  EMIT(REG_CNA_CONV_CON1, CNA_CONV_CON1_CONV_MODE(mode));\n"
                "  EMIT(REG_CNA_DCOMP_REGNUM, 0x0);\n}\n",
                "main.c"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(refused.error().text(),
            "main.c: this is C source with variables in its EMIT lines, not a capture (run the "
            "program under `npuscope record` and open what that writes)");
  const Capture mixed = read_one(rows + "EMIT(REG_CNA_CONV_CON1, mode | 1);\n");
  EXPECT_TRUE(says(mixed, "C source"));
}

TEST(EmitText, TornAndHostileLines) {
  const Capture capture = read_one(
      "[0x1000] lsb 0201\n[0x1000] lsb 02010000001b104\n[0xfffffffffffffffff] lsb 0\n"
      "[0x1000] lsb 0201000000001040 - CNA\n"
      "[0xffffffffffffffff] lsb 0201000000001040 - CNA\n[ffef0000] lsb 12\n");
  EXPECT_TRUE(says(capture, "in the middle of its word"));
  EXPECT_TRUE(says(capture, "beyond 4 GiB"));
}

TEST(EmitText, SixTileFileIsFilteredAndPartlyFalse) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus("emit-text/channeltile_6tile_emit.txt");
  EXPECT_EQ(lines_of(capture, "EMIT"), 1084u);
  ASSERT_EQ(capture.buffers.size(), 1u);
  const Buffer& words = capture.buffers[0];
  EXPECT_EQ(words.trust, Trust::filtered);
  EXPECT_EQ(words.known_bytes(), 8u * 1084);
  std::size_t plausible = 0;
  for (const Piece& piece : words.pieces) {
    const WordView view(piece.bytes);
    for (std::size_t i = 0; i < view.size(); ++i) plausible += is_plausible_command(view[i]);
  }
  EXPECT_EQ(plausible, 1045u);  // 39 false decodes
  // The first record lies at 0x1a00 of the object; the first line at 0x1628.
  EXPECT_EQ(fact_of(capture, "emit.printed_base"), "0x201000000002688");
  EXPECT_EQ(WordView(words.bytes_at(0x1a00 - 0x1628, 8))[0].offset(), 0x1040);
}

TEST(LsbListing, BothDialectsAndNoHexRows) {
  const Capture capture = read_one(
      "[ffef0000] lsb 02010000000e1004 - paddr 0000000e, 0201 1004\n"
      "[ffef0008] lsb 0000000000000000 - paddr 00000000, 0000 0000\n"
      "[ffef0010] lsb 00810000000d0008 - tgt noone Enable op [0008 - (null)] = 0000000d\n");
  const Buffer* words = buffer_of(capture, "lsb listing 1");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->known_bytes(), 24u);
  EXPECT_EQ(word_at(*words, 8), 0u);
  EXPECT_EQ(words->trust, Trust::text);
  EXPECT_FALSE(words->device_address.has_value());
  EXPECT_EQ(fact_of(capture, "lsb.printed_base"), "0xffef0000");
}

const std::string task_text =
    "Decoded rknpu_task entries for GEM 4\n\nTask 0 @ offset \x1b[96m0x0028\x1b[0m\n"
    "  flags        : 0x00000000\n  op_idx       : 2 (0x00000002)\n"
    "  enable_mask  : 0x0000000d\n  int_mask     : 0x00000300\n  int_clear    : 0x0001ffff\n"
    "  int_status   : 0x00000000\n  regcfg_amount: 108 entries (0x0000006c)\n"
    "  regcfg_offset: 0x00000007\n";

TEST(TaskList, AnEntryBecomesItsFortyBytes) {
  const Capture capture = read_one(task_text + "  regcmd_addr  : 0x00000000ffd70880\n\n");
  const Buffer* gem = buffer_of(capture, "GEM 4");
  ASSERT_TRUE(gem);
  const Task task = load_task(gem->bytes_at(0x28, task_bytes));
  EXPECT_EQ(task, (Task{0, 2, 0xd, 0x300, 0x1ffff, 0, 108, 7, 0xffd70880}));
  EXPECT_EQ(fact_of(capture, "gem4.listed_tasks"), "1");
}

TEST(TaskList, IncompleteEntriesAreIgnoredWithAWarning) {
  const Capture capture = read_one(task_text + "Task 1 @ offset 0x0050\n  flags        : 0x0\n");
  EXPECT_TRUE(capture.buffers.empty() || capture.buffers[0].known_bytes() == 0);
  EXPECT_TRUE(says(capture, "less than nine fields"));
}

TEST(TaskList, OlderListsGiveAddressesNotDifferences) {
  const Capture capture = read_one("[0] -114672\n\tffff0000\n[1] 672\n\tffff0380\n[2] -9\n\t0\n");
  ASSERT_EQ(events_of(capture, "task_address"), 2u);
  EXPECT_EQ(capture.events[1].number("regcmd_addr"), 0xffff0380u);
}

}  // namespace
}  // namespace npuscope
