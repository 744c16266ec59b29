#include <fmt/format.h>

#include "capture_tools/commands/klog_writers.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

std::string text_or_null(std::string_view text) {
  return text.empty() ? "null" : json_string(text);
}

std::string arguments_of(const host::ReportedLine& line) {
  std::string text;
  for (const auto& [key, value] : line.arguments)
    text += fmt::format("{}[{},{}]", text.empty() ? "" : ",", json_string(key), json_string(value));
  return text;
}

std::string words_of(const host::ReportedLine& line) {
  std::string text;
  for (const std::string& words : line.words)
    text += fmt::format("{}{}", text.empty() ? "" : ",", json_string(words));
  return text;
}

}  // namespace

void begin_klog_json(Sink& sink) {
  sink.put("{\"schema\":\"npuscope.klog/1\"}\n");
}

void write_klog_json(const std::string& source, const host::KernelReport& report, Sink& sink) {
  for (const host::ReportedLine& line : report.lines)
    sink.put(fmt::format(
        R"({{"type":"line","source":{},"line":{},"boot":{},"microseconds":{},"kind":{},"effect":"{}","text":{},)"
        R"("what":{},"why":{},"defect":{},"remedy":{},"arguments":[{}],"means":[{}]}})"
        "\n",
        json_string(source), line.number, line.boot,
        line.microseconds ? fmt::format("{}", *line.microseconds) : "null",
        json_string(line.kind->id), name_of(line.kind->effect), json_string(line.text),
        json_string(line.kind->what), text_or_null(line.kind->why), text_or_null(line.kind->defect),
        text_or_null(line.kind->remedy), arguments_of(line), words_of(line)));
  sink.put(fmt::format(
      R"({{"type":"summary","source":{},"lines":{},"npu_lines":{},"boots":{},"poison":{},"failures":{},"poisoned":{}}})"
      "\n",
      json_string(source), report.total, report.lines.size(), report.boots,
      report.count(KernelEffect::poison), report.count(KernelEffect::failure), report.poisoned()));
}

}  // namespace npuscope::cli
