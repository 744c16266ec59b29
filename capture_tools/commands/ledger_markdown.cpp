#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture_tools/commands/ledger_words.h"

namespace npuscope::cli {

using namespace ledger;

namespace {

// Text in a cell: no character that Markdown would take for more.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) safe += '\\';
    safe += c == '\n' || c == '\r' ? ' ' : c;
  }
  return safe;
}

void row(const std::vector<std::string>& cells, Sink& sink) {
  sink.put(fmt::format("| {} |\n", fmt::join(cells, " | ")));
}

void head(const std::vector<std::string>& cells, Sink& sink) {
  row(cells, sink);
  row(std::vector<std::string>(cells.size(), "---"), sink);
}

void families(const LedgerView& view, Sink& sink) {
  const FamilyTable table = family_table(view.statuses);
  std::vector<std::string> columns{"family", "cores", "shapes"};
  for (const Status status : table.statuses) columns.push_back(cell(name_of(status)));
  head(columns, sink);
  for (const FamilyRow& each : table.rows) {
    std::vector<std::string> cells{each.family, std::to_string(each.cores),
                                   std::to_string(each.shapes)};
    for (const Status status : table.statuses)
      cells.push_back(std::to_string(each.counts[static_cast<std::size_t>(status)]));
    row(cells, sink);
  }
}

void reports(const LedgerView& view, Sink& sink) {
  const std::vector<Campaign> all = campaigns(view.ledger);
  if (all.empty()) return;
  sink.put("\n## Reported by others\n\n");
  head({"sweep", "results", "fences"}, sink);
  for (const Campaign& campaign : all) {
    std::vector<std::string> fences;
    for (const auto& [fence, count] : campaign.fences)
      fences.push_back(fmt::format("{} {}", count, cell(text_of(fence))));
    row({cell(campaign.name), counts_text(campaign), fmt::format("{}", fmt::join(fences, "; "))},
        sink);
  }
}

}  // namespace

void write_ledger_markdown(const LedgerView& view, Sink& sink) {
  sink.put("# Ledger\n\n");
  families(view, sink);
  reports(view, sink);
  sink.put("\n## Shapes\n\n");
  head({"shape", "1 core", "2 cores", "3 cores", "captures", "open, for 1 core"}, sink);
  for (const ShapeStatus& shape : view.statuses) {
    std::vector<std::string> reasons;
    for (const Reason& reason : shape.programs[0].reasons) reasons.push_back(cell(reason.text));
    row({cell(shape.key), cell(status_text(shape.programs[0])),
         cell(status_text(shape.programs[1])), cell(status_text(shape.programs[2])),
         std::to_string(shape.captures), fmt::format("{}", fmt::join(reasons, "; "))},
        sink);
  }
  sink.put("\n## What to capture next\n\n");
  std::size_t number = 0;
  for (const Suggestion& s : next_captures(view.all)) {
    if (++number > 10) break;
    sink.put(fmt::format("{}. {}\n", number, cell(s.key)));
    for (const std::string& reason : s.reasons) sink.put(fmt::format("    - {}\n", cell(reason)));
  }
}

}  // namespace npuscope::cli
