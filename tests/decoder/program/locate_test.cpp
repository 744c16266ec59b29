// Where the records of a table lie: by stated address, by content, or nowhere.
#include "decoder/program/locate.h"

#include <gtest/gtest.h>

#include "decoder/program/find_programs.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

std::optional<Stream> locate_first(const Capture& capture) {
  const auto tables = find_task_tables(capture);
  return tables.empty() ? std::nullopt : locate_stream(capture, tables.front());
}

TEST(Locate, TheStatedAddressDecides) {
  const auto stream = locate_first(capture_of(lanes_of_one_layer()));
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->buffer, 1U);
  EXPECT_EQ(stream->base, 0xfff98000U);
  EXPECT_TRUE(stream->captured);
  EXPECT_NE(stream->source.find("stated by the test"), std::string::npos) << stream->source;
  EXPECT_NE(stream->source.find("GEM 2"), std::string::npos) << stream->source;
}

TEST(Locate, WithoutAnAddressTheContentDecides) {
  // The offset in the buffer is known only modulo a page, but tails of all records must fit.
  for (const std::uint64_t offset : {0x0U, 0x880U, 0x4800U, 0xe180U}) {
    Placement placement;
    placement.stream_offset = offset;
    placement.state_address = false;
    const auto stream = locate_first(capture_of(lanes_of_one_layer(), placement));
    ASSERT_TRUE(stream) << offset;
    EXPECT_EQ(stream->buffer, 1U);
    EXPECT_EQ(stream->base, 0xfff98000U) << offset;
    EXPECT_NE(stream->source.find("content"), std::string::npos) << stream->source;
  }
}

TEST(Locate, ABufferOfDeviceAddressesBeginsAtAPage) {
  // Moved by 64 bytes in its buffer, the stream cannot be what these addresses name.
  const SyntheticStream stream = lay_out(lanes_of_one_layer()).placed(0xfff9c800);
  Capture capture;
  add_buffer(capture, "GEM 1", bytes_of(stream.tasks));
  std::vector<std::byte> bytes(0x840);
  const auto words = stream.bytes();
  bytes.insert(bytes.end(), words.begin(), words.end());
  add_buffer(capture, "GEM 2", std::move(bytes));
  EXPECT_FALSE(locate_first(capture));
}

TEST(Locate, RelativeTablesAreMatchedAtEveryMultipleOf64) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  Capture capture;
  add_buffer(capture, "GEM 1", bytes_of(stream.tasks));
  std::vector<std::byte> bytes(0x840);
  const auto words = stream.bytes();
  bytes.insert(bytes.end(), words.begin(), words.end());
  add_buffer(capture, "GEM 2", std::move(bytes));
  const auto found = locate_first(capture);
  ASSERT_TRUE(found);
  // base + offset = address, modulo 2^64: address 0 lies at offset 0x840.
  EXPECT_EQ(std::uint64_t{0} - found->base, 0x840U);
}

TEST(Locate, OfTwoCandidatesTheOneThatHoldsTheRecordsIsTaken) {
  Placement placement;
  placement.state_address = false;
  Capture capture = capture_of(lanes_of_one_layer(), placement);
  // Another stream of the same size: one enable mask differs, so a tail does not fit its task.
  Lanes other = lanes_of_one_layer();
  other[5].back().enable_mask = 0x18;
  const Capture decoy = capture_of(other, placement);
  Buffer wrong = decoy.buffers[1];
  wrong.name = "GEM 3";
  capture.storage.insert(capture.storage.end(), decoy.storage.begin(), decoy.storage.end());
  capture.buffers.insert(capture.buffers.begin() + 1, wrong);
  const auto stream = locate_first(capture);
  ASSERT_TRUE(stream);
  EXPECT_EQ(capture.buffers[stream->buffer].name, "GEM 2");
}

TEST(Locate, AStreamThatMatchesNowhereIsNotGuessed) {
  Placement placement;
  placement.state_address = false;
  Capture capture = capture_of(lanes_of_one_layer(), placement);
  capture.buffers.pop_back();
  EXPECT_FALSE(locate_first(capture));
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_TRUE(sets[0].records.empty());
  EXPECT_EQ(sets[0].tasks.size(), 14U);
  ASSERT_FALSE(sets[0].diagnostics.empty());
  EXPECT_NE(sets[0].diagnostics[0].text.find("no captured buffer holds the records"),
            std::string::npos);
}

TEST(Locate, AStatedAddressThatDoesNotHoldAllRecordsIsPassedOver) {
  Placement placement;
  Capture capture = capture_of(lanes_of_one_layer(), placement);
  // An unrelated buffer below, too short for the last record by one word.
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const std::uint64_t last = stream.tasks.back().regcmd_addr + 8 * 30;
  std::vector<std::byte> bytes(placement.stream_offset + last - 8);
  Capture first;
  add_buffer(first, "too short", std::move(bytes), placement.base);
  capture.storage.push_back(first.storage.front());
  capture.buffers.insert(capture.buffers.begin() + 1, first.buffers.front());
  const auto found = locate_first(capture);
  ASSERT_TRUE(found);
  EXPECT_EQ(capture.buffers[found->buffer].name, "GEM 2");
}

TEST(Locate, AWindowAtTheWrongPlaceGivesNoRecordsAndNamesBothOffsets) {
  // What a live log does that printed weights: the buffer is known, the captured bytes are not the
  // records.
  const SyntheticStream stream = lay_out(lanes_of_one_layer()).placed(0xfff5c000 + 0x40800);
  Capture capture;
  add_buffer(capture, "GEM 1", bytes_of(stream.tasks));
  std::vector<std::uint64_t> weights(832, 0xbc0d3d74bc0d3d74);
  add_buffer(capture, "GEM 2", bytes_of(weights), 0xfff5c000, 0x25000);
  capture.buffers[1].size = 0x50000;
  const auto sets = find_programs(capture);
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_TRUE(sets[0].records.empty());
  ASSERT_FALSE(sets[0].diagnostics.empty());
  const std::string& text = sets[0].diagnostics[0].text;
  EXPECT_NE(text.find("0x40800"), std::string::npos) << text;
  EXPECT_NE(text.find("0x25000"), std::string::npos) << text;
  EXPECT_NE(text.find("14 of 14"), std::string::npos) << text;
}

}  // namespace
}  // namespace npuscope::testing
