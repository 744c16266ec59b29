// Pieces of a command file for gdb: commands that print checked lines (decoder/input/gdb_line.h),
// and definitions.
//
//   define("mapped", print_line("MMAP", {{"addr", {"$npu_map_address"}}}))
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace npuscope::record {

// A value of a line: its name, and expressions of gdb, one for each word.
struct GdbValueText {
  std::string name;
  std::vector<std::string> words;
};
using GdbValues = std::vector<GdbValueText>;

[[nodiscard]] GdbValues joined(GdbValues values, const GdbValues& more);

// The command that prints a line with its check, and counts it in $npu_line.
[[nodiscard]] std::string print_line(std::string_view kind, const GdbValues& values);

// The command npuscope_NAME.
[[nodiscard]] std::string define(std::string_view name, std::string_view body);

// `each` for the buffers $npu_k of the file $npu_fd for which the condition holds.
[[nodiscard]] std::string for_buffers(std::string_view condition, std::string_view each);

}  // namespace npuscope::record
