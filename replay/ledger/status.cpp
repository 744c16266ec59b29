#include "replay/ledger/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "replay/ledger/generated_side.h"
#include "replay/ledger/program_status.h"
#include "replay/preflight/lint.h"
#include "replay/run/parallel.h"
#include "replay/shape/shape_names.h"

namespace npuscope::ledger {

namespace {

using Entries = std::map<std::string_view, std::vector<const Entry*>>;

// The project's list in its order, then what else the ledger knows, then what else is asked for.
std::vector<std::string> keys_of(const Entries& entries, const std::vector<std::string>& asked) {
  std::vector<std::string> keys;
  std::set<std::string, std::less<>> seen;
  const auto add = [&](std::string key) {
    if (seen.insert(key).second) keys.push_back(std::move(key));
  };
  for (const ListedShape* item : distinct_shapes(false)) add(key_of(item->shape));
  for (const auto& [key, list] : entries) add(std::string(key));
  for (const std::string& key : asked) add(key);
  return keys;
}

std::map<std::string, std::vector<std::string>> names_of_keys() {
  std::map<std::string, std::vector<std::string>> names;
  for (const ListedShape& item : shape_list())
    if (item.listed) names[key_of(item.shape)].push_back(item.name);
  return names;
}

// Generates and lints; what follows from evidence comes later.
ShapeFacts derive(ShapeStatus& status) {
  ShapeFacts facts;
  facts.denied.fill(preflight::find_denied(status.key));
  const auto side = generated_side(status.shape);
  if (!side) {
    facts.not_generated = side.error().what;
    return facts;
  }
  facts.tasks = side->tasks;
  facts.executed = side->executed;
  for (std::size_t i = 0; i < facts.denied.size(); ++i)
    if (facts.denied[i] == nullptr) facts.denied[i] = preflight::find_denied(side->executed[i]);
  status.program = side->hash;
  status.basis = side->program.plan.basis;
  status.basis_reasons = side->program.plan.reasons;
  const Opened opened = open_capture(capture_of(side->program), RegisterDb::builtin());
  for (const preflight::Finding& finding : preflight::lint(opened, {}).findings)
    if (finding.severity == preflight::Severity::error)
      facts.lint.push_back(fmt::format("{}: {}: {}, expected {}", finding.rule->id,
                                       preflight::text_of(finding.where), finding.found,
                                       finding.expected));
  return facts;
}

std::size_t distinct_captures(const std::vector<const Entry*>& entries) {
  std::set<std::string_view> contents;
  for (const Entry* entry : entries)
    if (const auto* capture = std::get_if<CaptureEvidence>(&entry->evidence);
        capture != nullptr && !capture->in_network)
      contents.insert(capture->content);
  return contents.size();
}

bool passes_as_today(const ShapeStatus& status) {
  return !status.program.empty() && std::ranges::any_of(status.entries, [&](const Entry* entry) {
    const auto* simulation = std::get_if<SimulationEvidence>(&entry->evidence);
    return simulation != nullptr && simulation->program == status.program &&
           simulation->status == "pass";
  });
}

}  // namespace

std::string_view name_of(Status status) {
  constexpr std::array<std::string_view, 9> names{
      "UNKNOWN",     "NO_CAPTURE",  "FORMULA",          "FALLBACK",    "OFFLINE_EQUAL",
      "PROBED_PASS", "PROBED_FAIL", "POISONS_NEXT_JOB", "CRASH_FENCED"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view name_of(ReasonCode code) {
  constexpr std::array<std::string_view, 17> names{"not-generated", "lint",
                                                   "no-capture",    "searched",
                                                   "not-compared",  "other-program",
                                                   "in-network",    "differs",
                                                   "grains-differ", "incomplete-submit",
                                                   "not-simulated", "simulation-failed",
                                                   "no-run",        "run-incomplete",
                                                   "run-failed",    "poison",
                                                   "crash"};
  return names[static_cast<std::size_t>(code)];
}

bool belongs_to(const ShapeStatus& status, Shapes shapes) {
  if (shapes == Shapes::listed) return !status.names.empty();
  return shapes == Shapes::all || !status.entries.empty();
}

std::vector<ShapeStatus> assess(const Ledger& ledger, unsigned threads,
                                const std::vector<std::string>& asked) {
  Entries entries;
  for (const Entry& entry : ledger.entries) entries[entry.shape].push_back(&entry);
  const auto names = names_of_keys();

  std::vector<ShapeStatus> all;
  // A key of a ledger that is no shape any more is no shape to judge.
  for (const std::string& key : keys_of(entries, asked)) {
    const auto shape = parse_encoded_shape(key);
    if (!shape) continue;
    ShapeStatus& status = all.emplace_back();
    status.key = key;
    status.shape = *shape;
    status.family = family_of(*shape);
    if (const auto found = names.find(key); found != names.end()) status.names = found->second;
    if (const auto found = entries.find(key); found != entries.end())
      status.entries = found->second;
    status.captures = distinct_captures(status.entries);
  }
  std::vector<ShapeFacts> facts(all.size());
  for_each_index(all.size(), threads, [&](std::size_t i) { facts[i] = derive(all[i]); });

  std::set<std::string_view> passing;
  for (const ShapeStatus& status : all)
    if (passes_as_today(status)) passing.insert(status.key);
  const bool list_passes =
      std::ranges::all_of(names, [&](const auto& item) { return passing.contains(item.first); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    facts[i].list_passes = list_passes;
    for (unsigned cores = 1; cores <= 3; ++cores) {
      all[i].programs[cores - 1].cores = cores;
      all[i].programs[cores - 1].executed = facts[i].executed[cores - 1];
      judge(all[i], facts[i], all[i].programs[cores - 1]);
    }
  }
  return all;
}

}  // namespace npuscope::ledger
