// The traps that tools before this one fell into, CF-1 to CF-26 of the format's description, and
// that each is avoided. Where another test shows it in full, its name is given; a check stands here
// all the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "decoder/emit/emit_reader.h"
#include "decoder/evidence.h"
#include "decoder/program/find_programs.h"
#include "decoder/program/locate.h"
#include "decoder/program/register_state.h"
#include "decoder/program/scan.h"
#include "decoder/program/task_table.h"
#include "tests/decoder/input/text_helpers.h"
#include "tests/support/emit_helpers.h"
#include "tests/support/manifest.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

std::size_t words_of(const ProgramSet& set) {
  std::size_t sum = 0;
  for (const Record& record : set.records) sum += record.known_words();
  return sum;
}

constexpr const char* c64_h56 =
    "live-logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log";
constexpr const char* wrong_window =
    "live-logs/capture_rknpu_submit_dump_gems_pw_c256_h14_live_regcmd_832_20260524_131749.log";
constexpr const char* add8 = "gem-text/ops_rknn_add_8_dump.txt";
constexpr const char* six_tiles = "emit-text/channeltile_6tile_emit.txt";

TEST(Traps, TrapCF01_FullAddressesAreSubtracted) {
  // A stream that crosses a multiple of 0x100000: modulo a mask it would come before its own base.
  Placement placement;
  placement.base = 0xffdff000;
  placement.stream_offset = 0x800;
  for (const bool stated : {true, false}) {
    placement.state_address = stated;
    const Capture capture = capture_of(lanes_of_one_layer(), placement);
    const auto sets = find_programs(capture);
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0].records.size(), 14U);
    EXPECT_EQ(sets[0].base, 0xffdff000U);
    EXPECT_GT(sets[0].tasks.back().task.regcmd_addr, 0xffe00000U);
  }
}

TEST(Traps, TrapCF02_RecordsAreCutByAddressAndAmountNotAtARegisterName) {
  // CBUF_CON0 is the 12th word of a 104-word record; splitting there moves 11 words.
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const Capture capture = capture_of(stream);
  const auto sets = find_programs(capture);
  const Record& record = *sets[0].record_of(2);
  ASSERT_EQ(record.body_words, 104U);
  EXPECT_EQ(record.word(0)->offset(), 0x4004);
  EXPECT_EQ(record.word(11)->offset(), 0x1040);
}

TEST(Traps, TrapCF03_TheFirstRecordBeginsAtItsAddress) {
  // A 108-word record begins with CBUF_CON0; windows assumed 0x30 earlier lose its last 6 words.
  const Capture capture = capture_of(lanes_of_one_layer());
  const auto sets = find_programs(capture);
  EXPECT_EQ(sets[0].records[0].word(0)->offset(), 0x1040);
  EXPECT_EQ(sets[0].records[0].word(107)->offset(), 0x412c);
}

TEST(Traps, TrapCF04_EveryWriteIsKeptInOrder) {
  const Capture capture = capture_of(lanes_of_one_layer());
  const auto sets = find_programs(capture);
  std::map<std::uint16_t, std::size_t> writes;
  std::size_t words = 0;
  sets[0].records[0].for_each_word([&](std::size_t index, Word word) {
    EXPECT_EQ(index, words++);
    ++writes[word.offset()];
  });
  // Four registers are written twice in the 108-word record, and a zero write is a write.
  for (const std::uint16_t offset :
       {std::uint16_t{0x1040}, std::uint16_t{0x1104}, std::uint16_t{0x1100}, std::uint16_t{0x100c}})
    EXPECT_EQ(writes[offset], 2U);
  EXPECT_EQ(words, 112U);
  EXPECT_EQ(sets[0].record_of(4)->word(0)->offset(), 0x6004);  // PPU rows are there
}

TEST(Traps, TrapCF05_CapturesAreNotKeyedByTheirName) {
  NPUSCOPE_NEEDS_CORPUS();
  // Two files of different names hold the same geometry; each is read in full.
  std::size_t rows = 0;
  for (const char* slug : {"c128_h56_dw_by_yk", "c128_h56_oc128"}) {
    const Capture capture = read_corpus(std::string("decoded-json/") + slug + ".json");
    ASSERT_NE(capture.evidence, nullptr);
    EXPECT_EQ(capture.evidence->slug, slug);
    rows += capture.evidence->rows.size();
  }
  EXPECT_EQ(rows, 22U);
}

TEST(Traps, TrapCF06_AWindowOfWeightsIsNoCaptureOfCommands) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus(wrong_window);
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(words_of(sets[0]), 0U);
  EXPECT_EQ(sets[0].tasks.size(), 11U);
}

