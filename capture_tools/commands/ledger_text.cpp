#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "capture_tools/commands/ledger_words.h"
#include "capture_tools/commands/ledger_writers.h"

namespace npuscope::cli {

using namespace ledger;

namespace {

void write_shape(const ShapeStatus& shape, Sink& sink) {
  const auto say = [&](std::string_view what, std::string_view text) {
    sink.put(fmt::format("  {:<12} {}\n", what, text));
  };
  sink.put(fmt::format("{}\n", shape.key));
  say("family", name_of(shape.family));
  for (const std::string& name : shape.names)
    if (name != shape.key) say("name", name);
  say("schedule", shape.program.empty() ? "none" : name_of(shape.basis));
  for (const std::string& reason : shape.basis_reasons) say("", reason);
  if (!shape.program.empty()) say("program", shape.program);
  for (const ProgramStatus& program : shape.programs) {
    sink.put(fmt::format("  {:<12} {}\n",
                         fmt::format("{} core{}", program.cores, program.cores == 1 ? "" : "s"),
                         status_text(program)));
    if (!program.executed.empty())
      sink.put(fmt::format("    {:<18} {}\n", "executes", program.executed));
    for (const Reason& reason : program.reasons)
      sink.put(fmt::format("    {:<18} {}\n", name_of(reason.code), reason.text));
    sink.put("    for PROBED_PASS\n");
    for (const Condition& condition : program.promotion)
      sink.put(fmt::format("      {} {:<12} {}\n", condition.met ? "yes" : " no", condition.name,
                           condition.text));
  }
  for (const Entry* entry : shape.entries) say(type_of(entry->evidence), evidence_text(*entry));
}

}  // namespace

void write_ledger_list(const LedgerView& view, Sink& sink) {
  sink.put(fmt::format("{:<17} {:<17} {:<17} {:>8}  shape\n", "1 core", "2 cores", "3 cores",
                       "captures"));
  for (const ShapeStatus& shape : view.statuses)
    sink.put(fmt::format("{:<17} {:<17} {:<17} {:>8}  {}\n", name_of(shape.programs[0].status),
                         name_of(shape.programs[1].status), name_of(shape.programs[2].status),
                         shape.captures, shape.key));
}

void write_ledger_shapes(const LedgerView& view, Sink& sink) {
  for (const ShapeStatus& shape : view.statuses) {
    if (&shape != &view.statuses.front()) sink.put("\n");
    write_shape(shape, sink);
  }
}

void write_ledger_table(const LedgerView& view, Sink& sink) {
  const FamilyTable table = family_table(view.statuses);
  sink.put(fmt::format("{:<10} {:>5} {:>6}", "family", "cores", "shapes"));
  for (const Status status : table.statuses) sink.put(fmt::format("  {}", name_of(status)));
  sink.put("\n");
  for (const FamilyRow& row : table.rows) {
    sink.put(fmt::format("{:<10} {:>5} {:>6}", row.family, row.cores, row.shapes));
    for (const Status status : table.statuses)
      sink.put(fmt::format("  {:>{}}", row.counts[static_cast<std::size_t>(status)],
                           name_of(status).size()));
    sink.put("\n");
  }
  const std::vector<Campaign> reported = campaigns(view.ledger);
  if (!reported.empty()) sink.put("\nreported by others, by name; of other programs than ours\n");
  for (const Campaign& campaign : reported) {
    sink.put(fmt::format("  {}: {}\n", campaign.name, counts_text(campaign)));
    for (const auto& [fence, count] : campaign.fences)
      sink.put(fmt::format("    {:>4}  {}\n", count, text_of(fence)));
  }
  const auto missing = searched_in_vain(view.statuses);
  if (!missing.empty())
    sink.put("\nno capture anywhere, though public notes say that there is one\n");
  for (const auto& [name, where] : missing) sink.put(fmt::format("  {}\n", name));
}

void write_ledger_next(const LedgerView& view, std::size_t count, Sink& sink) {
  const auto list = [&](std::string_view title, const std::vector<Suggestion>& all) {
    sink.put(fmt::format("{}: {} of {}\n", title, std::min(count, all.size()), all.size()));
    for (std::size_t i = 0; i < std::min(count, all.size()); ++i) {
      const Suggestion& s = all[i];
      sink.put(fmt::format("{:>3}. {}{}\n", i + 1, s.key,
                           s.cores == 0
                               ? fmt::format("  score {}", s.score)
                               : fmt::format("  {} core{}", s.cores, s.cores == 1 ? "" : "s")));
      for (const std::string& reason : s.reasons) sink.put(fmt::format("       {}\n", reason));
    }
  };
  list("captures that would tell most", next_captures(view.all));
  sink.put("\n");
  list("programs that wait for a guarded run", next_runs(view.all));
}

}  // namespace npuscope::cli
