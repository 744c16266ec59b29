// Every byte of every buffer is accounted for exactly once.
#include "decoder/program/coverage.h"

#include <gtest/gtest.h>

#include <set>

#include "decoder/program/find_programs.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

void expect_partition(const Capture& capture, const Coverage& coverage) {
  ASSERT_EQ(coverage.buffers.size(), capture.buffers.size());
  for (std::size_t i = 0; i < coverage.buffers.size(); ++i) {
    std::uint64_t at = 0;
    for (const Range& range : coverage.buffers[i]) {
      EXPECT_EQ(range.offset, at) << capture.buffers[i].name;
      EXPECT_GT(range.size, 0U);
      at = range.offset + range.size;
    }
    EXPECT_EQ(at, capture.buffers[i].size) << capture.buffers[i].name;
  }
}

TEST(Coverage, OfAWholeCapture) {
  Placement placement;
  placement.with_table_copy = true;
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const Capture capture = capture_of(stream, placement);
  const Coverage coverage = cover(capture, find_programs(capture));
  expect_partition(capture, coverage);
  // Sums of the amounts: 2 x 108, 7 x 104, 5 x 26 words; 14 tails.
  EXPECT_EQ(coverage.total(RangeKind::record_body), 8U * (2 * 108 + 7 * 104 + 5 * 26));
  EXPECT_EQ(coverage.total(RangeKind::record_tail), 8U * 4 * 14);
  EXPECT_EQ(coverage.total(RangeKind::padding), 9344U - 8 * (1074 + 56));
  EXPECT_EQ(coverage.total(RangeKind::task_table), 560U);
  EXPECT_EQ(coverage.total(RangeKind::task_table_copy), 560U);
  EXPECT_EQ(coverage.total(RangeKind::data), 0x4800U);
  // The rest of the table's page, and 16 bytes behind the copy up to the next 64.
  EXPECT_EQ(coverage.total(RangeKind::zeros), 4096U - 560 + 16);
  EXPECT_EQ(coverage.unexplained, 0U);
}

TEST(Coverage, WordsBetweenRecordsAreUnexplained) {
  SyntheticStream stream = lay_out(lanes_of_one_layer());
  const std::size_t padding = stream.tasks[4].regcmd_addr / 8 + 30;  // behind 26 words and tail
  ASSERT_EQ(stream.words[padding], 0U);
  stream.words[padding] = 0x1234;
  const Capture capture = capture_of(stream);
  const Coverage coverage = cover(capture, find_programs(capture));
  expect_partition(capture, coverage);
  EXPECT_GT(coverage.unexplained, 0U);
  EXPECT_LE(coverage.unexplained, 64U);
}

TEST(Coverage, WhatWasNotCapturedIsNotData) {
  Capture capture = capture_of(lanes_of_one_layer());
  Buffer& buffer = capture.buffers[1];
  const auto bytes = buffer.pieces[0].bytes;
  buffer.pieces = {{0x4800, bytes.subspan(0x4800, 9344)}};
  buffer.size += 100;
  const Coverage coverage = cover(capture, find_programs(capture));
  expect_partition(capture, coverage);
  EXPECT_EQ(coverage.total(RangeKind::not_captured), 0x4800U + 100);
  EXPECT_EQ(coverage.total(RangeKind::data), 0U);
}

TEST(Coverage, ModelFilesZerosAndData) {
  Capture capture;
  add_buffer(capture, "model", std::vector<std::byte>(300, std::byte{7}));
  capture.buffers[0].role = BufferRole::model;
  std::vector<std::byte> bytes(256);
  bytes[130] = std::byte{1};
  add_buffer(capture, "GEM 3", std::move(bytes));
  add_buffer(capture, "empty", {});
  const Coverage coverage = cover(capture, {});
  expect_partition(capture, coverage);
  EXPECT_EQ(coverage.total(RangeKind::model_file), 300U);
  EXPECT_EQ(coverage.total(RangeKind::data), 64U);  // the line of 64 bytes that is not zero
  EXPECT_EQ(coverage.total(RangeKind::zeros), 192U);
  EXPECT_TRUE(coverage.buffers[2].empty());
}

TEST(Coverage, OverlappingRecordsAreCountedOnce) {
  SyntheticStream stream = lay_out({{record_of(104, 1)}});
  stream.tasks.push_back(vendor_task(64, 20));
  const Capture capture = capture_of(stream);
  const Coverage coverage = cover(capture, find_programs(capture));
  expect_partition(capture, coverage);
  EXPECT_EQ(coverage.total(RangeKind::record_body) + coverage.total(RangeKind::record_tail),
            8U * 108);
}

TEST(Coverage, HolesInARecordAreNotCaptured) {
  Capture capture = capture_of(lanes_of_one_layer());
  Buffer& buffer = capture.buffers[1];
  buffer.trust = Trust::filtered;
  const auto bytes = buffer.pieces[0].bytes;
  buffer.pieces = {{0, bytes.first(0x4900)}, {0x4910, bytes.subspan(0x4910)}};
  const Coverage coverage = cover(capture, find_programs(capture));
  expect_partition(capture, coverage);
  EXPECT_EQ(coverage.total(RangeKind::not_captured), 16U);
  EXPECT_EQ(coverage.total(RangeKind::record_body), 8U * 1074 - 16);
}

TEST(Coverage, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(RangeKind::unexplained); ++kind)
    names.insert(name_of(static_cast<RangeKind>(kind)));
  EXPECT_EQ(names.size(), 10U);
}

}  // namespace
}  // namespace npuscope::testing
