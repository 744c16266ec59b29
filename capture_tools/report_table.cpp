#include "capture_tools/report_table.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace npuscope::cli {

namespace {

void write_table(const ReportTable& table, std::string_view format, Sink& sink) {
  TableWriter writer(format, table.schema, table.names, sink);
  for (const auto& row : table.rows) writer.row(row);
  writer.finish();
}

Result<void> append_to_summary(const ReportTable& table) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr)
    return wrong_usage("--job-summary: GITHUB_STEP_SUMMARY names no file",
                       "the runner of a job sets it; set it to a file to try");
  std::FILE* file = std::fopen(path, "ab");
  if (file == nullptr) return wrong_usage(fmt::format("{} cannot be written", path));
  {
    Sink sink([file](std::string_view block) {
      return std::fwrite(block.data(), 1, block.size(), file) == block.size();
    });
    sink.put(fmt::format("### {}\n\n", table.title));
    write_table(table, "md", sink);
    sink.put("\n");
  }
  if (std::fclose(file) != 0) return wrong_usage(fmt::format("{} cannot be written", path));
  return {};
}

}  // namespace

void add_report_options(po::options_description& options) {
  options.add_options()                                                                      //
      ("format", po::value<std::string>()->default_value("text"), "text, md, csv or jsonl")  //
      ("job-summary", po::bool_switch(),
       "also append it to the file that GITHUB_STEP_SUMMARY names");
  add_output_options(options);
}

Result<void> write_report(const po::variables_map& options, const ReportTable& table) {
  const auto format = format_of(options, {"text", "md", "csv", "jsonl"});
  if (!format) return tl::unexpected(format.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  write_table(table, *format, output->sink());
  if (auto written = output->finish(); !written) return written;
  return options["job-summary"].as<bool>() ? append_to_summary(table) : Result<void>();
}

}  // namespace npuscope::cli
