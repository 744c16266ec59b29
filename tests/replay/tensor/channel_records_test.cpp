#include "replay/tensor/channel_records.h"

#include <gtest/gtest.h>

#include <vector>

#include "replay/tensor/sizes.h"
#include "tests/replay/tensor/test_bytes.h"

namespace npuscope::testing {
namespace {

constexpr RecordFields quantised{true, true, true};
constexpr RecordFields bias_only{true, false, false};
constexpr RecordFields multiplier_only{false, false, true};

// Channel c: addend 1000 + c, zero point c - 3, multiplier 0x4000 + c.
std::vector<ChannelRecord> numbered_records(std::size_t count) {
  std::vector<ChannelRecord> records(count);
  for (std::size_t c = 0; c < count; ++c)
    records[c] = {static_cast<std::uint32_t>(1000 + c), static_cast<std::int16_t>(int(c) - 3),
                  static_cast<std::uint16_t>(0x4000 + c)};
  return records;
}

TEST(ChannelRecords, ConfigurationsOfVendorPrograms) {
  EXPECT_EQ(record_fields(0x02), bias_only);
  EXPECT_EQ(record_fields(0x08), multiplier_only);
  EXPECT_EQ(record_fields(0x0e), quantised);
  EXPECT_EQ(record_fields(0x00), RecordFields{});
  EXPECT_EQ(record_fields(0x1f).error().what,
            "0x1f has bits beside addend (2), zero point (4), multiplier (8)");
}

// Facts: sizes of bias constants in model files.
TEST(ChannelRecords, SizesOfVendorConstants) {
  const struct {
    ElementKind weights;
    bool depthwise;
    std::uint32_t channels;
    RecordFields fields;
    std::uint64_t bytes;
  } rows[] = {
      {ElementKind::i8, false, 24, quantised, 256},   {ElementKind::i8, true, 24, quantised, 512},
      {ElementKind::i8, false, 512, quantised, 4096}, {ElementKind::i8, false, 1, bias_only, 128},
      {ElementKind::i8, false, 80, quantised, 768},   {ElementKind::f16, false, 40, bias_only, 192},
      {ElementKind::f16, true, 40, bias_only, 256},   {ElementKind::f16, false, 2, bias_only, 64},
  };
  for (const auto& row : rows) {
    const auto channels = recorded_channels(row.weights, row.depthwise, row.channels);
    ASSERT_TRUE(channels);
    EXPECT_EQ(record_bytes(row.fields, *channels), row.bytes) << row.channels;
  }
  EXPECT_EQ(recorded_channels(ElementKind::tf32, true, 4).error().what,
            "no depthwise layout is known for weights of tf32");
  EXPECT_FALSE(recorded_channels(ElementKind::f32, false, 4));
}

TEST(ChannelRecords, EightChannelsAreSixtyFourBytes) {
  const auto records = numbered_records(11);
  std::vector<std::byte> memory(192, std::byte{0xee});
  ASSERT_EQ(record_bytes(quantised, 11), 128U);
  ASSERT_TRUE(pack_records(quantised, records, memory));
  for (std::size_t c = 0; c < 24; ++c) {
    const std::size_t group = c / 8 * 64, lane = c % 8;
    const bool real = c < 11;
    EXPECT_EQ(code_at(memory, 4, group + lane * 4), real ? 1000 + c : 0);
    EXPECT_EQ(code_at(memory, 2, group + 32 + lane * 2), real ? (3 - c) & 0xffffU : 0);
    EXPECT_EQ(code_at(memory, 2, group + 48 + lane * 2), real ? 0x4000 + c : 0);
  }
  std::vector<ChannelRecord> back(11);
  ASSERT_TRUE(unpack_records(quantised, memory, back));
  EXPECT_EQ(back, records);
}

TEST(ChannelRecords, ASingleFieldIsADenseArray) {
  const auto records = numbered_records(11);
  std::vector<std::byte> biases(44), multipliers(22);
  ASSERT_TRUE(pack_records(bias_only, records, biases));
  ASSERT_TRUE(pack_records(multiplier_only, records, multipliers));
  std::vector<ChannelRecord> back(11);
  ASSERT_TRUE(unpack_records(bias_only, biases, back));
  for (std::size_t c = 0; c < 11; ++c) {
    EXPECT_EQ(element_at(biases, 4, c), 1000 + c);
    EXPECT_EQ(element_at(multipliers, 2, c), 0x4000 + c);
    EXPECT_EQ(back[c], (ChannelRecord{static_cast<std::uint32_t>(1000 + c), 0, 0}));
  }
}

TEST(ChannelRecords, EveryCombinationOfFieldsBothWays) {
  for (std::uint32_t use = 1; use < 8; ++use) {
    const RecordFields fields = *record_fields(use << 1U);
    const auto records = numbered_records(19);
    std::vector<std::byte> memory(record_bytes(fields, 19));
    ASSERT_TRUE(pack_records(fields, records, memory));
    std::vector<ChannelRecord> back(19);
    ASSERT_TRUE(unpack_records(fields, memory, back));
    for (std::size_t c = 0; c < 19; ++c) {
      EXPECT_EQ(back[c].addend, fields.addend ? records[c].addend : 0);
      EXPECT_EQ(back[c].zero_point, fields.zero_point ? records[c].zero_point : 0);
      EXPECT_EQ(back[c].multiplier, fields.multiplier ? records[c].multiplier : 0);
    }
  }
}

TEST(ChannelRecords, ErrorsNameWhatDoesNotFit) {
  auto records = numbered_records(9);
  std::vector<std::byte> memory(127);
  EXPECT_EQ(pack_records(quantised, records, memory).error().what,
            "9 records have 128 bytes, the memory 127");
  EXPECT_EQ(unpack_records(quantised, memory, records).error().what,
            "9 records have 128 bytes, the memory 127");
  EXPECT_EQ(pack_records({}, records, memory).error().what,
            "records without any field take no memory");
  memory.resize(128);
  records[4].zero_point = -32768;
  EXPECT_EQ(pack_records(quantised, records, memory).error().what,
            "channel 4: 32768, the negative of its zero point, has no code");
  EXPECT_TRUE(pack_records(bias_only, records, memory));
  EXPECT_EQ(record_bytes(quantised, size_too_large), size_too_large);
}

}  // namespace
}  // namespace npuscope::testing
