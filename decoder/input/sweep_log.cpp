// Results of convolution sweeps: summary, detail with continuation lines, live output.

#include "decoder/input/sweep_status.h"
#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

// STATUS is a field: the first word of the line and one of the known ones.
std::string_view leading_status(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  return is_sweep_status(word) ? word : std::string_view();
}

SweepEntry& add_entry(TextContext& context, std::string_view status, std::string_view name,
                      std::string_view text) {
  auto& sweep = context.builder.capture().sweep;
  sweep.push_back({std::string(status), std::string(name), std::string(text), context.place});
  context.open_sweep = sweep.size() - 1;
  return sweep.back();
}

bool read_summary_header(TextContext& context, std::string_view line) {
  for (const std::string_view key : {"timestamp", "total", "pre_health_rc"}) {
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") continue;
    context.sweep_summary = true;
    // counts={...} is a Python dict with blanks in it: keep the rest of the line whole.
    const std::size_t counts = line.find(" counts=");
    for (const auto& [name, value] : key_values(line.substr(0, counts))) {
      context.fact("sweep." + name, value);
    }
    if (counts != std::string_view::npos) context.fact("sweep.counts", line.substr(counts + 8));
    return true;
  }
  return false;
}

}  // namespace

bool read_sweep_entry(TextContext& context, std::string_view line) {
  if (read_summary_header(context, line)) return true;
  const std::string_view status = leading_status(line);
  if (status.empty()) return false;
  const std::string_view rest = trimmed(line.substr(status.size()));
  const std::size_t mark = rest.find(" :: ");
  if (mark != std::string_view::npos) {
    add_entry(context, status, trimmed(rest.substr(0, mark)), rest.substr(mark + 4));
    context.live_sweep = false;
    return true;
  }
  if (!context.sweep_summary || rest.empty() || rest.find(' ') != std::string_view::npos) {
    return false;
  }
  add_entry(context, status, rest, {});
  context.open_sweep.reset();  // a summary has no continuation lines
  return true;
}

// "[  1/217] name (b=1 ...) ...", then an indented "PASS running={...} elapsed= 0.1s  text".
bool read_sweep_live(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (scan.literal("[")) {
    scan.blanks();
    if (!scan.decimal() || !scan.literal("/") || !scan.decimal() || !scan.literal("] ")) {
      return false;
    }
    const std::string_view name = scan.until(" ");
    add_entry(context, {}, name, scan.rest());
    context.live_sweep = true;
    return true;
  }
  if (!context.live_sweep || !context.open_sweep || !line.starts_with("    ")) return false;
  const std::string_view text = trimmed(line);
  const std::string_view status = leading_status(text);
  if (status.empty()) return false;
  SweepEntry& entry = context.builder.capture().sweep[*context.open_sweep];
  entry.status = status;
  entry.text.append("\n").append(trimmed(text.substr(status.size())));
  context.open_sweep.reset();
  return true;
}

bool read_sweep_continuation(TextContext& context, std::string_view line) {
  if (!context.open_sweep || context.live_sweep) return false;
  if (trimmed(line).empty()) return false;
  context.builder.capture().sweep[*context.open_sweep].text.append("\n").append(line);
  return true;
}

}  // namespace npuscope
