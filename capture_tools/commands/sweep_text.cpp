#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "capture_tools/commands/sweep_writers.h"

namespace npuscope::cli {

namespace {

struct Total {
  std::size_t shapes = 0, passed = 0, vendor = 0, inferred = 0, general = 0;
  std::uint64_t tasks = 0, macs = 0;
  double largest = 0;
};

void add(Total& total, const SweepRow& row) {
  ++total.shapes;
  total.passed += row.status == SweepStatus::pass ? 1 : 0;
  total.vendor += row.basis == "vendor" ? 1 : 0;
  total.inferred += row.basis == "inferred" ? 1 : 0;
  total.general += row.basis == "general" ? 1 : 0;
  for (const std::size_t tasks : row.tasks) total.tasks += tasks;
  total.macs += row.macs;
  total.largest = std::max(total.largest, row.deviation.largest);
}

void put_total(std::string_view name, const Total& total, Sink& sink) {
  sink.put(fmt::format("{:<10} {:>6} {:>6} {:>7} {:>8} {:>7} {:>7} {:>8.3g} {:>9.4f}\n", name,
                       total.shapes, total.passed, total.vendor, total.inferred, total.general,
                       total.tasks, static_cast<double>(total.macs) * 1e-9, total.largest));
}

}  // namespace

void write_sweep_text(const std::vector<SweepLine>& lines, const SweepOptions& options, bool each,
                      Sink& sink) {
  std::size_t widest = 0;
  for (const SweepLine& line : lines) widest = std::max(widest, line.name.size());
  if (each)
    for (const SweepLine& line : lines)
      sink.put(fmt::format("{:<12} {:<{}}  {}\n", name_of(line.row.status), line.name, widest,
                           line.row.values == 0
                               ? line.row.reason
                               : fmt::format("max_diff={:.4f}", line.row.deviation.largest)));
  std::map<std::string_view, Total> families;
  Total all;
  for (const SweepLine& line : lines) {
    add(families[name_of(line.family)], line.row);
    add(all, line.row);
  }
  sink.put("family     shapes   pass  vendor inferred general   tasks     GMAC  max_diff\n");
  for (const auto& [family, total] : families) put_total(family, total, sink);
  put_total("all", all, sink);
  sink.put(fmt::format(
      "\nsimulated on 1, 2 and 3 cores, equal bytes; seed {}; right within half a step of f16 and "
      "the rounding\nof an f32 sum, and within {} + {} * |reference|\n",
      options.seed, options.absolute, options.relative));
  for (const SweepLine& line : lines)
    if (line.row.status != SweepStatus::pass)
      sink.put(
          fmt::format("{:<12} {}: {}\n", name_of(line.row.status), line.name, line.row.reason));
}

}  // namespace npuscope::cli