TEST(Traps, TrapCF07_ZeroWordsKeepTheirPlace) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const auto bytes = assembled(decoded(OutputFormat::emit, opened(capture_of(stream))));
  ASSERT_TRUE(bytes);
  const auto words = words_in(*bytes);
  EXPECT_EQ(std::count(words.begin(), words.end(), 0U),
            std::count(stream.words.begin(), stream.words.end(), 0U));
  EXPECT_EQ(words.size(), stream.words.size());
}

TEST(Traps, TrapCF08_UnknownRegistersAreNamedStubsWithTheirWord) {
  const EmitFormat format(RegisterDb::builtin());
  const EmitReader reader(format);
  std::vector<char> room(format.max_line());
  const Word word = Word::make(0x0801, 0x3ff8, 0x1234);
  char* end = format.write_line(room.data(), 0, word);
  const std::string line(room.data(), end);
  EXPECT_NE(line.find("REG_CORE_UNKNOWN_3ff8, 0x00001234"), std::string::npos) << line;
  EXPECT_EQ(
      *reader.from_names(line.substr(line.find("EMIT("), line.rfind(';') - line.find("EMIT("))),
      word);
}

TEST(Traps, TrapCF09_TheWholeTargetCounts) {
  for (unsigned target = 0; target <= 0xffff; ++target) {
    const bool known = target == 0x0101 || target == 0x0201 || target == 0x0401 ||
                       target == 0x0801 || target == 0x1001 || target == 0x2001 ||
                       target == 0x4001 || target == 0x8001;
    ASSERT_EQ(block_of_target(static_cast<std::uint16_t>(target)).has_value(), known) << target;
  }
  // Weights whose single bits look like PC and CNA.
  EXPECT_FALSE(is_plausible_command(Word::make(0xbf01, 0x0010, 1)));
  EXPECT_FALSE(is_plausible_command(Word::make(0xbe01, 0x1040, 1)));
  EXPECT_TRUE(is_marker(Word{0x0041000000000000}));
  EXPECT_TRUE(is_operation_enable(Word{0x00810000000d0008}));
}

TEST(Traps, TrapCF10_TheBlockOwnsThePageOfTheRegister) {
  const EmitFormat format(RegisterDb::builtin());
  EXPECT_NE(format.register_of(Word::make(0x0201, 0x1040, 0)), nullptr);
  constexpr std::array<std::uint16_t, 7> others{0x0000, 0x0101, 0x0801, 0x1001,
                                                0x2001, 0x4001, 0x8001};
  for (const std::uint16_t target : others) {
    EXPECT_EQ(format.register_of(Word::make(target, 0x1040, 0)), nullptr) << target;
    EXPECT_FALSE(is_plausible_command(Word::make(target, 0x1040, 0)));
  }
}

TEST(Traps, TrapCF11_TheBaseIsDerivedAndItsSourceSaid) {
  NPUSCOPE_NEEDS_CORPUS();
  // The printed addresses of this text follow a stale log; the tasks say 0xffd70000.
  const Capture capture = read_corpus(add8);
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].base, 0xffd70000U);
  EXPECT_FALSE(sets[0].base_source.empty());
  // Here a command word is printed as base; the true one follows from links between records.
  const Capture text = read_corpus(six_tiles);
  const auto tiles = find_programs(text);
  ASSERT_EQ(tiles.size(), 1U);
  EXPECT_EQ(tiles[0].base + tiles[0].window().first, 0xffff8000U + 0x1a00);
  EXPECT_NE(tiles[0].base_source.find("links"), std::string::npos);
}

TEST(Traps, TrapCF12_EveryConditionOfTheStrictTaskTest) {
  // In full: StrictTaskTest.EachConditionAloneRefuses.
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus(add8);
  const auto tables = find_task_tables(capture);
  // The table, and its relative copy behind the commands; another tool lists 75 false tasks more.
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].tasks.size(), 28U);
  EXPECT_TRUE(is_copy(tables[0], tables[1]));
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].tasks.size(), 28U);
}

TEST(Traps, TrapCF13_RegdumpIsLossy) {
  NPUSCOPE_NEEDS_CORPUS();
  // In full: Regdump.AConstantValueColumnIsRejected.
  const Capture capture = read_corpus("gem-raw/wtwver-dump/gem2_regdump.bin");
  ASSERT_EQ(capture.buffers.size(), 1U);
  EXPECT_EQ(capture.buffers[0].trust, Trust::lossy);
  EXPECT_TRUE(find_task_tables(capture).empty());
}

