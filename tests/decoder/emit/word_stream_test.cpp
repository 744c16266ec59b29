// Words in blocks of any size give one text.
#include "decoder/emit/word_stream.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/emit_helpers.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

std::string streamed(OutputFormat format, const std::vector<std::byte>& bytes,
                     const std::vector<std::size_t>& cuts, std::size_t rest = 0) {
  std::string text;
  Sink sink([&](std::string_view block) {
    text += block;
    return true;
  });
  WordStream stream(format, RegisterDb::builtin(), 0x1000, sink);
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    stream.feed(std::span(bytes).subspan(begin, cut - begin));
    begin = cut;
  }
  stream.feed(std::span(bytes).subspan(begin));
  EXPECT_EQ(stream.finish(), rest);
  EXPECT_EQ(stream.words(), bytes.size() / 8);
  EXPECT_TRUE(sink.flush());
  return text;
}

TEST(WordStream, TheBoundariesOfBlocksDoNotShow) {
  std::vector<std::uint64_t> words;
  for (const Word word : body_of(12, 1)) words.push_back(word.raw);
  words.push_back(0);
  const auto bytes = bytes_of(words);
  for (const OutputFormat format : {OutputFormat::emit, OutputFormat::jsonl}) {
    const std::string whole = streamed(format, bytes, {});
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      ASSERT_EQ(streamed(format, bytes, {cut}), whole) << cut;
      ASSERT_EQ(streamed(format, bytes, {cut, std::min(cut + 3, bytes.size())}), whole) << cut;
    }
    std::vector<std::size_t> single(bytes.size());
    for (std::size_t i = 0; i < single.size(); ++i) single[i] = i;
    EXPECT_EQ(streamed(format, bytes, single), whole);
  }
}

TEST(WordStream, TheRestIsToldAndNotDecoded) {
  auto bytes = bytes_of(std::vector<std::uint64_t>{0x02010000001b1040});
  for (std::size_t more = 1; more < 8; ++more) {
    bytes.push_back(std::byte{0xff});
    const std::string text = streamed(OutputFormat::emit, bytes, {5}, more);
    EXPECT_EQ(lines_of_text(text).size(), 2U);
  }
}

TEST(WordStream, ItsTextAssemblesToItsBytes) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const auto bytes = assembled(streamed(OutputFormat::emit, stream.bytes(), {100, 1001}));
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(words_in(*bytes), stream.words);
}

TEST(WordStream, JsonLinesNameIndexAndAddress) {
  const auto lines = lines_of_text(streamed(
      OutputFormat::jsonl, bytes_of(std::vector<std::uint64_t>{0, 0x02010000001b1040}), {}));
  ASSERT_EQ(lines.size(), 3U);
  const auto line = nlohmann::json::parse(lines[2]);
  EXPECT_EQ(line["type"], "word");
  EXPECT_EQ(line["index"], 1);
  EXPECT_EQ(line["address"], "0x0000000000001008");
  EXPECT_EQ(line["fields"]["DATA_BANK"], 11);
}

}  // namespace
}  // namespace npuscope::testing
