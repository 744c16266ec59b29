#include "decoder/program/locate.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "decoder/device_memory.h"
#include "decoder/word.h"

namespace npuscope {

namespace {

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

// Hand-written clients end records as they like. The words of a body are still register writes of
// known blocks, and a record begins with one; constants fail this within a few words.
bool has_plausible_body(const Buffer& buffer, const Task& task, std::uint64_t base) {
  const auto bytes =
      buffer.bytes_at(task.regcmd_addr - base, 8 * std::uint64_t{task.regcfg_amount});
  const WordView words(bytes);
  if (words.empty() || words[0].raw == 0) return false;
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].raw != 0 && !is_plausible_command(words[i])) return false;
    zeros += words[i].raw == 0 ? 1 : 0;
  }
  return zeros <= tail_words;  // a tail that is counted inside the amount may hold zero words
}

bool has_own_tail(const Buffer& buffer, const Task& task, std::uint64_t base) {
  const std::uint64_t enable_at =
      task.regcmd_addr - base + 8 * (std::uint64_t{task.regcfg_amount} + tail_words - 1);
  const auto bytes = buffer.bytes_at(enable_at, 8);
  if (bytes.empty()) return false;
  const Word word = WordView(bytes)[0];
  return is_operation_enable(word) && word.value() == task.enable_mask;
}

// One way to recognise a record at a place.
struct RecordTest {
  bool (*passes)(const Buffer&, const Task&, std::uint64_t base);
  // The word that it looks at first, in bytes from the begin of the record.
  std::uint64_t (*first_look)(const Task&);
  std::uint64_t (*words)(const Task&);  // how many it may look at
  std::string_view says;
};

constexpr RecordTest own_tail{
    has_own_tail,
    [](const Task& task) { return 8 * (std::uint64_t{task.regcfg_amount} + tail_words - 1); },
    [](const Task&) { return std::uint64_t{1}; }, "ends in its own OPERATION_ENABLE"};
constexpr RecordTest plausible_body{
    has_plausible_body, [](const Task&) { return std::uint64_t{0}; },
    [](const Task& task) { return std::uint64_t{task.regcfg_amount}; },
    "consists of register writes"};

// The base at which every record of the table passes the test. Device addresses of buffers are page
// aligned, offsets in a relative table start at any multiple of 64. Only bases that put the first
// look of the first task on captured bytes are tried: a buffer may say that it has 4 GiB and hold
// ten bytes.
std::optional<std::uint64_t> base_by_content(const Buffer& buffer, const TaskTable& table,
                                             const RecordTest& test, std::uint64_t& budget) {
  const std::uint64_t lowest = table.lowest_address();
  const std::uint64_t span = table.end_address() - lowest;
  const bool relative = table.has_offsets();
  const std::uint64_t step = relative ? record_alignment : page_bytes;
  const std::uint64_t start = relative ? 0 : lowest % page_bytes;
  const Task& front = table.tasks.front();
  const std::uint64_t look = front.regcmd_addr - lowest + test.first_look(front);
  for (const Piece& piece : buffer.pieces) {
    const std::uint64_t first = piece.offset > look + start ? piece.offset - look - start : 0;
    for (std::uint64_t offset = start + (first + step - 1) / step * step;
         offset + span <= buffer.size && offset + look < piece.end(); offset += step) {
      const std::uint64_t base = lowest - offset;
      if (std::all_of(table.tasks.begin(), table.tasks.end(), [&](const Task& task) {
            const std::uint64_t cost = test.words(task);
            budget -= std::min(budget, cost);
            return test.passes(buffer, task, base);
          })) {
        return base;
      }
      if (budget == 0) return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<Stream> by_content(const Capture& capture, const TaskTable& table,
                                 std::uint64_t& budget) {
  const std::uint64_t span = table.end_address() - table.lowest_address();
  for (const RecordTest& test : {own_tail, plausible_body}) {
    for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
      const Buffer& buffer = capture.buffers[i];
      if (buffer.role == BufferRole::model || buffer.pieces.empty() || span > buffer.size) continue;
      const auto base = base_by_content(buffer, table, test, budget);
      if (!base) continue;
      return Stream{i, *base, fmt::format("content of {}: every record {}", buffer.name, test.says),
                    true};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Stream> locate_stream(const Capture& capture, const TaskTable& table,
                                    std::uint64_t& budget) {
  if (auto stream = by_stated_address(capture, table)) return stream;
  return by_content(capture, table, budget);
}

std::optional<Stream> locate_stream(const Capture& capture, const TaskTable& table) {
  std::uint64_t budget = search_budget;
  return locate_stream(capture, table, budget);
}

}  // namespace npuscope
