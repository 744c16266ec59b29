#include "capture_tools/commands/audit_writers.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/emit/json_format.h"
#include "decoder/emit/walk.h"

namespace npuscope::cli {

namespace {

using audit::Audit;
using audit::Fact;
using audit::Judgement;

// What a person looks for first.
bool decides(const Fact& fact) {
  return fact.judgement == Judgement::blocks || fact.judgement == Judgement::poison ||
         fact.judgement == Judgement::no_npu;
}

std::string value_or_reason(const Fact& fact) {
  return fact.unread.empty() ? fact.value : "not read: " + fact.unread;
}

std::string conclusion(const Audit& audit) {
  const auto verdict = audit.verdict();
  return fmt::format("{} ({})", name_of(verdict), exit_code(verdict));
}

// Text that cannot end a cell of a table or begin a tag.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '<' || c == '*' || c == '_') result += '\\';
    result += c;
  }
  return result;
}

std::string text_or_null(std::string_view text) {
  return text.empty() ? "null" : json_string(text);
}

}  // namespace

void write_audit_table(const Audit& audit, const AuditHeading& heading, Sink& sink) {
  std::size_t width = 0;
  for (const Fact& fact : audit.facts)
    width = std::max(width, std::min<std::size_t>(fact.id.size(), 28));
  for (const Fact& fact : audit.facts) {
    sink.put(fmt::format("{:<7}  {:<{}}  {}  [{}]\n", name_of(fact.judgement), fact.id, width,
                         value_or_reason(fact), fact.source));
    if (!fact.advice.empty()) sink.put(fmt::format("{:{}}{}\n", "", width + 11, fact.advice));
  }
  sink.put(fmt::format("{}{}\n", heading.root == "/" ? "" : comment_text(heading.root) + ": ",
                       conclusion(audit)));
  for (const Fact& fact : audit.facts)
    if (decides(fact)) sink.put(fmt::format("  {}: {}\n", fact.id, value_or_reason(fact)));
}

void write_audit_json(const Audit& audit, const AuditHeading& heading, Sink& sink) {
  sink.put(fmt::format("{{\"schema\":\"npuscope.audit/1\",\"root\":{},\"date\":{}}}\n",
                       json_string(heading.root), json_string(heading.date)));
  for (const Fact& fact : audit.facts)
    sink.put(fmt::format(
        R"({{"type":"fact","id":{},"judgement":"{}","value":{},"read":{},"why_not":{},"source":{},"advice":{}}})"
        "\n",
        json_string(fact.id), name_of(fact.judgement),
        fact.unread.empty() ? json_string(fact.value) : "null", fact.unread.empty(),
        text_or_null(fact.unread), json_string(fact.source), text_or_null(fact.advice)));
  const auto verdict = audit.verdict();
  sink.put(fmt::format(R"({{"type":"verdict","exit_code":{},"verdict":{}}})"
                       "\n",
                       exit_code(verdict), json_string(name_of(verdict))));
}

// Strings as JSON writes them: YAML reads those as they are.
void write_audit_yaml(const Audit& audit, const AuditHeading& heading, Sink& sink) {
  const auto verdict = audit.verdict();
  sink.put(fmt::format("# npuscope audit\nroot: {}\ndate: {}\nverdict: {}\nexit_code: {}\nfacts:\n",
                       json_string(heading.root), json_string(heading.date),
                       json_string(name_of(verdict)), exit_code(verdict)));
  for (const Fact& fact : audit.facts) {
    sink.put(fmt::format("  - id: {}\n    judgement: {}\n", json_string(fact.id),
                         json_string(name_of(fact.judgement))));
    sink.put(fact.unread.empty() ? fmt::format("    value: {}\n", json_string(fact.value))
                                 : fmt::format("    why_not: {}\n", json_string(fact.unread)));
    sink.put(fmt::format("    source: {}\n", json_string(fact.source)));
    if (!fact.advice.empty()) sink.put(fmt::format("    advice: {}\n", json_string(fact.advice)));
  }
}

void write_audit_markdown(const Audit& audit, const AuditHeading& heading, Sink& sink) {
  sink.put(fmt::format("## npuscope audit, {}\n\n**{}**\n\n", heading.date, conclusion(audit)));
  if (heading.root != "/") sink.put(fmt::format("Of a copied system: {}\n\n", cell(heading.root)));
  sink.put("| | fact | value | source |\n|---|---|---|---|\n");
  for (const Fact& fact : audit.facts)
    sink.put(fmt::format("| {} | {} | {}{} | {} |\n", name_of(fact.judgement), cell(fact.id),
                         cell(value_or_reason(fact)),
                         fact.advice.empty() ? "" : ": " + cell(fact.advice), cell(fact.source)));
}

}  // namespace npuscope::cli
