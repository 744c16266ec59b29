// SARIF 2.1.0 (OASIS), the format in which editors and CI services take findings of linters.
#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/lint_writers.h"
#include "decoder/emit/json_format.h"
#include "replay/preflight/rules.h"

namespace npuscope::cli {

namespace {

using preflight::Finding;
using preflight::Rule;
using preflight::Severity;

constexpr std::string_view schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// SARIF has three levels.
std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
    case Severity::unsafe:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

std::string rule_object(const Rule& rule) {
  return fmt::format(
      R"({{"id":{},"name":{},"shortDescription":{{"text":{}}},"fullDescription":{{"text":{}}},"help":{{"text":{}}},"defaultConfiguration":{{"level":"{}"}},"properties":{{"severity":"{}","needs":"{}","source":{}}}}})",
      json_string(rule.id), json_string(rule.name), json_string(rule.title),
      json_string(fmt::format("{}. Otherwise: {}.", rule.title, rule.reason)),
      json_string(fmt::format("{}. Source: {}.", rule.remedy, rule.source)),
      level_of(rule.severity), name_of(rule.severity), name_of(rule.scope),
      json_string(rule.source));
}

// A path as a relative or absolute URI reference: what is not unreserved is percent-encoded.
std::string uri_of(std::string_view path) {
  constexpr std::string_view plain = "-._~/";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z';
    if (letter || (byte >= '0' && byte <= '9') || plain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", byte);
    }
  }
  return uri;
}

std::string region_of(const preflight::Where& where) {
  if (where.place.is_line)
    return fmt::format(R"({{"startLine":{}}})", std::max<std::uint64_t>(where.place.at, 1));
  // A word has eight bytes; other places are the first byte of something.
  return fmt::format(R"({{"byteOffset":{},"byteLength":{}}})", where.place.at,
                     where.word == no_index ? 0 : 8);
}

std::string location_of(const Finding& finding, const std::string& source) {
  const auto& where = finding.where;
  const std::string& file = where.place.file.empty() ? source : where.place.file;
  std::string physical = fmt::format(R"("physicalLocation":{{"artifactLocation":{{"uri":{}}})",
                                     json_string(uri_of(file)));
  if (!where.place.file.empty()) physical += fmt::format(R"(,"region":{})", region_of(where));
  physical += "}";
  const std::string logical = text_of(where);
  if (!logical.empty())
    physical += fmt::format(R"(,"logicalLocations":[{{"fullyQualifiedName":{},"kind":"member"}}])",
                            json_string(logical));
  return fmt::format(R"({{{}}})", physical);
}

std::string result_object(const Finding& finding, std::size_t rule_index,
                          const std::string& source) {
  std::string message = text_of(finding.where);
  if (!message.empty()) message += ": ";
  message += finding.found;
  if (!finding.expected.empty()) message += "; expected " + finding.expected;
  return fmt::format(
      R"({{"ruleId":{},"ruleIndex":{},"level":"{}","message":{{"text":{}}},"locations":[{}],"properties":{{"severity":"{}"}}}})",
      json_string(finding.rule->id), rule_index, level_of(finding.severity), json_string(message),
      location_of(finding, source), name_of(finding.severity));
}

// Puts `objects` as the lines of a JSON array.
class Lines {
 public:
  explicit Lines(Sink& sink) : sink_(sink) {}
  void add(const std::string& object) {
    sink_.put(first_ ? "\n" : ",\n");
    sink_.put(object);
    first_ = false;
  }

 private:
  Sink& sink_;
  bool first_ = true;
};

}  // namespace

void write_lint_sarif(const std::vector<Linted>& linted, std::string_view version, Sink& sink) {
  const auto& rules = preflight::all_rules();
  sink.put(fmt::format(
      R"({{"$schema":{},"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"npuscope","version":{},"rules":[)",
      json_string(schema), json_string(version)));
  Lines rule_lines(sink);
  for (const Rule& rule : rules) rule_lines.add(rule_object(rule));
  sink.put("\n]}},\"columnKind\":\"utf16CodeUnits\",\"results\":[");
  Lines result_lines(sink);
  for (const Linted& one : linted)
    for (const Finding& finding : one.report.findings)
      result_lines.add(result_object(finding, static_cast<std::size_t>(finding.rule - rules.data()),
                                     one.input->capture.source));
  sink.put("\n]}]}\n");
}

}  // namespace npuscope::cli
