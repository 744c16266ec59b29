#include "replay/preflight/lint.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

bool has(const std::vector<const Rule*>& rules, const Rule& rule) {
  return std::find(rules.begin(), rules.end(), &rule) != rules.end();
}

// Rules that look at registers have nothing to say where there are none.
bool needs_registers(const Rule& rule) {
  const bool of_registers = rule.scope == Scope::program || rule.scope == Scope::model;
  return of_registers && !rule.id.starts_with("RKNN-");
}

}  // namespace

std::string_view name_of(RuleState state) {
  constexpr std::string_view names[] = {"passed", "found", "not evaluated", "not applicable"};
  return names[static_cast<std::uint8_t>(state)];
}

RuleState RuleOutcome::state() const {
  if (found > 0) return RuleState::found;
  if (checked > 0) return RuleState::passed;
  return skipped.empty() ? RuleState::not_applicable : RuleState::not_evaluated;
}

std::size_t RuleOutcome::not_judged() const {
  std::size_t sum = 0;
  for (const auto& [reason, count] : skipped) sum += count;
  return sum;
}

std::size_t LintReport::count(Severity severity) const {
  return counts[static_cast<std::size_t>(severity)];
}

LintReport lint(const Opened& opened, const LintOptions& options) {
  const Context context(opened, options.device, *options.database);
  LintReport report;
  for (const Rule& rule : all_rules()) {
    Verdict verdict(rule, options.findings_per_rule);
    if (needs_registers(rule) && !context.closed().empty()) {
      verdict.skip(context.closed());
    } else {
      rule.check(context, verdict);
    }
    auto degree = static_cast<std::size_t>(rule.severity);
    for (Finding& finding : verdict.findings()) {
      if (has(options.allowed, rule)) finding.severity = Severity::note;
      if (has(options.denied, rule)) finding.severity = Severity::error;
      degree = static_cast<std::size_t>(finding.severity);
      ++report.counts[degree];
      report.findings.push_back(std::move(finding));
    }
    report.counts[degree] += verdict.total() - verdict.findings().size();
    report.outcomes.push_back({&rule, verdict.checked(), verdict.total(), verdict.skipped()});
  }
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return report;
}

Result<std::vector<const Rule*>> rules_named(const std::vector<std::string>& ids) {
  std::vector<const Rule*> rules;
  for (const std::string& id : ids) {
    const Rule* rule = find_rule(id);
    if (rule == nullptr)
      return wrong_usage(fmt::format("there is no rule `{}`", id),
                         "`npuscope lint --list` lists them");
    rules.push_back(rule);
  }
  return rules;
}

}  // namespace npuscope::preflight
