// Hex rows, zero runs, headers: decoder/input/gem_text.cpp.
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

TEST(GemText, AGroupIsANumberSoTheSecondIsTheUpperHalfOfTheWord) {
  const Capture capture = read_one(
      "gem flink 2: ret=0 handle=3 size=32\n"
      "[00000000] = 00b11040 02010000 00001104 02010000\n"
      "[00000010] = 00000001 00000000 00000000 80000000\n");
  const Buffer* gem = buffer_of(capture, "GEM 2");
  ASSERT_TRUE(gem);
  EXPECT_EQ(gem->handle, 3u);
  EXPECT_EQ(word_at(*gem, 0), 0x0201000000b11040u);
  EXPECT_EQ(word_at(*gem, 0x18), 0x8000000000000000u);
  EXPECT_EQ(gem->known_bytes(), 32u);
  EXPECT_EQ(lines_of(capture, "hex row"), 2u);
  EXPECT_EQ(gem->trust, Trust::text);
  EXPECT_TRUE(capture.diagnostics.empty());
}

TEST(GemText, ZeroRunsIncludeTheRowBeforeThem) {
  const Capture capture = read_one(
      "gem flink 1: ret=0 handle=1 size=144\n"
      "[00000000] = 00000000 00000000 00000000 00000000\n"
      "... 8 blocks (128 bytes) from \x1b[96m0x00000000\x1b[0m to 0x0000007f are all zeros\r\n"
      "[00000080] = 00000001 00000002 00000003 00000004\n");
  EXPECT_EQ(capture.buffers[0].known_bytes(), 144u);
  EXPECT_EQ(capture.buffers[0].pieces.size(), 1u);
  EXPECT_TRUE(capture.diagnostics.empty());
}

TEST(GemText, AContradictoryOrHugeZeroRunIsIgnoredWithAWarning) {
  const Capture capture = read_one(
      "gem flink 1: ret=0 handle=1 size=16\n"
      "... 8 blocks (128 bytes) from 0x00000000 to 0x0000000f are all zeros\n"
      "... 1 blocks (16 bytes) from 0x00000010 to 0x00000000 are all zeros\n"
      "... 72057594037927936 blocks (1152921504606846976 bytes) from 0x0 to 0xfffffffffffffff are "
      "all zeros\n"
      "... 99999999999999999999999 blocks (1 bytes) from 0x0 to 0x0 are all zeros\n");
  EXPECT_EQ(capture.buffers[0].known_bytes(), 0u);
  EXPECT_TRUE(says(capture, "contradicts itself"));
  EXPECT_TRUE(says(capture, "cover 0 of 16 bytes"));
}

TEST(GemText, LimitedAndOverfullDumpsAreNamed) {
  EXPECT_TRUE(says(read_one("gem flink 1: ret=0 handle=1 size=32\n"
                            "[00000000] = 00000001 00000002 00000003 00000004\n"),
                   "GEM 1: rows and zero runs cover 16 of 32 bytes"));
  EXPECT_TRUE(says(read_one("gem flink 1: ret=0 handle=1 size=8\n"
                            "[00000000] = 00000001 00000002 00000003 00000004\n"),
                   "cover 16 bytes, but the object has only 8"));
}

TEST(GemText, OlderDialectNamesTheHandleAndReopensObjects) {
  const Capture capture = read_one(
      "gem open got 0 1 16\nmemmap returned 0 100000000\nGem 1\n"
      "[00000000] = 0000000e 02010000 00000000 00000000\n"
      "gem open got -1 0 0\n"
      "gem open got 0 9 16\nmemmap returned 0 100000000\n"
      "[ffef0000] lsb 020100000000000e - tgt cna  [000e - (null)] = 00000000\n"
      "[ffef0008] lsb 0000000000000000 - tgt noone  [0000 - (null)] = 00000000\n");
  ASSERT_EQ(capture.buffers.size(), 1u);  // handle 9 is object 1 again: no second source
  EXPECT_EQ(word_at(capture.buffers[0], 0), 0x020100000000000eu ^ 0u);
  EXPECT_EQ(fact_of(capture, "listing.gem1.words_equal"), "2 of 2");
  EXPECT_TRUE(says(capture, "could not be opened"));
}

