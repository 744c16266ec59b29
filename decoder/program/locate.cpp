#include "decoder/program/locate.h"

#include <fmt/format.h>

#include "decoder/word.h"

namespace npuscope {

namespace {

constexpr std::uint64_t page = 4096;

// How many records of the table end in the OPERATION_ENABLE of their task if the stream starts at
// `base`.
std::size_t matching_tails(const Buffer& buffer, const TaskTable& table, std::uint64_t base) {
  std::size_t matches = 0;
  for (const Task& task : table.tasks) {
    const std::uint64_t enable_at =
        task.regcmd_addr - base + 8 * (std::uint64_t{task.regcfg_amount} + tail_words - 1);
    const auto bytes = buffer.bytes_at(enable_at, 8);
    if (bytes.empty()) continue;
    const Word word = WordView(bytes)[0];
    if (is_operation_enable(word) && word.value() == task.enable_mask) ++matches;
  }
  return matches;
}

bool fits(const Buffer& buffer, const TaskTable& table, std::uint64_t base) {
  return table.lowest_address() >= base && table.end_address() - base <= buffer.size;
}

std::optional<Stream> by_stated_address(const Capture& capture, const TaskTable& table) {
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (!buffer.device_address || !fits(buffer, table, *buffer.device_address)) continue;
    const std::uint64_t first = table.lowest_address() - *buffer.device_address;
    return Stream{i, *buffer.device_address,
                  fmt::format("device address of {} ({})", buffer.name, buffer.address_source),
                  !buffer.bytes_from(first).empty()};
  }
  return std::nullopt;
}

// Tables whose addresses are offsets: all records validate with some base that is not a device
// address.
std::optional<Stream> by_content(const Capture& capture, const TaskTable& table) {
  const std::uint64_t lowest = table.lowest_address();
  const std::uint64_t span = table.end_address() - lowest;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (buffer.role == BufferRole::model || span > buffer.size) continue;
    const std::uint64_t enable_in_first =
        8 * (std::uint64_t{table.tasks.front().regcfg_amount} + tail_words - 1);
    const std::uint64_t first_delta = table.tasks.front().regcmd_addr - lowest;
    // Device addresses of buffers are page aligned, offsets in a relative table start at any
    // multiple of 64.
    const bool relative = lowest < page;
    const std::uint64_t step = relative ? record_alignment : page;
    const std::uint64_t start = relative ? 0 : lowest % page;
    for (std::uint64_t offset = start; offset + span <= buffer.size; offset += step) {
      const auto bytes = buffer.bytes_at(offset + first_delta + enable_in_first, 8);
      if (bytes.empty() || !is_operation_enable(WordView(bytes)[0])) continue;
      const std::uint64_t base = lowest - offset;
      if (matching_tails(buffer, table, base) == table.tasks.size()) {
        return Stream{i, base,
                      fmt::format("content of {}: every record ends in its own OPERATION_ENABLE",
                                  buffer.name),
                      true};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Stream> locate_stream(const Capture& capture, const TaskTable& table) {
  if (auto stream = by_stated_address(capture, table)) return stream;
  return by_content(capture, table);
}

}  // namespace npuscope