TEST(Traps, TrapCF14_HexAndFieldsColoursAndOtherFieldTypes) {
  const EmitFormat format(RegisterDb::builtin());
  const EmitReader reader(format);
  for (const char* arguments :
       {"0x1b", "27", "DATA_BANK(11) | WEIGHT_BANK(1)", "DATA_BANK(11) | 0x10"}) {
    const auto word = reader.from_names(std::string("REG_CNA_CBUF_CON0, ") + arguments);
    ASSERT_TRUE(word) << arguments;
    EXPECT_EQ(word->value(), 0x1bU);
  }
  EmitLine line;
  ASSERT_TRUE(reader.read("EMIT(REG_CNA_CBUF_CON\x1b[0m\x1b[33m0\x1b[0m, 0x1b);",
                          EmitCheck::verified, line));
  EXPECT_EQ(line.word.raw, 0x02010000001b1040U);
}

TEST(Traps, TrapCF15_NoRegisterBeginsARecord) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus(c64_h56);
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].tasks.size(), 14U);    // not 58
  EXPECT_EQ(sets[0].records.size(), 14U);  // not 30
}

TEST(Traps, TrapCF16_MarkerAndEnableAreStreamWordsAndOffsetsAreAligned) {
  // Moved by one byte, the words of a stream are no words: no phantom records.
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  for (const std::size_t shift : {1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    Capture capture;
    std::vector<std::byte> bytes(shift);
    const auto words = stream.bytes();
    bytes.insert(bytes.end(), words.begin(), words.end());
    add_buffer(capture, "moved", std::move(bytes));
    EXPECT_TRUE(scan_for_records(capture.buffers[0]).empty()) << shift;
  }
  Capture capture;
  add_buffer(capture, "aligned", stream.bytes());
  EXPECT_EQ(scan_for_records(capture.buffers[0]).size(), 14U);
}

TEST(Traps, TrapCF17_OperationEnableAloneSplitsNothing) {
  // Two words like OPERATION_ENABLE, value 0, stand among the weights before the stream.
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  std::vector<std::uint64_t> words{
      0x3c00bc003c00bc00, enable_word(0).raw, 0x3c00bc003c00bc00, enable_word(0).raw, 5, 6, 7, 8};
  words.insert(words.end(), stream.words.begin(), stream.words.end());
  const Capture capture = capture_of_words(words);
  const auto records = scan_for_records(capture.buffers[0]);
  ASSERT_EQ(records.size(), 14U);
  EXPECT_EQ(records[0].offset, 64U);
}

TEST(Traps, TrapCF18_TileFamiliesAndGroupsHaveNames) {
  const Register* conv_con2 = RegisterDb::builtin().named("CNA_CONV_CON2");
  ASSERT_NE(conv_con2, nullptr);
  const Field* family = conv_con2->field("TILE_FAMILY");
  ASSERT_NE(family, nullptr);
  EXPECT_EQ(family->low, 28U);
  EXPECT_EQ(family->high, 30U);
  for (const std::uint32_t code : {0U, 1U, 2U, 4U, 5U})
    EXPECT_NE(family->values->find(code), nullptr);
  EXPECT_EQ(family->values->find(3), nullptr);
  const Register* amounts = RegisterDb::builtin().named("PC_REGISTER_AMOUNTS");
  ASSERT_NE(amounts->field("CORE_GROUP"), nullptr);
  EXPECT_EQ(amounts->field("CORE_GROUP")->extract(0x00020035), 2U);
  EXPECT_EQ(amounts->field("CORE_GROUP")->extract(0x40020035), 2U);  // flags of old compilers
}

TEST(Traps, TrapCF19_TornLinesAndAddressesOfListings) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture torn =
      read_corpus("ioctl-logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log");
  EXPECT_EQ(events_of(torn, "MEM_SYNC"), 15U);  // 14 stand at the begin of a line
  const Capture listing = read_corpus("gem-text/dump-dumb");
  const auto sets = find_programs(listing);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets[0].base, 0xffff0000U);  // the listing prints 0xffef0000
}

TEST(Traps, TrapCF20_StatusIsAFieldNotASubstring) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus("sweep-logs/conv_grok_217_sweep_20260710_104525_detail.log");
  std::map<std::string, std::size_t> counts;
  for (const SweepEntry& entry : capture.sweep) ++counts[entry.status];
  EXPECT_EQ(counts,
            (std::map<std::string, std::size_t>{{"ERROR", 6}, {"FAIL", 59}, {"PASS", 152}}));
}

TEST(Traps, TrapCF21_OneRecordWithoutTail) {
  // In full: Scan.ADumpOfOneRecordWithoutTail.
  std::vector<std::uint64_t> words;
  for (const Word word : body_of(104, 3)) words.push_back(word.raw);
  const Capture capture = capture_of_words(words);
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  ASSERT_EQ(sets[0].records.size(), 1U);
  EXPECT_EQ(sets[0].records[0].known_words(), 104U);
  EXPECT_TRUE(sets[0].inferred);
}

