// Accounts for every byte of the buffers of a capture: what is a record, a tail, padding, a table,
// data.
//
//   Coverage coverage = cover(capture, sets);    coverage.unexplained == 0 in vendor captures
//
// Nothing is classified by the look of its bytes except zeros: records come from the task table,
// the rest of a buffer is data of the role that the buffer has.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "decoder/program.h"

namespace npuscope {

enum class RangeKind : std::uint8_t {
  record_body,
  record_tail,
  padding,
  task_table,
  task_table_copy,
  model_file,
  zeros,
  data,
  not_captured,
  unexplained,
};

[[nodiscard]] std::string_view name_of(RangeKind kind);

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  RangeKind kind = RangeKind::data;
};

struct Coverage {
  std::vector<std::vector<Range>>
      buffers;  // parallel to Capture::buffers: ascending, disjoint, without gap
  std::uint64_t unexplained =
      0;  // bytes between the records of a window that are neither records nor zero
  [[nodiscard]] std::uint64_t total(RangeKind kind) const;
};

[[nodiscard]] Coverage cover(const Capture& capture, const std::vector<ProgramSet>& sets);

}  // namespace npuscope
