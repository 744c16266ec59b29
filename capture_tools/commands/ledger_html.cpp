#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture_tools/commands/ledger_words.h"

namespace npuscope::cli {

using namespace ledger;

namespace {

// Everything that the page needs stands in it; it loads nothing, and runs no script.
constexpr std::string_view opening = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Ledger of convolutions</title>
<style>
:root { color-scheme: light dark; --line: #8885; --good: #2a7d3f; --bad: #b3312c; --open: #97701a; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; } code, summary { font-family: ui-monospace, monospace; font-size: .9em; }
details { border-bottom: 1px solid var(--line); padding: .25rem 0; } summary { cursor: pointer; }
ul { margin: .2rem 0 .6rem; } .status { font-weight: 600; color: var(--open); white-space: nowrap; }
.OFFLINE_EQUAL, .PROBED_PASS, .FALLBACK { color: var(--good); }
.PROBED_FAIL, .POISONS_NEXT_JOB, .CRASH_FENCED { color: var(--bad); }
</style>
</head>
<body>
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        // Control characters are no characters of HTML.
        safe += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return safe;
}

std::string status_html(const ProgramStatus& program) {
  return fmt::format("<span class=\"status {}\">{}</span>", name_of(program.status),
                     escaped(status_text(program)));
}

void families(const LedgerView& view, Sink& sink) {
  const FamilyTable table = family_table(view.statuses);
  sink.put("<h2>Families</h2>\n<table>\n<tr><th>family<th>cores<th>shapes");
  for (const Status status : table.statuses) sink.put(fmt::format("<th>{}", name_of(status)));
  sink.put("\n");
  for (const FamilyRow& row : table.rows) {
    sink.put(fmt::format("<tr><td>{}<td class=\"number\">{}<td class=\"number\">{}", row.family,
                         row.cores, row.shapes));
    for (const Status status : table.statuses)
      sink.put(
          fmt::format("<td class=\"number\">{}", row.counts[static_cast<std::size_t>(status)]));
    sink.put("\n");
  }
  sink.put("</table>\n");
}

void reports(const LedgerView& view, Sink& sink) {
  const std::vector<Campaign> all = campaigns(view.ledger);
  if (all.empty()) return;
  sink.put("<h2>Reported by others</h2>\n<table>\n<tr><th>sweep<th>results<th>fences\n");
  for (const Campaign& campaign : all) {
    sink.put(fmt::format("<tr><td>{}<td>{}<td>", escaped(campaign.name), counts_text(campaign)));
    for (const auto& [fence, count] : campaign.fences)
      sink.put(fmt::format("{} {}<br>", count, escaped(text_of(fence))));
    sink.put("\n");
  }
  sink.put("</table>\n");
}

void shape_html(const ShapeStatus& shape, Sink& sink) {
  sink.put(fmt::format("<details><summary>{} {}</summary>\n<ul>\n", status_html(shape.programs[0]),
                       escaped(shape.key)));
  for (const std::string& name : shape.names)
    if (name != shape.key) sink.put(fmt::format("<li>name: <code>{}</code>\n", escaped(name)));
  for (const ProgramStatus& program : shape.programs) {
    sink.put(fmt::format("<li>{} core{}: {}<ul>\n", program.cores, program.cores == 1 ? "" : "s",
                         status_html(program)));
    for (const Reason& reason : program.reasons)
      sink.put(fmt::format("<li>{}: {}\n", name_of(reason.code), escaped(reason.text)));
    sink.put("</ul>\n");
  }
  for (const Entry* entry : shape.entries)
    sink.put(fmt::format("<li>{}: {}\n", type_of(entry->evidence), escaped(evidence_text(*entry))));
  sink.put("</ul>\n</details>\n");
}

void next(const LedgerView& view, Sink& sink) {
  sink.put("<h2>What to capture next</h2>\n<ol>\n");
  std::size_t number = 0;
  for (const Suggestion& s : next_captures(view.all)) {
    if (++number > 10) break;
    sink.put(fmt::format("<li><code>{}</code><ul>\n", escaped(s.key)));
    for (const std::string& reason : s.reasons) sink.put(fmt::format("<li>{}\n", escaped(reason)));
    sink.put("</ul>\n");
  }
  sink.put("</ol>\n");
}

}  // namespace

void write_ledger_html(const LedgerView& view, Sink& sink) {
  sink.put(opening);
  sink.put("<h1>Ledger of convolutions</h1>\n");
  families(view, sink);
  reports(view, sink);
  next(view, sink);
  sink.put("<h2>Shapes</h2>\n");
  for (const ShapeStatus& shape : view.statuses) shape_html(shape, sink);
  sink.put("</body>\n</html>\n");
}

}  // namespace npuscope::cli
