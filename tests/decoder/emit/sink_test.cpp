// A block of memory that is handed on when it is full.
#include "decoder/emit/sink.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace npuscope::testing {
namespace {

TEST(Sink, HandsOnFullBlocksInOrder) {
  std::vector<std::size_t> blocks;
  std::string all;
  Sink sink([&](std::string_view block) {
    blocks.push_back(block.size());
    all += block;
    return true;
  });
  std::string expected;
  for (int i = 0; i < 100000; ++i) {
    const std::string text = std::to_string(i) + "\n";
    sink.put(text);
    expected += text;
  }
  EXPECT_GE(blocks.size(), 2U);
  for (const std::size_t size : blocks) EXPECT_LE(size, Sink::block_bytes);
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(all, expected);
}

TEST(Sink, TextLargerThanABlock) {
  std::string all;
  Sink sink([&](std::string_view block) {
    EXPECT_LE(block.size(), Sink::block_bytes);
    all += block;
    return true;
  });
  sink.put("first");
  const std::string large(3 * Sink::block_bytes + 17, 'x');
  sink.put(large);
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(all, "first" + large);
}

TEST(Sink, AFailedWriteStopsTheOutputAndIsRemembered) {
  int calls = 0;
  Sink sink([&](std::string_view) {
    ++calls;
    return false;
  });
  sink.put("x");
  EXPECT_FALSE(sink.flush());
  sink.put("y");
  EXPECT_FALSE(sink.flush());
  EXPECT_FALSE(sink.ok());
  EXPECT_EQ(calls, 1);
}

TEST(Sink, TheDestructorFlushesAndNothingIsWrittenForNothing) {
  std::string all;
  int calls = 0;
  {
    Sink sink([&](std::string_view block) {
      ++calls;
      all += block;
      return true;
    });
    EXPECT_TRUE(sink.flush());
    EXPECT_EQ(calls, 0);
    char* out = sink.room(4);
    std::memcpy(out, "last", 4);
    sink.used(out + 4);
  }
  EXPECT_EQ(all, "last");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace npuscope::testing
