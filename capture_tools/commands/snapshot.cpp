// npuscope snapshot: the state of an NPU, and what changed between two states.
#include <fmt/format.h>

#include "capture_tools/commands/snapshot_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/host_option.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  add_host_option(options);
  options.add_options()  //
      ("label", po::value<std::string>()->default_value("snapshot", ""),
       "a name for this moment, as `before`")  //
      ("registers-of", po::value<std::string>()->default_value("", ""),
       "also read registers through /dev/mem, of the cores of this mask (1, 2, 4, or sums): only "
       "those that a job was submitted to; may hang the board")                              //
      ("compare", po::bool_switch(), "show what changed from snapshot OLD to snapshot NEW")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json");
  add_database_options(options);
  add_output_options(options);
}

Result<snapshot::MmioRequest> mmio_request(const po::variables_map& options, bool live) {
  const auto mask = number_of(options, "registers-of", 0);
  if (!mask) return tl::unexpected(mask.error());
  const bool asked = !options["registers-of"].as<std::string>().empty();
  if (asked && !live)
    return wrong_usage("--registers-of reads registers of this machine, not of a copy",
                       "leave out --root");
  if (*mask >> snapshot::core_count != 0)
    return wrong_usage(fmt::format("--registers-of={} is no mask of cores", *mask),
                       "1, 2 and 4 are the three cores; 7 is all");
  return snapshot::MmioRequest{asked, static_cast<std::uint32_t>(*mask), snapshot::read_physical,
                               snapshot::hold_debugfs_power};
}

// Of a file with several snapshots the last one of OLD and the last one of NEW.
Result<Changes> changes_of(const std::vector<std::string>& inputs, const RegisterDb& db) {
  if (inputs.size() != 2)
    return wrong_usage("--compare needs two files", "npuscope snapshot --compare OLD NEW");
  const auto before = snapshot::read_snapshots(inputs[0]);
  if (!before) return tl::unexpected(before.error());
  const auto after = snapshot::read_snapshots(inputs[1]);
  if (!after) return tl::unexpected(after.error());
  return compare_snapshots(before->back(), after->back(), db);
}

Result<int> compare(const po::variables_map& options, const RegisterDb& db, bool json, Sink& sink) {
  const auto changes = changes_of(inputs_of(options), db);
  if (!changes) return tl::unexpected(changes.error());
  json ? write_changes_json(*changes, sink) : write_changes_text(*changes, sink);
  return changes->empty() ? ExitCode::done : ExitCode::different;
}

Result<int> take(const po::variables_map& options, const RegisterDb& db, bool json, Sink& sink) {
  if (!inputs_of(options).empty())
    return wrong_usage("snapshot takes no INPUT", "--compare OLD NEW compares two snapshots");
  const auto host = host_of(options);
  if (!host) return tl::unexpected(host.error());
  const auto request = mmio_request(options, host->live());
  if (!request) return tl::unexpected(request.error());
  const snapshot::Snapshot taken =
      snapshot::take_snapshot(*host, options["label"].as<std::string>(), *request);
  json ? write_snapshot_json(taken, db, sink) : write_snapshot_text(taken, db, sink);
  // Who asked for registers and got none must notice.
  return request->asked && taken.registers.empty() ? ExitCode::refused : ExitCode::done;
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  const bool json = *format == "json";
  const auto work = options["compare"].as<bool>() ? compare : take;
  const auto code = work(options, database->get(), json, output->sink());
  if (!code) return code;
  if (const auto written = output->finish(); !written) return tl::unexpected(written.error());
  return *code;
}

}  // namespace

const Verb snapshot_verb{
    "snapshot",
    "the state of the NPU now, and what changed since",
    "[OLD NEW]",
    "Writes what can be read without disturbing the NPU: power, frequency, what the driver "
    "answers, "
    "its lines of the\n"
    "kernel log; as root also debugfs. Two snapshots are compared with --compare. Registers are "
    "read "
    "only with\n"
    "--registers-of, as root, with the power held and the cores active: reading those of a core "
    "without power hangs the\n"
    "board. Exit code 0: done or equal, 1: something changed, 5: registers refused, see guards.",
    "npuscope snapshot --label=before -o before.json --format=json\n"
    "npuscope snapshot --compare before.json after.json\n"
    "sudo npuscope snapshot --registers-of=1\n"
    "npuscope snapshot --root=board-copy",
    add_options,
    run};

}  // namespace npuscope::cli
