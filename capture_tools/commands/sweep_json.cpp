#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "capture_tools/commands/sweep_writers.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

// JSON has no numbers for what is none.
std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.9g}", value) : std::string("null");
}

}  // namespace

void write_sweep_json(const std::vector<SweepLine>& lines, const SweepOptions& options,
                      Sink& sink) {
  sink.put(
      fmt::format("{{\"schema\":\"npuscope.sweep/1\",\"device\":\"sim\",\"seed\":{},"
                  "\"absolute\":{},\"relative\":{}}}\n",
                  options.seed, number(options.absolute), number(options.relative)));
  std::size_t passed = 0;
  for (const SweepLine& line : lines) {
    const SweepRow& row = line.row;
    passed += row.status == SweepStatus::pass ? 1 : 0;
    sink.put(fmt::format(
        "{{\"type\":\"shape\",\"name\":{},\"key\":{},\"family\":{},\"status\":{},\"reason\":{},"
        "\"basis\":{},\"program\":\"{}\",\"tasks\":[{}],\"macs\":{},\"values\":{},",
        json_string(line.name), json_string(row.key), json_string(name_of(line.family)),
        json_string(name_of(row.status)), json_string(row.reason), json_string(row.basis),
        row.program_hash, fmt::join(row.tasks, ","), row.macs, row.values));
    sink.put(
        fmt::format("\"max_diff\":{},\"max_diff_f32\":{},\"excess\":{},\"within_tolerance\":{}}}\n",
                    number(row.deviation.largest), number(row.deviation.largest32),
                    number(row.deviation.excess), row.within_tolerance));
  }
  sink.put(
      fmt::format("{{\"type\":\"summary\",\"shapes\":{},\"passed\":{}}}\n", lines.size(), passed));
}

}  // namespace npuscope::cli
