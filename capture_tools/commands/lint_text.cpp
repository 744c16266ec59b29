#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/lint_writers.h"
#include "replay/preflight/rules.h"

namespace npuscope::cli {

namespace {

using preflight::Finding;
using preflight::Rule;
using preflight::RuleOutcome;
using preflight::RuleState;

template <typename... Args>
void say(Sink& sink, fmt::format_string<Args...> text, Args&&... args) {
  sink.put(fmt::format(text, std::forward<Args>(args)...));
  sink.put("\n");
}

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void write_finding(const Finding& finding, Sink& sink) {
  std::string where = text_of(finding.where);
  if (!where.empty()) where += ": ";
  const std::string expected =
      finding.expected.empty() ? "" : fmt::format("; expected {}", finding.expected);
  const std::string place =
      finding.where.place.file.empty() ? "" : fmt::format(" ({})", finding.where.place.text());
  say(sink, "  {}{}{}{}", where, finding.found, expected, place);
}

// The findings of one rule and degree, under a line that says what the rule is.
void write_group(const Linted& linted, std::size_t first, std::size_t end, Sink& sink) {
  const Finding& head = linted.report.findings[first];
  say(sink, "{} {} {}: {}", name_of(head.severity), head.rule->id, head.rule->name,
      head.rule->title);
  for (std::size_t i = first; i < end; ++i) write_finding(linted.report.findings[i], sink);
  const auto outcome = std::find_if(linted.report.outcomes.begin(), linted.report.outcomes.end(),
                                    [&](const RuleOutcome& o) { return o.rule == head.rule; });
  const auto shown = static_cast<std::size_t>(
      std::count_if(linted.report.findings.begin(), linted.report.findings.end(),
                    [&](const Finding& f) { return f.rule == head.rule; }));
  if (outcome->found > shown) say(sink, "  and {} more", outcome->found - shown);
  if (!head.rule->remedy.empty()) say(sink, "  remedy: {}", head.rule->remedy);
}

void write_outcome(const RuleOutcome& outcome, Sink& sink) {
  std::string looked = outcome.checked > 0 ? fmt::format(", {} looked at", outcome.checked) : "";
  say(sink, "{:<14} {} {}{}", name_of(outcome.state()), outcome.rule->id, outcome.rule->name,
      looked);
  for (const auto& [reason, count] : outcome.skipped)
    say(sink, "               {} not evaluated: {}", count, reason);
}

}  // namespace

void write_lint_text(const Linted& linted, bool all, Sink& sink) {
  const auto& report = linted.report;
  say(sink, "{}: {}", linted.input->capture.source, linted.input->capture.kind);
  for (std::size_t first = 0; first < report.findings.size();) {
    std::size_t end = first;
    while (end < report.findings.size() &&
           report.findings[end].rule == report.findings[first].rule &&
           report.findings[end].severity == report.findings[first].severity)
      ++end;
    if (all || report.findings[first].severity != preflight::Severity::note)
      write_group(linted, first, end, sink);
    first = end;
  }
  std::size_t evaluated = 0, silent = 0;
  for (const RuleOutcome& outcome : report.outcomes) {
    if (all) write_outcome(outcome, sink);
    const RuleState state = outcome.state();
    evaluated += state == RuleState::passed || state == RuleState::found ? 1 : 0;
    silent += state == RuleState::not_evaluated ? 1 : 0;
  }
  say(sink, "{}, {} unsafe, {}, {}; {} evaluated, {} not evaluated{}",
      plural(report.count(preflight::Severity::error), "error"),
      report.count(preflight::Severity::unsafe),
      plural(report.count(preflight::Severity::warning), "warning"),
      plural(report.count(preflight::Severity::note), "note"), plural(evaluated, "rule"), silent,
      all || silent == 0 ? "" : " (--all says why)");
}

void write_rule_list(Sink& sink) {
  for (const Rule& rule : preflight::all_rules())
    say(sink, "{:<16} {:<8} {:<8} {:<26} {} [{}]", rule.id, name_of(rule.severity),
        name_of(rule.scope), rule.name, rule.title, rule.source);
}

void write_rule(const Rule& rule, Sink& sink) {
  say(sink, "{} {}", rule.id, rule.name);
  say(sink, "  {}", rule.title);
  if (!rule.also.empty()) say(sink, "  also       {}", rule.also);
  say(sink, "  degree     {}", name_of(rule.severity));
  say(sink, "  needs      {}", name_of(rule.scope));
  say(sink, "  otherwise  {}", rule.reason);
  say(sink, "  source     {}", rule.source);
  say(sink, "  remedy     {}", rule.remedy);
}

}  // namespace npuscope::cli
