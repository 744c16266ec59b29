#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "capture_tools/commands/replay_report.h"
#include "decoder/emit/json_format.h"
#include "replay/sim/trace.h"

namespace npuscope::cli {

namespace {

// JSON has no numbers for what is none.
std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.9g}", value) : std::string("null");
}

// The object of a trace, with its type in front.
std::string typed(std::string_view type, const std::string& object) {
  return fmt::format("{{\"type\":\"{}\",{}\n", type, std::string_view(object).substr(1));
}

std::string json(const BeginLine& line) {
  return fmt::format(
      "{{\"schema\":\"npuscope.replay/1\",\"device\":\"{}\",\"input\":{},\"kind\":\"{}\"}}\n",
      line.device, json_string(line.input), line.kind);
}
std::string json(const ShapeLine& line) {
  return fmt::format("{{\"type\":\"shape\",\"key\":{},\"schedule\":{},\"seed\":{}}}\n",
                     json_string(line.key), json_string(line.schedule), line.seed);
}
std::string json(const InputLine& line) {
  return fmt::format(
      "{{\"type\":\"input\",\"name\":{},\"shape\":[{}],\"element\":{},\"source\":{}}}\n",
      json_string(line.name), fmt::join(line.shape, ","), json_string(line.element),
      json_string(line.source));
}
std::string json(const MovedLine& line) {
  return fmt::format("{{\"type\":\"moved\",\"buffers\":{},\"addresses\":{}}}\n", line.buffers,
                     line.addresses);
}
std::string json(const StrayLine& line) {
  return fmt::format(
      "{{\"type\":\"stray\",\"register\":{},\"value\":\"{:#010x}\",\"words\":{},\"first\":{}}}\n",
      json_string(line.register_name), line.value, line.words, json_string(line.first));
}
std::string json(const GapLine& line) {
  return fmt::format("{{\"type\":\"gap\",\"buffer\":{},\"missing\":{},\"bytes\":{}}}\n",
                     json_string(line.buffer), line.missing, line.size);
}
std::string json(const TaskLine& line) {
  return typed("task", sim::json_of(*line.task, *line.memory));
}
std::string json(const EventLine& line) {
  return typed("event", sim::json_of(*line.event));
}
std::string json(const RunLine& line) {
  return fmt::format(
      "{{\"type\":\"run\",\"cores\":{},\"nodes\":{},\"tasks\":{},\"macs\":{},\"status\":\"{}\","
      "\"reason\":{},\"equal\":{}}}\n",
      line.cores, line.nodes ? fmt::format("{}", *line.nodes) : "null", line.tasks, line.macs,
      sim::name_of(line.status), json_string(line.reason),
      !line.equal   ? "null"
      : *line.equal ? "true"
                    : "false");
}
std::string json(const OutputLine& line) {
  const bool real = !line.values.empty();
  const auto [low, high] =
      real ? std::ranges::minmax(line.values) : std::ranges::min_max_result<float>{NAN, NAN};
  return fmt::format(
      "{{\"type\":\"output\",\"name\":{},\"shape\":[{}],\"element\":{},\"array\":{},\"bytes\":{},"
      "\"least\":{},\"largest\":{}}}\n",
      json_string(line.name), fmt::join(line.shape, ","), json_string(line.element),
      json_string(line.type), line.bytes, number(double{low}), number(double{high}));
}
std::string json(const WrittenLine& line) {
  return fmt::format("{{\"type\":\"written\",\"path\":{}}}\n", json_string(line.path));
}
std::string json(const CompareLine& line) {
  return fmt::format(
      "{{\"type\":\"compare\",\"name\":{},\"file\":{},\"elements\":{},\"differing\":{},"
      "\"largest\":{},\"at\":{},\"good\":{}}}\n",
      json_string(line.name), json_string(line.file), line.elements, line.differing,
      number(line.largest), line.at, line.good);
}
std::string json(const ReferenceLine& line) {
  return fmt::format("{{\"type\":\"reference\",\"values\":{},\"max_diff\":{},\"good\":{}}}\n",
                     line.values, number(line.largest), line.good);
}
std::string json(const ChangedLine& line) {
  return fmt::format(
      "{{\"type\":\"changed\",\"buffer\":{},\"changed\":{},\"bytes\":{},\"address\":\"{:#010x}\"}}"
      "\n",
      json_string(line.name), line.changed, line.bytes, line.address);
}
std::string json(const RecordedLine& line) {
  return fmt::format("{{\"type\":\"recorded\",\"buffer\":{},\"bytes\":{},\"different\":{}}}\n",
                     json_string(line.name), line.bytes, line.different);
}
std::string json(const BoardLine& line) {
  std::vector<std::string> rules;
  for (const auto& [rule, count] : line.rules)
    rules.push_back(fmt::format("{}:{}", json_string(rule), count));
  return fmt::format("{{\"type\":\"board\",\"fails\":true,\"rules\":{{{}}}}}\n",
                     fmt::join(rules, ","));
}

}  // namespace

std::string json_of(const ReplayLine& line) {
  return std::visit([](const auto& each) { return json(each); }, line);
}

}  // namespace npuscope::cli
