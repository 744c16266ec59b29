// npuscope klog: kernel log lines of the NPU, explained.
#include <fmt/format.h>

#include "capture_tools/commands/klog_writers.h"
#include "capture_tools/commands/verbs.h"
#include "decoder/input/load_file.h"
#include "replay/host/kernel_log.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("capture", po::value<std::string>()->default_value("", ""),
       "capture, bundle or gen:SHAPE whose buffers give names to addresses")(
          "format", po::value<std::string>()->default_value("text"), "text or json");
  add_database_options(options);
  add_output_options(options);
}

struct NamedLog {
  std::string name;
  std::string text;
};

Result<std::vector<NamedLog>> live_log() {
  host::KernelLog log = host::read_kernel_log(host::Host{});
  if (!log.error.empty())
    return unreadable(log.error, log.source,
                      "run it with sudo, or give a file: sudo dmesg > dmesg.txt");
  if (!log.from_begin) fmt::print(stderr, "note: the kernel log does not reach back to the boot\n");
  return std::vector<NamedLog>{{log.source, std::move(log.text)}};
}

Result<std::vector<NamedLog>> read_logs(const std::vector<std::string>& paths) {
  if (paths.empty()) return live_log();
  std::vector<NamedLog> logs;
  for (const std::string& path : paths) {
    const auto files = load_files(path);
    if (!files) return tl::unexpected(files.error());
    for (const FileBytes& file : *files) logs.push_back({file.name, std::string(file.text())});
  }
  return logs;
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto& capture = options["capture"].as<std::string>();
  std::vector<Opened> opened;
  if (!capture.empty()) {
    auto inputs = open_one(capture, database->get());
    if (!inputs) return tl::unexpected(inputs.error());
    opened = std::move(*inputs);
  }
  const auto logs = read_logs(inputs_of(options));
  if (!logs) return tl::unexpected(logs.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  const bool json = *format == "json";
  if (json) begin_klog_json(output->sink());
  bool clean = true;
  for (const NamedLog& log : *logs) {
    const host::KernelReport report = host::report_kernel_log(
        log.text, database->get(), opened.empty() ? nullptr : &opened.front().capture);
    clean = clean && !report.poisoned() && report.count(KernelEffect::failure) == 0;
    json ? write_klog_json(log.name, report, output->sink())
         : write_klog_text(log.name, report, output->sink());
  }
  if (const auto written = output->finish(); !written) return tl::unexpected(written.error());
  return clean ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb klog_verb{
    "klog",
    "what the kernel log says of the NPU",
    "[FILE...]",
    "Explains the lines of a kernel log that are about the NPU: what happened, how the driver came "
    "to "
    "say so, which of its\n"
    "defects it shows, and what to do. Lines that nobody knows are shown as unknown. Without FILE, "
    "the log of this machine.\n"
    "A boot is poisoned when the driver cannot recover from what happened: only a reboot helps.\n"
    "Exit code 0: nothing went wrong, 1: failures or poison in the last boot.",
    "npuscope klog\n"
    "npuscope klog kern.log\n"
    "npuscope klog --capture=run.bundle dmesg.txt\n"
    "dmesg | npuscope klog --format=json - | jq 'select(.effect == \"poison\")'",
    add_options,
    run};

}  // namespace npuscope::cli
