#include <fstream>
#include <iterator>

#include "decoder/input/regdump.h"
#include "decoder/model.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

FileBytes words_file(const std::vector<std::uint64_t>& words, std::string name) {
  return in_memory({reinterpret_cast<const char*>(words.data()), words.size() * 8},
                   std::move(name));
}

// A made-up stream: four CNA, four DPU writes, the marker, OPERATION_ENABLE.
std::vector<std::uint64_t> stream() {
  std::vector<std::uint64_t> words;
  for (std::uint16_t i = 0; i < 4; ++i) {
    words.push_back(Word::make(0x0201, static_cast<std::uint16_t>(0x1010 + 4 * i), i + 1u).raw);
    words.push_back(Word::make(0x1001, static_cast<std::uint16_t>(0x4010 + 4 * i), i + 9u).raw);
  }
  words.push_back(Word::make(0x0101, 0x14, 5).raw);
  words.push_back(Word::make(0x0041, 0, 0).raw);
  words.push_back(Word::make(0x0081, 8, 13).raw);
  return words;
}

std::vector<std::uint64_t> lossy(std::vector<std::uint64_t> words) {
  for (std::uint64_t& word : words) {
    const std::uint64_t target = word >> 48U;
    const std::uint64_t stored = target == 0x41 || target == 0x81 ? 0 : target & 0xfffeU;
    word = (word & 0xffffffffffffU) | stored << 48U;
  }
  return words;
}

TEST(RawGem, FilesBecomeBuffersAndNamesAreLabels) {
  const auto capture =
      read_raw_gems({words_file({1, 2}, "d/gem2-dump"), words_file({3}, "d/other")}, "d");
  ASSERT_TRUE(capture);
  ASSERT_EQ(capture->buffers.size(), 2u);
  EXPECT_EQ(capture->buffers[0].name, "gem2-dump");
  EXPECT_EQ(capture->buffers[0].gem, 2u);
  EXPECT_EQ(capture->buffers[0].role, BufferRole::unknown);  // numbers say nothing about roles
  EXPECT_FALSE(capture->buffers[1].gem.has_value());
  EXPECT_EQ(word_at(capture->buffers[0], 8), 2u);
  EXPECT_EQ(capture->buffers[0].trust, Trust::raw);
}

TEST(RawGem, OddSizesAreNoted) {
  const auto capture = read_raw_gems({in_memory(std::string(13, '\0'), "gem1.bin")}, "gem1.bin");
  EXPECT_EQ(capture->buffers[0].size, 13u);
  EXPECT_TRUE(says(*capture, "the last 5 bytes stand alone"));
}

TEST(RawGem, EmptyFilesAreAnError) {
  const auto capture = read_raw_gems({in_memory("", "gem1.bin")}, "gem1.bin");
  EXPECT_EQ(capture.error().text(), "gem1.bin: the file is empty (dump the object again)");
}

TEST(RawGem, FalseModelMagicIsANote) {
  std::string bytes(4096, '\0');
  for (std::size_t at = 0; at < bytes.size(); at += 64) bytes.replace(at, 4, "RKNN");
  const auto capture = read_raw_gems({in_memory(bytes, "gem4-dump")}, "gem4-dump");
  EXPECT_EQ(capture->buffers[0].role, BufferRole::unknown);
  EXPECT_TRUE(says(*capture, "looks like a model file but is none"));
  EXPECT_LE(capture->diagnostics.size(), 16u);
}

TEST(RawGem, AModelInsideAnObjectIsAttached) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto model = read_input(corpus_path("rknn/rk3588/wtwver/10_mul.rknn"));
  ASSERT_TRUE(model);
  FileBytes gem = in_memory(std::string(128, '\0'), "gem4-dump");
  std::string bytes(128, '\0');
  FILE* file = std::fopen(corpus_path("rknn/rk3588/wtwver/10_mul.rknn").c_str(), "rb");
  ASSERT_TRUE(file);
  char block[4096];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, file)) > 0;) bytes.append(block, n);
  std::fclose(file);
  bytes.append(4096, '\0');
  const auto capture = read_raw_gems({in_memory(bytes, "gem4-dump")}, "gem4-dump");
  ASSERT_TRUE(capture);
  EXPECT_TRUE(capture->model);
  EXPECT_EQ(capture->buffers[0].role, BufferRole::model);
  EXPECT_EQ(capture->buffers[0].role_reason, "a model file lies at 0x80");
}

