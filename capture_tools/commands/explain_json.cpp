#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture_tools/commands/explain_writers.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

std::string strings(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts)
    list += fmt::format("{}{}", list.empty() ? "" : ",", json_string(text));
  return list;
}

std::string evidence(const std::vector<Evidence>& lines) {
  std::string list;
  for (const Evidence& e : lines)
    list += fmt::format(R"({}{{"name":{},"a":{},"b":{},"note":{},"count":{},"variants":{}}})",
                        list.empty() ? "" : ",", json_string(e.name), json_string(e.a),
                        json_string(e.b), json_string(e.note), e.count, e.variants);
  return list;
}

std::string address(std::optional<std::uint64_t> value) {
  return value ? fmt::format("\"{:#018x}\"", *value) : "null";
}

}  // namespace

void write_explain_json(const ExplainView& view, Sink& sink) {
  const Explanation& explanation = view.explanation;
  sink.put(fmt::format(R"({{"schema":"npuscope.explain/1","a":{},"kind_a":{},"b":{},"kind_b":{}}})"
                       "\n",
                       json_string(view.a.capture.source), json_string(view.a.capture.kind),
                       json_string(view.b.capture.source), json_string(view.b.capture.kind)));
  std::vector<std::string> roots;
  for (const Cause& cause : explanation.causes) {
    if (cause.root) roots.push_back(cause.name);
    sink.put(fmt::format(
        R"({{"type":"cause","name":{},"note":{},"root":{},"follows":[{}],"cores":[{}],"records":{},"changed":[{}],"stayed":[{}]}})"
        "\n",
        json_string(cause.name), json_string(cause.note), cause.root, strings(cause.follows),
        fmt::join(cause.cores, ","), cause.records, evidence(cause.changed),
        evidence(cause.stayed)));
  }
  for (const MovedBuffer& moved : explanation.moved)
    sink.put(fmt::format(
        R"({{"type":"moved","a":{},"b":{},"address_a":{},"address_b":{},"addresses":{}}})"
        "\n",
        json_string(moved.a), json_string(moved.b), address(moved.address_a),
        address(moved.address_b), moved.addresses));
  sink.put(fmt::format(
      R"({{"type":"summary","equal":{},"roots":[{}],"differences":{},"unexplained":{},"stayed":{},"words":{},"not_compared":{}}})"
      "\n",
      explanation.causes.empty(), strings(roots), explanation.differences, explanation.unexplained,
      explanation.stayed, view.comparison.words, view.comparison.not_compared));
}

}  // namespace npuscope::cli
