#include "replay/tensor/channel_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "replay/tensor/sizes.h"
#include "replay/tensor/weight_tuples.h"

namespace npuscope {

namespace {

constexpr std::size_t group_channels = 8;

// Bytes from the begin of a group to each field, and of one channel in all.
struct Places {
  std::size_t zero_point = 0, multiplier = 0, channel = 0;
};

Places places_of(const RecordFields& fields) {
  Places places;
  places.channel += fields.addend ? 4 : 0;
  places.zero_point = places.channel * group_channels;
  places.channel += fields.zero_point ? 2 : 0;
  places.multiplier = places.channel * group_channels;
  places.channel += fields.multiplier ? 2 : 0;
  return places;
}

Result<void> check(const RecordFields& fields, std::size_t records, std::size_t memory) {
  if (!fields.addend && !fields.zero_point && !fields.multiplier)
    return wrong_usage("records without any field take no memory");
  const std::uint64_t needed = record_bytes(fields, records);
  if (needed > memory)
    return wrong_usage(
        fmt::format("{} records have {} bytes, the memory {}", records, needed, memory));
  return {};
}

// Stored zero points are negative ones.
std::uint16_t negated(std::int16_t value) {
  return static_cast<std::uint16_t>(-value);
}

// The inverse; code 0x8000 has no zero point of its own and keeps its bits.
std::int16_t zero_point_of(std::uint16_t code) {
  return std::bit_cast<std::int16_t>(static_cast<std::uint16_t>(0U - code));
}

}  // namespace

Result<RecordFields> record_fields(std::uint32_t configuration) {
  if ((configuration & ~0x0eU) != 0)
    return wrong_usage(fmt::format(
        "{:#x} has bits beside addend (2), zero point (4), multiplier (8)", configuration));
  return RecordFields{(configuration & 2U) != 0, (configuration & 4U) != 0,
                      (configuration & 8U) != 0};
}

Result<std::uint64_t> recorded_channels(ElementKind weights, bool depthwise,
                                        std::uint32_t channels) {
  const auto units = weight_units(weights);
  if (!units) return tl::unexpected(units.error());
  const std::uint32_t unit = depthwise ? units->depthwise_channels : units->kernels;
  if (unit == 0)
    return wrong_usage(
        fmt::format("no depthwise layout is known for weights of {}", name_of(weights)));
  return rounded_up(channels, unit);
}

std::uint64_t record_bytes(const RecordFields& fields, std::uint64_t channels) {
  const bool grouped = int{fields.addend} + int{fields.zero_point} + int{fields.multiplier} > 1;
  return size_product(
      {grouped ? rounded_up(channels, group_channels) : channels, places_of(fields).channel});
}

Result<void> pack_records(const RecordFields& fields, std::span<const ChannelRecord> records,
                          std::span<std::byte> memory) {
  if (auto fits = check(fields, records.size(), memory.size()); !fits) return fits;
  for (std::size_t channel = 0; channel < records.size(); ++channel)
    if (fields.zero_point &&
        records[channel].zero_point == std::numeric_limits<std::int16_t>::min())
      return wrong_usage(
          fmt::format("channel {}: 32768, the negative of its zero point, has no code", channel));
  const Places places = places_of(fields);
  std::ranges::fill(memory, std::byte{0});
  for (std::size_t channel = 0; channel < records.size(); ++channel) {
    const ChannelRecord& record = records[channel];
    const std::size_t lane = channel % group_channels;
    std::byte* group = memory.data() + (channel - lane) * places.channel;
    const std::uint16_t zero_point = negated(record.zero_point);
    if (fields.addend) std::memcpy(group + lane * 4, &record.addend, 4);
    if (fields.zero_point) std::memcpy(group + places.zero_point + lane * 2, &zero_point, 2);
    if (fields.multiplier) std::memcpy(group + places.multiplier + lane * 2, &record.multiplier, 2);
  }
  return {};
}

Result<void> unpack_records(const RecordFields& fields, std::span<const std::byte> memory,
                            std::span<ChannelRecord> records) {
  if (auto fits = check(fields, records.size(), memory.size()); !fits) return fits;
  const Places places = places_of(fields);
  for (std::size_t channel = 0; channel < records.size(); ++channel) {
    ChannelRecord record;
    const std::size_t lane = channel % group_channels;
    const std::byte* group = memory.data() + (channel - lane) * places.channel;
    std::uint16_t zero_point = 0;
    if (fields.addend) std::memcpy(&record.addend, group + lane * 4, 4);
    if (fields.zero_point) std::memcpy(&zero_point, group + places.zero_point + lane * 2, 2);
    if (fields.multiplier) std::memcpy(&record.multiplier, group + places.multiplier + lane * 2, 2);
    record.zero_point = zero_point_of(zero_point);
    records[channel] = record;
  }
  return {};
}

}  // namespace npuscope