TEST(Traps, TrapCF22_TwoBackPerBlockPartitionAndLinks) {
  // The barrier between two convolutions does not count as a task of their blocks.
  RegisterState state;
  state.write(0, 0, Word::make(0x0201, 0x1020, 1));
  state.launch(0x0d);
  state.write(1, 0, Word::make(0x0201, 0x1020, 2));
  state.launch(0x0d);
  state.launch(0x60);
  ASSERT_NE(state.find(0x1020), nullptr);
  EXPECT_EQ(state.find(0x1020)->value, 1U);
  const Capture capture = capture_of(lanes_with_shared_records());
  const auto sets = find_programs(capture);
  EXPECT_EQ(lanes_text(sets[0]), "4|5+4|5+4+4");
  EXPECT_TRUE(sets[0].programs[0].submitted);
  EXPECT_FALSE(sets[0].programs[1].submitted);
  EXPECT_EQ(sets[0].tasks[5].link, LinkKind::jump_over_shared);
}

TEST(Traps, TrapCF23_NothingIsReadThatWasNotGiven) {
  NPUSCOPE_NEEDS_CORPUS();
  // A file of a folder alone: its neighbours are not consulted.
  const Capture capture = read_corpus("gem-raw/wtwver-dump/gem2-dump");
  EXPECT_EQ(capture.buffers.size(), 1U);
  for (const Buffer& buffer : capture.buffers)
    EXPECT_NE(buffer.place.file.find("gem2-dump"), std::string::npos);
  for (const ProgramSet& set : find_programs(capture)) EXPECT_EQ(set.stream_buffer, 0U);
}

TEST(Traps, TrapCF24_EqualityIsEqualityOfWords) {
  // Same name, same size, one word differs: the copies of their tables are equal, their words not.
  const SyntheticStream a = lay_out(lanes_of_one_layer());
  SyntheticStream b = a;
  b.words[50] ^= std::uint64_t{1} << 20U;
  const Capture first = capture_of(a), second = capture_of(b);
  const auto one = find_programs(first), two = find_programs(second);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < 112; ++i)
    differ += one[0].records[0].word(i) != two[0].records[0].word(i) ? 1 : 0;
  EXPECT_EQ(differ, 1U);
}

TEST(Traps, TrapCF25_RowsAreGroupsOf32BitsListingsAreWholeWords) {
  const Capture rows = read_one(
      "gem flink 2: ret=0 handle=3 size=16\n[00000000] = 00b11040 02010000 00001104 02010000\n");
  ASSERT_FALSE(rows.buffers.empty());
  EXPECT_EQ(word_at(rows.buffers[0], 0), 0x0201000000b11040U);
  EXPECT_EQ(word_at(rows.buffers[0], 8), 0x0201000000001104U);
  const Capture listing = read_one(
      "[ffef0000] lsb 0201000000b11040 - paddr 000000b1, 0201 1040\n"
      "[ffef0008] lsb 0201000000001104 - paddr 00000000, 0201 1104\n");
  ASSERT_FALSE(listing.buffers.empty());
  EXPECT_EQ(word_at(listing.buffers[0], 0), 0x0201000000b11040U);
}

TEST(Traps, TrapCF26_TruncatedAndHostileInputIsSurvived) {
  // In full: the property tests; here every truncation of a small capture, through every output.
  const SyntheticStream stream = lay_out({{record_of(108, 1), record_of(12, 2)}});
  for (std::size_t keep = 0; keep <= 8 * 112; keep += 3) {
    Placement placement;
    placement.stream_offset = 0;
    Capture capture = capture_of(stream, placement);
    Buffer& buffer = capture.buffers[1];
    buffer.pieces[0].bytes = buffer.pieces[0].bytes.first(keep);
    if (keep == 0) buffer.pieces.clear();
    const auto inputs = opened(std::move(capture));
    ASSERT_EQ(inputs[0].sets.size(), 1U) << keep;
    EXPECT_EQ(words_of(inputs[0].sets[0]), keep / 8) << keep;
    for (const OutputFormat format :
         {OutputFormat::emit, OutputFormat::jsonl, OutputFormat::table, OutputFormat::c})
      EXPECT_FALSE(decoded(format, inputs, {.cores = 0, .state = true}).empty());
  }
  // Every trust class has a name to print.
  std::set<std::string_view> names;
  for (const Trust trust :
       {Trust::raw, Trust::text, Trust::filtered, Trust::lossy, Trust::text_only})
    names.insert(name_of(trust));
  EXPECT_EQ(names.size(), 5U);
}

}  // namespace
}  // namespace npuscope::testing
