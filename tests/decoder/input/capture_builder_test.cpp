#include "decoder/input/capture_builder.h"

#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

const Place here{"made.log", 7, true};

TEST(CaptureBuilder, AnyOrderOfWordsGivesOnePiece) {
  for (const bool descending : {false, true}) {
    CaptureBuilder builder("made.log");
    constexpr std::uint64_t count = 200'000;  // quadratic merging would take minutes
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t index = descending ? count - 1 - i : i;
      builder.add_word(builder.select_gem(2), 8 * index, index, here);
    }
    const auto runs = std::move(builder).finish();
    const Buffer& gem = runs.front().buffers.front();
    ASSERT_EQ(gem.pieces.size(), 1u);
    EXPECT_EQ(gem.size, 8 * count);
    EXPECT_EQ(word_at(gem, 8 * 777), 777u);
    EXPECT_TRUE(runs.front().diagnostics.empty());
  }
}

TEST(CaptureBuilder, TheFirstBytesStayAndAContradictionIsSaid) {
  CaptureBuilder builder("made.log");
  builder.add_word(builder.select_gem(1), 8, 1, here);
  builder.add_word(builder.current(), 8, 1, here);
  builder.add_word(builder.current(), 4, 2, here);
  const auto runs = std::move(builder).finish();
  EXPECT_EQ(word_at(runs[0].buffers[0], 8), 1u);
  EXPECT_EQ(runs[0].buffers[0].known_bytes(), 12u);
  EXPECT_TRUE(says(runs[0], "contradict"));  // bytes 8..11 were 1 and should be 0 now
}

TEST(CaptureBuilder, ZeroRunsAgreeWithZerosOnly) {
  CaptureBuilder builder("made.log");
  builder.add_zeros(builder.select_gem(1), 0x100, 0x1ff, here);
  builder.add_word(builder.current(), 0x120, 0, here);
  builder.add_zeros(builder.current(), 0x0, 0x17f, here);
  builder.add_word(builder.current(), 0x180, 5, here);
  const auto runs = std::move(builder).finish();
  EXPECT_EQ(runs[0].buffers[0].known_bytes(), 0x200u);
  EXPECT_EQ(word_at(runs[0].buffers[0], 0x180), 0u);
  EXPECT_TRUE(says(runs[0], "bytes of 1 stretches of lines contradict"));
}

TEST(CaptureBuilder, UnbelievableOffsetsAreRefusedAndCounted) {
  CaptureBuilder builder("made.log");
  Buffer& gem = builder.select_gem(1);
  builder.add_word(gem, ~std::uint64_t{0}, 1, here);
  builder.add_word(gem, max_buffer_bytes - 4, 1, here);
  builder.add_zeros(gem, 0, std::uint64_t{1} << 60U, here);
  builder.add_zeros(gem, 5, 4, here);
  for (int i = 0; i < 10'000; ++i) builder.add_zeros(gem, 0, max_zero_run_bytes - 1, here);
  const auto runs = std::move(builder).finish();
  EXPECT_EQ(runs[0].buffers[0].known_bytes(), max_zero_run_bytes);
  EXPECT_TRUE(says(runs[0], "lines name an offset beyond 4 GiB"));
}

TEST(CaptureBuilder, RunsStartEmptyButNotForFactsAlone) {
  CaptureBuilder builder("made.log");
  builder.capture().facts.push_back({"test.name", "a", here});
  builder.start_run();
  EXPECT_EQ(builder.capture().facts.size(), 1u);
  builder.add_word(builder.select_gem(1), 0, 1, here);
  builder.start_run();
  builder.add_word(builder.select_gem(1), 0, 2, here);
  const auto runs = std::move(builder).finish();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(word_at(runs[0].buffers[0], 0), 1u);
  EXPECT_EQ(word_at(runs[1].buffers[0], 0), 2u);
}

TEST(CaptureBuilder, AReusedObjectAddressWithAnotherHandleIsAnotherBuffer) {
  CaptureBuilder builder("made.log");
  builder.select_object(0xffffff8100000000, 1).exact_size = 10;
  builder.select_object(0xffffff8100000000, 2).exact_size = 20;
  const auto runs = std::move(builder).finish();
  ASSERT_EQ(runs[0].buffers.size(), 2u);
}

}  // namespace
}  // namespace npuscope
