// Finds task tables in the bytes of a capture, by the strict test only.
//
//   for (const TaskTable& table : find_task_tables(capture)) ...
//
// A table is a run of 40-byte entries that all pass is_vendor_task(), ended by the first entry that
// does not (in practice an all-zero slot, or the end of the known bytes). Entries that fail are
// never tasks.
#pragma once

#include <vector>

#include "decoder/capture.h"

namespace npuscope {

struct TaskTable {
  std::size_t buffer = 0;  // index into Capture::buffers
  std::uint64_t offset = 0;
  std::vector<Task> tasks;
  bool foreign =
      false;  // accepted by the relaxed test, because a submit names the buffer as its task object

  [[nodiscard]] std::uint64_t lowest_address() const;
  // The addresses are offsets in the stream: no device has a command buffer in its first page.
  [[nodiscard]] bool has_offsets() const { return lowest_address() < 4096; }
  [[nodiscard]] std::uint64_t end_address() const;  // behind the last tail
};

[[nodiscard]] std::vector<TaskTable> find_task_tables(const Capture& capture);

// Same records at another base: equal entries but for one constant in regcmd_addr. The runtime
// keeps such a copy, with relative addresses, behind the commands.
[[nodiscard]] bool is_copy(const TaskTable& a, const TaskTable& b);

}  // namespace npuscope
