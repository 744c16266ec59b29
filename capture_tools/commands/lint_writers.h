// How `lint` shows a report: as text, JSON lines, or SARIF for editors and CI.
#pragma once

#include "decoder/emit/sink.h"
#include "decoder/open.h"
#include "replay/preflight/lint.h"

namespace npuscope::cli {

// One input with its report.
struct Linted {
  const Opened* input = nullptr;
  preflight::LintReport report;
};

// Findings grouped by rule, then a summary. `all`: notes, and every rule with what it looked at.
void write_lint_text(const Linted& linted, bool all, Sink& sink);

void begin_lint_json(Sink& sink);
void write_lint_json(const Linted& linted, Sink& sink);

// One document for all inputs: SARIF 2.1.0.
void write_lint_sarif(const std::vector<Linted>& linted, std::string_view version, Sink& sink);

// --list and --explain.
void write_rule_list(Sink& sink);
void write_rule(const preflight::Rule& rule, Sink& sink);

}  // namespace npuscope::cli
