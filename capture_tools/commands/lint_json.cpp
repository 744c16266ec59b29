#include <fmt/format.h>

#include "capture_tools/commands/lint_writers.h"
#include "decoder/emit/json_format.h"
#include "replay/preflight/rules.h"

namespace npuscope::cli {

namespace {

using preflight::Finding;
using preflight::RuleOutcome;
using preflight::Where;

template <typename... Args>
void say(Sink& sink, fmt::format_string<Args...> text, Args&&... args) {
  sink.put(fmt::format(text, std::forward<Args>(args)...));
  sink.put("\n");
}

std::string index_or_null(std::size_t index) {
  return index == no_index ? "null" : fmt::format("{}", index);
}

// What applies: the fields of Where, and its place.
std::string where_fields(const Where& where) {
  return fmt::format(
      R"("set":{},"cores":{},"core":{},"task":{},"word":{},"at":{},"file":{},"line":{},"byte":{})",
      index_or_null(where.set), where.cores == 0 ? "null" : fmt::format("{}", where.cores),
      where.cores == 0 ? "null" : fmt::format("{}", where.core), index_or_null(where.task),
      index_or_null(where.word), json_string(where.name), json_string(where.place.file),
      where.place.is_line ? fmt::format("{}", where.place.at) : "null",
      where.place.is_line || where.place.file.empty() ? "null" : fmt::format("{}", where.place.at));
}

void write_finding(const Finding& finding, Sink& sink) {
  say(sink,
      R"({{"type":"finding","rule":{},"name":{},"severity":"{}",{},"found":{},"expected":{},"remedy":{}}})",
      json_string(finding.rule->id), json_string(finding.rule->name), name_of(finding.severity),
      where_fields(finding.where), json_string(finding.found), json_string(finding.expected),
      json_string(finding.rule->remedy));
}

void write_outcome(const RuleOutcome& outcome, Sink& sink) {
  std::string reasons;
  for (const auto& [reason, count] : outcome.skipped)
    reasons += fmt::format(R"({}{{"reason":{},"count":{}}})", reasons.empty() ? "" : ",",
                           json_string(reason), count);
  say(sink,
      R"({{"type":"rule","rule":{},"name":{},"severity":"{}","state":"{}","checked":{},"found":{},"not_evaluated":[{}]}})",
      json_string(outcome.rule->id), json_string(outcome.rule->name),
      name_of(outcome.rule->severity), name_of(outcome.state()), outcome.checked, outcome.found,
      reasons);
}

}  // namespace

void begin_lint_json(Sink& sink) {
  sink.put("{\"schema\":\"npuscope.lint/1\"}\n");
}

void write_lint_json(const Linted& linted, Sink& sink) {
  using preflight::Severity;
  const auto& report = linted.report;
  say(sink, R"({{"type":"input","source":{},"kind":{}}})",
      json_string(linted.input->capture.source), json_string(linted.input->capture.kind));
  for (const Finding& finding : report.findings) write_finding(finding, sink);
  for (const RuleOutcome& outcome : report.outcomes) write_outcome(outcome, sink);
  say(sink, R"({{"type":"summary","error":{},"unsafe":{},"warning":{},"note":{},"failed":{}}})",
      report.count(Severity::error), report.count(Severity::unsafe),
      report.count(Severity::warning), report.count(Severity::note), report.failed());
}

}  // namespace npuscope::cli
