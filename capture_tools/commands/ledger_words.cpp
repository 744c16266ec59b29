#include "capture_tools/commands/ledger_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace npuscope::cli {

using namespace ledger;

namespace {

std::string difference_text(const ProgramDifference& program, Unit unit) {
  std::string text = fmt::format("{} core{}: {} {}", program.cores, program.cores == 1 ? "" : "s",
                                 program.compared, name_of(unit));
  if (program.counted() == 0 && program.compared > 0) text += " equal";
  for (std::size_t i = 0; i < difference_classes; ++i)
    if (program.differences[i] > 0)
      text +=
          fmt::format(", {} {}", program.differences[i], name_of(static_cast<DifferenceClass>(i)));
  if (program.not_compared > 0) text += fmt::format(", {} not compared", program.not_compared);
  return text;
}

std::string text_of(const CaptureEvidence& capture) {
  std::vector<std::string> parts{capture.kind};
  if (capture.in_network) parts.emplace_back("node of a network");
  if (!capture.compiler.empty()) parts.push_back("compiler " + capture.compiler);
  for (const ProgramDifference& program : capture.programs)
    parts.push_back(difference_text(program, capture.unit));
  if (capture.ran_tasks)
    parts.push_back(fmt::format("its submit runs {} tasks on a core", *capture.ran_tasks));
  parts.insert(parts.end(), capture.faults.begin(), capture.faults.end());
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string difference(const std::optional<double>& max_diff) {
  return max_diff ? fmt::format(", largest difference {:.4g}", *max_diff) : std::string();
}

std::string text_of(const SimulationEvidence& s) {
  return fmt::format("{}{}{}, seed {}", s.status, s.reason.empty() ? "" : ": " + s.reason,
                     difference(s.max_diff), s.seed);
}

std::string text_of(const RunEvidence& r) {
  std::vector<std::string> parts{fmt::format("{}{}, {} core{}, {} tasks", name_of(r.result),
                                             r.reason.empty() ? "" : " (" + r.reason + ")", r.cores,
                                             r.cores == 1 ? "" : "s", r.ran_tasks)};
  if (!r.values.empty()) parts.push_back(r.values);
  parts.push_back(fmt::format("health before: {}, after: {}",
                              r.health_before.empty() ? "unknown" : r.health_before,
                              r.health_after.empty() ? "unknown" : r.health_after));
  if (!r.overridden.empty())
    parts.push_back(fmt::format("allowed: {}", fmt::join(r.overridden, " ")));
  parts.push_back(fmt::format("{} {}", r.device, r.driver));
  parts.push_back(r.date);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string text_of(const ReportEvidence& r) {
  const std::string why = r.fence ? " (" + ledger::text_of(*r.fence) + ")" : "";
  return fmt::format("{}{} as {}{}", r.status, why, r.name, difference(r.max_diff));
}

}  // namespace

std::string status_text(const ProgramStatus& program) {
  const bool holds =
      program.status == Status::offline_equal || program.status == Status::probed_pass;
  return fmt::format("{}{}", name_of(program.status),
                     holds && !program.label.empty() ? " (" + program.label + ")" : "");
}

std::string evidence_text(const Entry& entry) {
  const Source& source = entry.source;
  return fmt::format("{}{}{}: {}", source.name, source.part.empty() ? "" : ", ", source.part,
                     std::visit([](const auto& e) { return text_of(e); }, entry.evidence));
}

std::string counts_text(const Campaign& campaign) {
  std::vector<std::pair<std::string, std::size_t>> counts(campaign.statuses.begin(),
                                                          campaign.statuses.end());
  std::ranges::stable_sort(counts, std::greater<>(), [](const auto& c) { return c.second; });
  std::vector<std::string> parts;
  for (const auto& [status, count] : counts) parts.push_back(fmt::format("{} {}", count, status));
  return fmt::format("{}", fmt::join(parts, ", "));
}

FamilyTable family_table(const std::vector<ShapeStatus>& statuses) {
  FamilyTable table;
  std::array<std::size_t, 9> total{};
  const auto add = [&](std::string name, auto belongs) {
    for (unsigned cores = 1; cores <= 3; ++cores) {
      FamilyRow row{name, cores, 0, {}};
      for (const ShapeStatus& shape : statuses) {
        if (!belongs(shape)) continue;
        ++row.shapes;
        ++row.counts[static_cast<std::size_t>(shape.programs[cores - 1].status)];
      }
      if (row.shapes > 0) table.rows.push_back(std::move(row));
    }
  };
  for (const Family family :
       {Family::pointwise, Family::spatial, Family::depthwise, Family::grouped, Family::conv1d})
    add(std::string(name_of(family)), [&](const ShapeStatus& s) { return s.family == family; });
  add("all", [](const ShapeStatus&) { return true; });
  for (const FamilyRow& row : table.rows)
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += row.counts[i];
  for (std::size_t i = 0; i < total.size(); ++i)
    if (total[i] > 0) table.statuses.push_back(static_cast<Status>(i));
  return table;
}

std::vector<std::pair<std::string, std::string>> searched_in_vain(
    const std::vector<ShapeStatus>& statuses) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const ShapeStatus& shape : statuses)
    for (const Reason& reason : shape.programs[0].reasons)
      if (reason.code == ReasonCode::searched)
        for (const std::string& name : shape.names) found.emplace_back(name, reason.text);
  return found;
}

}  // namespace npuscope::cli
