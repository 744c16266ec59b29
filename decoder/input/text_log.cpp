// Text captures: one pass over the lines, each classified on its own, since one file may hold
// several formats (hex rows, task lists and EMIT lines; a gdb log inside runtime output).

#include <fmt/format.h>

#include <array>
#include <bit>

#include "decoder/input/read_input.h"
#include "decoder/input/text_formats.h"
#include "decoder/input/text_lines.h"

namespace npuscope {

namespace {

// A format and the characters that its lines can begin with ("" = any). Tried in this order: the
// ones that fill megabytes first, the ones that search whole lines last.
struct LineFormat {
  std::string_view name;
  std::string_view first_characters;
  bool (*read)(TextContext&, std::string_view);
};

constexpr std::string_view other_text = "other text";
constexpr std::string_view blank_line = "blank line";

constexpr std::array formats{
    LineFormat{"hex row", "[", read_hex_row},
    LineFormat{"lsb listing", "[", read_lsb_word},
    LineFormat{"EMIT text", "[", read_emit_word},
    LineFormat{"regcmd_qword", " ", read_qword},
    LineFormat{"task list field", " ", read_task_field},
    LineFormat{"named write", " \tE", read_emit_name},
    LineFormat{"zero run", ".", read_zero_run},
    LineFormat{"task list", "DT", read_task_list},
    LineFormat{"task address", "[\t", read_task_address},
    LineFormat{"GEM header", "gGm=P", read_gem_header},
    LineFormat{"live log", "G", read_live_gem},
    LineFormat{"live log detail", " ", read_live_detail},
    LineFormat{"live log submit", "s", read_live_submit},
    LineFormat{"decoder message", "DWlC", read_decoder_chatter},
    LineFormat{"submit detail", "", read_submit_detail},
    LineFormat{"snapshot", "SMA", read_snapshot_header},
    LineFormat{"snapshot detail", " ", read_snapshot_detail},
    LineFormat{"sweep log", "PFESTCUtp", read_sweep_entry},
    LineFormat{"sweep live log", "[ ", read_sweep_live},
    LineFormat{"strace log", "0123456789i", read_strace},
    LineFormat{"runtime allocation", "", read_runtime_allocation},
    LineFormat{"ioctl log", "", read_ioctl},
    LineFormat{"kernel log", "", read_kernel_line},
    LineFormat{"runtime fact", "", read_runtime_fact},
    LineFormat{"sweep continuation", "", read_sweep_continuation},
};
static_assert(formats.size() + 2 <= max_line_formats);

// For each first character the formats to try, as a bit mask.
constexpr std::array<std::uint32_t, 256> candidates = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::size_t i = 0; i < formats.size(); ++i) {
    for (std::size_t c = 0; c < table.size(); ++c) {
      const std::string_view wanted = formats[i].first_characters;
      const bool fits =
          wanted.empty() || wanted.find(static_cast<char>(c)) != std::string_view::npos;
      if (fits) table[c] |= std::uint32_t{1} << i;
    }
  }
  return table;
}();

// Index into `formats`, or one of the two behind its end: not understood, blank.
std::size_t classify(TextContext& context, std::string_view line) {
  if (line.empty()) return formats.size() + 1;
  std::uint32_t mask = candidates[static_cast<unsigned char>(line[0])];
  for (; mask != 0; mask &= mask - 1) {
    const auto format = static_cast<std::size_t>(std::countr_zero(mask));
    if (formats[format].read(context, line)) return format;
  }
  return formats.size();
}

bool has_line(const Capture& capture, std::string_view format) {
  for (const LineCount& count : capture.lines) {
    if (count.format == format) return true;
  }
  return false;
}

// What a person would call such a file: the format that carries most of its meaning.
std::string kind_of(const Capture& capture) {
  struct Name {
    std::string_view format, kind;
  };
  constexpr std::array names{
      Name{"live log", "live log"},
      Name{"regcmd_qword", "live log"},
      Name{"hex row", "GEM text dump"},
      Name{"EMIT text", "EMIT text"},
      Name{"lsb listing", "lsb listing"},
      Name{"named write", "EMIT text without words"},
      Name{"ioctl log", "ioctl log"},
      Name{"snapshot", "snapshot"},
      Name{"sweep log", "sweep log"},
      Name{"sweep live log", "sweep log"},
      Name{"strace log", "call trace"},
      Name{"kernel log", "kernel log"},
      Name{"task list", "task list"},
      Name{"task address", "task list"},
      Name{"runtime allocation", "runtime log"},
      Name{"runtime fact", "runtime log"},
  };
  for (const Name& name : names) {
    if (has_line(capture, name.format)) return std::string(name.kind);
  }
  return "text";
}

void finish_capture(Capture& capture) {
  capture.kind = kind_of(capture);
  for (const std::string_view words :
       {"hex row", "regcmd_qword", "EMIT text", "lsb listing", "named write"}) {
    if (has_line(capture, words)) return;
  }
  capture.note("contains no words: nothing of this text is a register command",
               {capture.source, 0, false});
}

}  // namespace

void store_line_counts(TextContext& context) {
  const auto store = [&](std::string_view name, std::uint64_t lines) {
    if (lines > 0) context.builder.count_line(name, lines);
  };
  for (std::size_t i = 0; i < formats.size(); ++i) store(formats[i].name, context.line_counts[i]);
  store(other_text, context.line_counts[formats.size()]);
  store(blank_line, context.line_counts[formats.size() + 1]);
  context.line_counts = {};
}

Result<std::vector<Capture>> read_text(const FileBytes& file) {
  TextContext context(file.name);
  LineReader lines(file.text());
  std::string_view line;
  while (lines.next(line)) {
    context.place.at = lines.number();
    // Counted after it was read: a line that begins a run belongs to that run.
    const std::size_t format = classify(context, line);
    ++context.line_counts[format];
  }
  if (context.c_source_lines > 0 && !context.saw_words) {
    return unreadable("this is C source with variables in its EMIT lines, not a capture", file.name,
                      "run the program under `npuscope record` and open what that writes");
  }
  if (context.c_source_lines > 0) {
    context.complain("EMIT lines with variables in them (C source) were ignored");
  }
  context.end_run();
  std::vector<Capture> captures = std::move(context.builder).finish();
  for (Capture& capture : captures) finish_capture(capture);
  return captures;
}

}  // namespace npuscope
