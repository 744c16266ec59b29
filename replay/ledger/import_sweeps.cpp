#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "decoder/input/sweep_status.h"
#include "replay/ledger/csv.h"
#include "replay/ledger/import.h"
#include "replay/ledger/json_object.h"
#include "replay/shape/shape_names.h"

namespace npuscope::ledger {

namespace {

// "max_diff=0.0023"; none: not there, or infinite.
std::optional<double> number_in(std::string_view text, std::string_view key) {
  const std::size_t at = text.rfind(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  return number;
}

// An entry, if the name is that of a shape.
void add_report(Imported& imported, std::string_view shape_name, const Source& source,
                ReportEvidence report, const std::string& where) {
  const auto shape = parse_shape(shape_name);
  if (!shape) {
    imported.refused.push_back(
        {ErrorKind::unreadable,
         fmt::format("`{}` names no shape: {}", shape_name, shape.error().what),
         where,
         {}});
    return;
  }
  if (report.status == "FENCED") report.fence = fence_of(report.text);
  imported.entries.push_back({key_of(*shape), source, std::move(report)});
}

bool all_results(const CsvTable& table, std::size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    if (row[column].empty()) continue;
    if (!is_sweep_status(row[column])) return false;
    any = true;
  }
  return any;
}

class SweepJson {
 public:
  explicit SweepJson(const Source& source) : source_(source) {}

  void line(std::string_view text, std::size_t number) {
    const JsonObject line(text);
    if (!line.is_object()) return refuse("this is no line of JSON", number);
    if (line.has("schema")) {
      header_.seed = line.number("seed").value_or(0);
      header_.absolute = line.real("absolute").value_or(0);
      header_.relative = line.real("relative").value_or(0);
      return;
    }
    if (line.text("type") != "shape") return;
    const auto shape = parse_shape(line.text("key"));
    if (!shape) return refuse("`key` names no shape: " + shape.error().what, number);
    SimulationEvidence evidence = header_;
    evidence.program = line.text("program");
    evidence.status = line.text("status");
    evidence.reason = line.text("reason");
    evidence.max_diff = line.real("max_diff");
    Source source = source_;
    source.part = fmt::format("line {}", number);
    imported_.entries.push_back({key_of(*shape), std::move(source), std::move(evidence)});
  }

  Imported end() { return std::move(imported_); }

 private:
  void refuse(std::string what, std::size_t number) {
    imported_.refused.push_back(
        {ErrorKind::unreadable, std::move(what), Place{source_.name, number, true}.text(), {}});
  }

  const Source& source_;
  Imported imported_;
  SimulationEvidence header_;
};

}  // namespace

Imported import_sweep_rows(const Capture& capture, const Source& source) {
  Imported imported;
  for (const SweepEntry& row : capture.sweep) {
    Source at = source;
    at.part = fmt::format("line {}", row.place.at);
    ReportEvidence report{
        row.name,    source.name, row.status, row.text, number_in(row.text, "max_diff="),
        std::nullopt};
    if (report.status.empty()) report.status = "UNFINISHED";
    add_report(imported, row.name, at, std::move(report), row.place.text());
  }
  return imported;
}

Imported import_sweep_json(std::string_view text, const Source& source) {
  SweepJson sweep(source);
  for_each_line(text, [&](std::string_view line, std::size_t number) { sweep.line(line, number); });
  return sweep.end();
}

Imported import_shape_table(const FileBytes& file, const Source& source) {
  Imported imported;
  const auto table = parse_csv(file.text(), file.name);
  if (!table) {
    imported.refused.push_back(table.error());
    return imported;
  }
  bool any = false;
  for (std::size_t column = 0; column < table->columns.size(); ++column) {
    if (!all_results(*table, column)) continue;
    any = true;
    for (std::size_t row = 0; row < table->rows.size(); ++row) {
      const std::string& status = table->rows[row][column];
      if (status.empty()) continue;
      Source at = source;
      at.part = fmt::format("line {}, column {}", table->lines[row], table->columns[column]);
      const std::string_view reason =
          status == "FENCED" ? table->cell(row, "fence_reason") : std::string_view();
      add_report(imported, table->cell(row, "encoded"), at,
                 {std::string(table->cell(row, "name")), table->columns[column], status,
                  std::string(reason), std::nullopt, std::nullopt},
                 Place{file.name, table->lines[row], true}.text());
    }
  }
  if (!any)
    imported.refused.push_back({ErrorKind::unreadable, "no column of it holds results", file.name,
                                "a column of PASS, FAIL, FENCED, ERROR, ..."});
  return imported;
}

}  // namespace npuscope::ledger
