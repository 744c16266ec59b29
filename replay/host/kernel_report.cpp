#include "replay/host/kernel_report.h"

#include <algorithm>

#include "decoder/input/text_lines.h"
#include "replay/host/line_values.h"

namespace npuscope::host {

std::size_t KernelReport::count(KernelEffect effect) const {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [this, effect](const ReportedLine& line) {
        return line.boot == boots && line.kind->effect == effect;
      }));
}

KernelReport report_kernel_log(std::string_view log, const RegisterDb& db, const Capture* capture) {
  KernelReport report;
  bool in_header = false;
  LineReader reader(log);
  std::string_view text;
  while (reader.next(text)) {
    const bool begins = begins_boot(text);
    if (begins && !in_header) ++report.boots;
    in_header = begins;
    auto parsed = parse_kernel_line(text);
    if (!parsed) continue;
    ReportedLine line;
    line.number = reader.number();
    line.boot = report.boots;
    line.text = text;
    line.microseconds = parsed->microseconds;
    line.kind = parsed->kind;
    line.arguments = std::move(parsed->arguments);
    line.words = values_in_words(line.arguments, db, capture);
    report.lines.push_back(std::move(line));
  }
  report.total = reader.number();
  return report;
}

}  // namespace npuscope::host
