// Operands per channel: bias, zero point and multiplier as the DPU's RDMA fetches them.
//
//   const RecordFields fields = *record_fields(0x0e);              // BRDMA_CFG of an int8 task
//   std::vector<std::byte> memory(record_bytes(fields, stored));
//   pack_records(fields, records, memory);
//
// Channels go in groups of eight; a group holds the fields in use one after the other: eight
// addends (32 bit), eight zero points (16 bit), eight multipliers (16 bit). A single field is
// therefore a dense array, and an int8 record is 64 bytes for 8 channels. Source: 1,578 tasks with
// all three, 351 with the addend alone, 42 with a multiplier alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regdb/error.h"
#include "replay/tensor/element_kind.h"

namespace npuscope {

// Codes as the hardware sees them.
struct ChannelRecord {
  std::uint32_t addend = 0;      // bits of an f32 (float tasks) or an i32: the bias
  std::int16_t zero_point = 0;   // of the kernel's weights; memory holds its negative
  std::uint16_t multiplier = 0;  // bits of an f16 (float tasks) or an u16

  friend bool operator==(const ChannelRecord&, const ChannelRecord&) = default;
};

struct RecordFields {
  bool addend = false, zero_point = false, multiplier = false;
  friend bool operator==(const RecordFields&, const RecordFields&) = default;
};

// The fields that bits 4:1 of BRDMA_CFG (501c) or NRDMA_CFG (5028) ask for: 0x02, 0x08, 0x0e and
// their combinations. Error (usage): other bits, which mean something else.
[[nodiscard]] Result<RecordFields> record_fields(std::uint32_t configuration);

// Channels that vendor constants have records for: as many as the task's channel registers say. f16
// a multiple of 16, depthwise 32; i8 of 32, depthwise 64. Error (usage): weights of other kinds.
[[nodiscard]] Result<std::uint64_t> recorded_channels(ElementKind weights, bool depthwise,
                                                      std::uint32_t channels);

// Bytes of the records of so many channels, whole groups when several fields are in use.
[[nodiscard]] std::uint64_t record_bytes(const RecordFields& fields, std::uint64_t channels);

// Fills `memory` with the records; channels behind the last record get zeros. `memory` may be
// longer than the records (record_bytes() of recorded_channels() in vendor programs).
// Errors (usage): no field in use, a memory that is too short, a zero point of -32768, whose
// negative does not exist.
[[nodiscard]] Result<void> pack_records(const RecordFields& fields,
                                        std::span<const ChannelRecord> records,
                                        std::span<std::byte> memory);

// The inverse; fields that are not in use become zero. Errors (usage): no field in use, a memory
// that is too short for the records.
[[nodiscard]] Result<void> unpack_records(const RecordFields& fields,
                                          std::span<const std::byte> memory,
                                          std::span<ChannelRecord> records);

}  // namespace npuscope