TEST(GemText, DamagedRowsKeepTheirWholeGroups) {
  const Capture capture = read_one(
      "[00000000] = 00000001 00000002 000000\n"
      "[00000010] = 00000003 00000004 0000zz05 00000006\n"
      "[0000002g] = 00000007 00000008 00000009 0000000a\n"
      "[00000030] = 0\n[00000040] = \n[");
  EXPECT_EQ(capture.buffers[0].name, "words");
  EXPECT_EQ(capture.buffers[0].known_bytes(), 16u);
  EXPECT_TRUE(says(capture, "a hex row is damaged"));
  EXPECT_EQ(lines_of(capture, "other text"), 4u);
}

TEST(GemText, NulBytesInsideATextDoNotStopIt) {
  std::string text = "[00000000] = 00000001 00000002 00000003 00000004\n";
  text += std::string("no\0ise\n", 7) + "[00000010] = 00000001 00000002 00000003 00000004\n";
  EXPECT_EQ(read_one(text).buffers[0].known_bytes(), 32u);
}

TEST(GemText, EveryObjectOfTheAddDumpIsCovered) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus("gem-text/ops_rknn_add_8_dump.txt");
  const std::vector<std::uint64_t> sizes{4096, 20480, 24576, 4096, 4096, 4096};
  ASSERT_EQ(capture.buffers.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    const Buffer& gem = capture.buffers[i];
    EXPECT_EQ(gem.gem, i + 1);
    EXPECT_EQ(gem.known_bytes(), sizes[i]);
    const auto raw =
        read_corpus("gem-raw/rebuilt-ops_rknn_add_8_dump/gem" + std::to_string(i + 1) + ".bin");
    const auto expected = raw.buffers[0].bytes_at(0, sizes[i]);
    const auto bytes = gem.bytes_at(0, sizes[i]);
    ASSERT_EQ(bytes.size(), expected.size());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin()));
  }
  EXPECT_EQ(lines_of(capture, "hex row"), 1317u);
  EXPECT_EQ(lines_of(capture, "zero run"), 9u);
  EXPECT_EQ(lines_of(capture, "EMIT text"), 2479u);
  EXPECT_EQ(lines_of(capture, "EMIT"), 2077u);
  EXPECT_EQ(fact_of(capture, "gem1.listed_tasks"), "28");
  EXPECT_EQ(fact_of(capture, "gem2.listed_tasks"), "75");
  EXPECT_EQ(fact_of(capture, "listing.gem2.words_equal"), "2211 of 2211");
  EXPECT_TRUE(capture.diagnostics.empty());
}

TEST(GemText, OlderDumpEqualsItsRawObjectsAndItsListing) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture = read_corpus("gem-text/dump-dumb");
  const std::vector<std::uint64_t> sizes{12288, 20480, 4096, 356352, 16384, 114688};
  ASSERT_EQ(capture.buffers.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto raw = read_corpus("gem-raw/rebuilt-dump-dumb/gem" + std::to_string(i + 1) + ".bin");
    const auto expected = raw.buffers[0].bytes_at(0, sizes[i]);
    const auto bytes = capture.buffers[i].bytes_at(0, sizes[i]);
    ASSERT_EQ(bytes.size(), expected.size());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin()));
  }
  EXPECT_EQ(lines_of(capture, "hex row"), 32768u);
  EXPECT_EQ(lines_of(capture, "lsb listing"), 2560u);
  EXPECT_EQ(fact_of(capture, "listing.gem2.words_equal"), "2560 of 2560");
  EXPECT_EQ(events_of(capture, "task_address"), 26u);  // the last of 27 is the terminator
  EXPECT_FALSE(capture.buffers[1].device_address.has_value());
}

}  // namespace
}  // namespace npuscope
