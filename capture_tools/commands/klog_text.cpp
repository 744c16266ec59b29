#include <fmt/format.h>

#include <set>

#include "capture_tools/commands/klog_writers.h"
#include "decoder/emit/walk.h"

namespace npuscope::cli {

namespace {

using host::KernelReport;
using host::ReportedLine;

std::string time_of(const ReportedLine& line) {
  if (!line.microseconds) return "";
  return fmt::format("{}.{:06} s, ", *line.microseconds / 1'000'000,
                     *line.microseconds % 1'000'000);
}

// The mark at the begin of a line: what is harmless stays quiet.
std::string_view mark_of(const KernelLineKind& kind) {
  switch (kind.effect) {
    case KernelEffect::poison:
      return "POISON ";
    case KernelEffect::failure:
      return "FAILURE";
    case KernelEffect::information:
      break;
  }
  return kind.pattern.empty() ? "unknown" : "info   ";
}

void write_part(std::string_view name, std::string_view text, Sink& sink) {
  if (!text.empty()) sink.put(fmt::format("         {:<6} {}\n", name, text));
}

// What a kind means is told where it occurs first.
void write_line(const ReportedLine& line, bool first, Sink& sink) {
  const KernelLineKind& kind = *line.kind;
  sink.put(
      fmt::format("{}  {} ({}line {})\n", mark_of(kind), kind.what, time_of(line), line.number));
  write_part("line", comment_text(line.text), sink);
  for (const std::string& words : line.words) write_part("means", words, sink);
  if (!first) return;
  write_part("why", kind.why, sink);
  write_part("shows", kind.defect, sink);
  write_part("do", kind.remedy, sink);
}

std::string_view conclusion(const KernelReport& report) {
  if (report.poisoned())
    return "this boot is poisoned: nothing that runs now can be trusted; reboot before the next "
           "run";
  if (report.count(KernelEffect::failure) > 0) return "runs failed, and the driver recovered";
  return "nothing went wrong in these lines";
}

}  // namespace

void write_klog_text(const std::string& source, const KernelReport& report, Sink& sink) {
  sink.put(fmt::format("{}: {} lines, {} about the NPU\n", comment_text(source), report.total,
                       report.lines.size()));
  std::set<const KernelLineKind*> told;
  std::size_t boot = report.lines.empty() ? 0 : report.lines.front().boot;
  for (const ReportedLine& line : report.lines) {
    if (line.boot != boot) sink.put(fmt::format("---- boot {} of {}\n", line.boot, report.boots));
    boot = line.boot;
    write_line(line, told.insert(line.kind).second, sink);
  }
  sink.put(fmt::format("{}{}\n", report.boots > 1 ? "last boot: " : "", conclusion(report)));
}

}  // namespace npuscope::cli
