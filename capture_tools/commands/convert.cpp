#include <fmt/format.h>

#include <filesystem>

#include "capture_tools/commands/verbs.h"
#include "decoder/bundle/bundle_archive.h"
#include "decoder/bundle/bundle_directory.h"
#include "decoder/bundle/durable_file.h"
#include "decoder/emit/dump_writer.h"
#include "decoder/input/read_input.h"

namespace npuscope::cli {

namespace {

namespace fs = std::filesystem;

void add_options(po::options_description& options) {
  options.add_options()  //
      ("to", po::value<std::string>()->default_value("bundle"),
       "bundle, raw (gemN-dump files), hex (rows), tasks (a report), or emit")  //
      ("fill-absent", po::value<std::string>()->default_value("", ""),
       "zero: raw dumps get zeros for bytes that were not captured");
  add_output_options(options);
  add_database_options(options);
}

// The name of the directory inside an archive: the archive's own, without its suffixes.
std::string stem_of(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.substr(0, name.find(".t"));
}

// A recording stays whole; INPUT@N is only that submit.
Result<Capture> capture_of_input(const std::string& input, const RegisterDb& db) {
  std::error_code ignored;
  if (input == "-" || fs::exists(input, ignored)) {
    auto captures = read_input(input);
    if (!captures) return tl::unexpected(captures.error());
    if (captures->size() == 1) return std::move(captures->front());
    return wrong_usage(fmt::format("{} holds {} runs", input, captures->size()),
                       "a bundle is one of them: split the file");
  }
  auto opened = open_one(input, db);
  if (!opened) return tl::unexpected(opened.error());
  return std::move(opened->front().capture);
}

Result<int> to_bundle(const std::string& input, const po::variables_map& options,
                      const RegisterDb& db) {
  const auto& output = options["output"].as<std::string>();
  if (output == "-") return wrong_usage("a bundle is a directory or an archive", "name it with -o");
  const auto capture = capture_of_input(input, db);
  if (!capture) return tl::unexpected(capture.error());
  const auto files = bundle_files(*capture);
  std::error_code ignored;
  const bool overwrite = options["overwrite"].as<bool>();
  if (is_archive_name(output) && fs::exists(output, ignored) && !overwrite)
    return wrong_usage(fmt::format("{} exists", output), "--overwrite replaces it");
  const auto written = is_archive_name(output) ? pack_bundle(files, stem_of(output), output)
                                               : write_bundle(files, output, overwrite);
  if (!written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<int> to_raw(const Opened& opened, const po::variables_map& options) {
  const auto& output = options["output"].as<std::string>();
  if (output == "-") return wrong_usage("raw dumps are several files", "name a directory with -o");
  const auto dumps = raw_dumps(opened.capture);
  if (!dumps) return tl::unexpected(dumps.error());
  for (const DumpFile& dump : *dumps)
    if (dump.unknown > 0 && options["fill-absent"].as<std::string>() != "zero")
      return wrong_usage(fmt::format("{}: {} of {} bytes were not captured", dump.name,
                                     dump.unknown, dump.bytes.size()),
                         "--fill-absent=zero writes zeros for them");
  std::error_code error;
  fs::create_directory(output, error);
  if (error) return wrong_usage(fmt::format("{}: {}", output, error.message()));
  for (const DumpFile& dump : *dumps) {
    const fs::path path = fs::path(output) / dump.name;
    if (fs::exists(path, error) && !options["overwrite"].as<bool>())
      return wrong_usage(fmt::format("{} exists", path.string()), "--overwrite replaces it");
    if (auto written = write_durable(path, dump.bytes, Durability::program); !written)
      return tl::unexpected(written.error());
  }
  return ExitCode::done;
}

Result<int> to_text(const std::string& format, const Opened& opened,
                    const po::variables_map& options, const RegisterDb& db) {
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (format == "hex") {
    const std::uint64_t left_out = write_hex_rows(opened.capture, output->sink());
    if (left_out > 0)
      fmt::print(stderr, "warning: {} bytes that make no group of four were left out\n", left_out);
  } else if (format == "tasks") {
    write_task_report(opened, output->sink());
  } else {
    write_emit_lines(opened, db, output->sink());
  }
  if (auto finished = output->finish(); !finished) return tl::unexpected(finished.error());
  return ExitCode::done;
}

Result<int> run(const po::variables_map& options) {
  const auto inputs = inputs_of(options);
  if (inputs.size() != 1) return wrong_usage("convert takes one INPUT");
  const auto& format = options["to"].as<std::string>();
  if (format != "bundle" && format != "raw" && format != "hex" && format != "tasks" &&
      format != "emit")
    return wrong_usage(fmt::format("--to={} is not bundle, raw, hex, tasks or emit", format));
  const auto& fill = options["fill-absent"].as<std::string>();
  if (!fill.empty() && fill != "zero")
    return wrong_usage(fmt::format("--fill-absent={} is not zero", fill));
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  if (format == "bundle") return to_bundle(inputs.front(), options, database->get());
  const auto opened = open_one(inputs.front(), database->get());
  if (!opened) return tl::unexpected(opened.error());
  if (opened->size() != 1)
    return wrong_usage(fmt::format("{} holds {} runs", inputs.front(), opened->size()),
                       "one of them can be converted: split the file");
  if (format == "raw") return to_raw(opened->front(), options);
  return to_text(format, opened->front(), options, database->get());
}

}  // namespace

const Verb convert_verb{
    "convert",
    "anything into a bundle, and back into the formats of other tools",
    "INPUT -o OUTPUT",
    "A bundle keeps all that was read, in a directory or, where OUTPUT ends in .tar.zst (.xz, .gz, "
    ".bz2, or .tar alone), in\n"
    "one file; equal inputs give equal files. The other formats are those that people's scripts "
    "read: a file for each memory\n"
    "object, hex rows, a report of the tasks, or EMIT lines alone. They hold less: roles, calls "
    "and submits stay behind.",
    "npuscope convert capture.log -o capture.bundle\n"
    "npuscope convert run.bundle -o run.tar.zst\n"
    "npuscope convert --to=raw run.bundle@3 -o dumps\n"
    "npuscope convert --to=hex run.bundle | ./my_parser.py",
    add_options,
    run};

}  // namespace npuscope::cli
