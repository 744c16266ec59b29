#include "capture_tools/record/gdb_print.h"

#include <fmt/format.h>

#include "decoder/input/gdb_line.h"

namespace npuscope::record {

GdbValues joined(GdbValues values, const GdbValues& more) {
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

std::string print_line(std::string_view kind, const GdbValues& values) {
  std::string names = fmt::format(" {}", kind);
  std::string form = names;
  std::string arguments;
  std::size_t words = 0;
  for (const GdbValueText& value : values) {
    names += fmt::format(" {}=", value.name);
    form += fmt::format(" {}=", value.name);
    for (const std::string& word : value.words) {
      form += "%016lx";
      arguments += fmt::format(", (unsigned long)({})", word);
      ++words;
    }
  }
  names += ' ';
  std::string check = fmt::format("({:#x} * $npu_factor + $npu_line)", gdb_seed(names));
  for (const GdbValueText& value : values)
    for (const std::string& word : value.words)
      check = fmt::format("({} * $npu_factor + (unsigned long)({}))", check, word);
  // The number and the check are words too; the last character is the full stop.
  const std::size_t length = gdb_line_head + names.size() + (words + 2) * gdb_word_digits + 1;
  return fmt::format(
      "  printf \"{}{:03x} %016lx{} %016lx.\\n\", $npu_line{}, {}\n"
      "  set $npu_line = $npu_line + 1\n",
      gdb_line_mark, length, form, arguments, check);
}

std::string define(std::string_view name, std::string_view body) {
  return fmt::format("define npuscope_{}\n{}end\n\n", name, body);
}

std::string for_buffers(std::string_view condition, std::string_view each) {
  return fmt::format(
      "  set $npu_k = 0\n"
      "  while $npu_k < $npu_buffers\n"
      "    npuscope_load\n"
      "    if $npu_b_fd == $npu_fd && {}\n"
      "      {}\n"
      "    end\n"
      "    set $npu_k = $npu_k + 1\n"
      "  end\n",
      condition, each);
}

}  // namespace npuscope::record