TEST(RawGem, AModelWithPageRoundingBehindItIsReadAsAModel) {
  const std::string path = testdata_path("rknn/conv_v6.rknn");
  std::ifstream stream(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  ASSERT_GT(bytes.size(), 64u);
  const auto exact = read_bytes(in_memory(bytes, "model"));
  ASSERT_TRUE(exact) << exact.error().text();
  bytes.resize((bytes.size() / 4096 + 1) * 4096);
  const auto rounded = read_bytes(in_memory(bytes, "gem4-dump"));
  ASSERT_TRUE(rounded) << rounded.error().text();
  EXPECT_EQ(rounded->front().model->relocations.size(), exact->front().model->relocations.size());
  EXPECT_TRUE(says(rounded->front(), "bytes behind the model are not part of it"));
}

TEST(Regdump, TargetsAreRestored) {
  const auto words = stream();
  const FileBytes file = words_file(lossy(words), "gem2_regdump.bin");
  ASSERT_TRUE(is_regdump(file.bytes));
  EXPECT_FALSE(is_regdump(words_file(words, "gem2-dump").bytes));
  const Regdump dump = restore_regdump(file.bytes);
  ASSERT_EQ(dump.words.size(), words.size());
  for (std::size_t i = 0; i < words.size(); ++i) EXPECT_EQ(dump.words[i].raw, words[i]);
  EXPECT_EQ(dump.restored_targets, words.size());
  EXPECT_FALSE(dump.constant_value);
}

TEST(Regdump, AloneItIsALossyBuffer) {
  const auto capture = read_raw_gems({words_file(lossy(stream()), "gem2_regdump.bin")}, "x");
  EXPECT_EQ(capture->buffers[0].trust, Trust::lossy);
  EXPECT_EQ(word_at(capture->buffers[0], 0), stream()[0]);
  EXPECT_TRUE(says(*capture, "positions of words are not those of the object"));
}

TEST(Regdump, BesideTheRawDumpItIsOnlyCompared) {
  const auto capture = read_raw_gems(
      {words_file(stream(), "gem2-dump"), words_file(lossy(stream()), "gem2_regdump.bin")}, "x");
  EXPECT_EQ(capture->buffers[1].known_bytes(), 0u);
  EXPECT_EQ(fact_of(*capture, "regdump.gem2_regdump.bin.values_equal"), "11 of 11");
  EXPECT_TRUE(capture->diagnostics.empty());
}

TEST(Regdump, AConstantValueColumnIsRejected) {
  auto words = lossy(stream());
  for (auto& word : words) word = (word & 0xffff00000000ffffU) | std::uint64_t{0x1234} << 16U;
  const auto capture = read_raw_gems({words_file(words, "gem2_regdump.bin")}, "x");
  EXPECT_EQ(capture->buffers[0].known_bytes(), 0u);
  EXPECT_TRUE(says(*capture, "every value of this register dump is 0x00001234"));
  EXPECT_EQ(events_of(*capture, "regdump.word"), words.size());
}

TEST(Regdump, ConstantsOfPowersOfTwoAreNone) {
  // fp16 2.0 everywhere: 0x4000 is also a normalised target, but of another page.
  EXPECT_FALSE(
      is_regdump(words_file(std::vector<std::uint64_t>(512, 0x4000400040004000), "w").bytes));
  EXPECT_FALSE(is_regdump(words_file(std::vector<std::uint64_t>(512, 0), "w").bytes));
}

TEST(RawGem, PublicDirectory) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus("gem-raw/wtwver-dump");
  ASSERT_EQ(capture.buffers.size(), 3u);
  std::uint64_t tasks = 0;
  while (is_vendor_task(load_task(capture.buffers[0].bytes_at(40 * tasks, 40)))) ++tasks;
  EXPECT_EQ(tasks, 9u);
  EXPECT_EQ(fact_of(capture, "regdump.gem2_regdump.bin.offsets_equal"), "270 of 270");
  EXPECT_EQ(fact_of(capture, "regdump.gem2_regdump.bin.values_equal"), "3 of 270");
  EXPECT_EQ(capture.buffers[2].known_bytes(), 0u);
  EXPECT_TRUE(says(capture, "0x00040000"));
  EXPECT_EQ(capture.kind, "GEM directory");
}

}  // namespace
}  // namespace npuscope
