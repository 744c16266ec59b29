#include <fmt/format.h>

#include "capture_tools/commands/verify_writers.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

std::string text_or_null(const std::string& text) {
  return text.empty() ? "null" : json_string(text);
}

// File and line, or byte of a binary file; null where there is none.
std::string place_of(const Place& place) {
  if (place.file.empty()) return R"("file":null,"line":null,"byte":null)";
  return fmt::format(R"("file":{},"line":{},"byte":{})", json_string(place.file),
                     place.is_line ? fmt::format("{}", place.at) : "null",
                     place.is_line ? "null" : fmt::format("{}", place.at));
}

}  // namespace

void write_verify_json(const Verification& result, Sink& sink) {
  sink.put("{\"schema\":\"npuscope.verify/1\"}\n");
  for (const VerifiedInput& input : result.inputs)
    sink.put(fmt::format(
        "{{\"type\":\"input\",\"source\":{},\"kind\":{},\"model\":{},\"model_source\":{}}}\n",
        json_string(input.source), json_string(input.kind), text_or_null(input.model),
        json_string(input.model_source)));
  for (const CheckLine& line : result.lines)
    sink.put(
        fmt::format("{{\"type\":\"check\",\"id\":{},\"outcome\":\"{}\",\"source\":{},\"text\":{}"
                    ",\"expected\":{},\"found\":{},\"remedy\":{},{}}}\n",
                    json_string(line.id), name_of(line.outcome), text_or_null(line.source),
                    json_string(line.text), text_or_null(line.expected), text_or_null(line.found),
                    text_or_null(line.remedy), place_of(line.place)));
  sink.put(fmt::format("{{\"type\":\"summary\",\"pass\":{},\"fail\":{},\"skip\":{}}}\n",
                       result.count(Outcome::pass), result.count(Outcome::fail),
                       result.count(Outcome::skip)));
}

}  // namespace npuscope::cli
