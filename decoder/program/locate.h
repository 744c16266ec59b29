// Finds where the records of a task table lie: which buffer, and what its device address is.
//
//   auto stream = locate_stream(capture, table);    // stream->buffer, stream->base
//
// Best first: the device address that the source states for a buffer; offsets (model file, or the
// runtime's copy of the table); else by content: the base at which every record of the table ends
// in its own OPERATION_ENABLE. Addresses printed beside EMIT text are never used.
#pragma once

#include <optional>
#include <string>

#include "decoder/program/task_table.h"

namespace npuscope {

struct Stream {
  std::size_t buffer = 0;
  std::uint64_t base = 0;  // regcmd_addr - base = offset in the buffer (modulo 2^64)
  std::string source;
  bool captured = true;  // false: the buffer is known, its bytes at the records are not
};

[[nodiscard]] std::optional<Stream> locate_stream(const Capture& capture, const TaskTable& table);

// Words that a search by content may look at: far more than any real capture needs, and an end for
// hostile ones. Who looks for many tables of one capture shares a budget among them.
inline constexpr std::uint64_t search_budget = 200'000'000;
[[nodiscard]] std::optional<Stream> locate_stream(const Capture& capture, const TaskTable& table,
                                                  std::uint64_t& budget);

}  // namespace npuscope
