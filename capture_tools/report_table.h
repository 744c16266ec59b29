// A table that a verb gives away as text, Markdown, CSV or JSON lines, and to the summary of a CI
// job.
//
//   ReportTable table{"npuscope.ops/1", "Operators", {"input", "operator"}, {}};
//   table.rows.push_back({Cell::of("a.rknn"), Cell::of("Conv")});
//   return write_report(options, table);
#pragma once

#include <string>
#include <vector>

#include "capture_tools/command.h"
#include "capture_tools/table_writer.h"

namespace npuscope::cli {

struct ReportTable {
  std::string schema, title;
  std::vector<std::string> names;
  std::vector<std::vector<Cell>> rows;
};

void add_report_options(po::options_description& options);  // --format, --job-summary, -o

// With --job-summary also appended, as Markdown, to the file that GITHUB_STEP_SUMMARY names.
[[nodiscard]] Result<void> write_report(const po::variables_map& options, const ReportTable& table);

}  // namespace npuscope::cli
