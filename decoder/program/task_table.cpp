#include "decoder/program/task_table.h"

#include <algorithm>
#include <limits>

namespace npuscope {

namespace {

constexpr std::uint32_t vendor_int_clear = 0x1ffff;
constexpr std::size_t int_clear_offset = 16;

// Entries may stand at any multiple of 4: a vendor table starts at 0, the copy behind the commands
// at a multiple of 64, but dumps may begin anywhere. int_clear is the same in every entry, so it
// finds candidates quickly.
std::size_t next_candidate(std::span<const std::byte> bytes, std::size_t from) {
  for (std::size_t at = from; at + task_bytes <= bytes.size(); at += 4) {
    std::uint32_t int_clear;
    std::memcpy(&int_clear, bytes.data() + at + int_clear_offset, 4);
    if (int_clear == vendor_int_clear && is_vendor_task(load_task(bytes.subspan(at)))) return at;
  }
  return bytes.size();
}

void find_in_piece(const Piece& piece, std::size_t buffer, std::vector<TaskTable>& tables) {
  std::size_t at = next_candidate(piece.bytes, 0);
  while (at < piece.bytes.size()) {
    TaskTable table{buffer, piece.offset + at, {}, false};
    for (; at + task_bytes <= piece.bytes.size(); at += task_bytes) {
      const Task task = load_task(piece.bytes.subspan(at));
      if (!is_vendor_task(task)) break;
      table.tasks.push_back(task);
    }
    tables.push_back(std::move(table));
    at = next_candidate(piece.bytes, at);
  }
}

// A hand-written client's table: only where a submit says so, and from its first byte.
void find_foreign(const Capture& capture, std::size_t index, std::vector<TaskTable>& tables) {
  const Buffer& buffer = capture.buffers[index];
  if (!buffer.object_address) return;
  for (const Submit& submit : capture.submits) {
    if (submit.task_obj_addr != buffer.object_address) continue;
    TaskTable table{index, 0, {}, true};
    const auto bytes = buffer.bytes_from(0);
    for (std::size_t at = 0; at + task_bytes <= bytes.size(); at += task_bytes) {
      const Task task = load_task(bytes.subspan(at));
      if (!is_foreign_task(task)) break;
      table.tasks.push_back(task);
    }
    if (!table.tasks.empty()) tables.push_back(std::move(table));
    return;
  }
}

}  // namespace

std::uint64_t TaskTable::lowest_address() const {
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  for (const Task& task : tasks) lowest = std::min(lowest, task.regcmd_addr);
  return lowest;
}

std::uint64_t TaskTable::end_address() const {
  std::uint64_t end = 0;
  for (const Task& task : tasks) {
    end = std::max(end, task.regcmd_addr + 8 * (std::uint64_t{task.regcfg_amount} + tail_words));
  }
  return end;
}

std::vector<TaskTable> find_task_tables(const Capture& capture) {
  std::vector<TaskTable> tables;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    // A model file is read by its own reader; targets of a lossy dump are not bytes of the device.
    if (buffer.role == BufferRole::model || buffer.trust == Trust::lossy) continue;
    const std::size_t before = tables.size();
    for (const Piece& piece : buffer.pieces) find_in_piece(piece, i, tables);
    if (tables.size() == before) find_foreign(capture, i, tables);
  }
  return tables;
}

bool is_copy(const TaskTable& a, const TaskTable& b) {
  if (a.tasks.size() != b.tasks.size() || a.tasks.empty()) return false;
  const std::uint64_t delta = a.tasks.front().regcmd_addr - b.tasks.front().regcmd_addr;
  return std::equal(a.tasks.begin(), a.tasks.end(), b.tasks.begin(), [&](Task x, Task y) {
    y.regcmd_addr += delta;
    x.int_status = y.int_status;  // changes when the task has run
    return x == y;
  });
}

}  // namespace npuscope
