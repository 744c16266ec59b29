#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "capture_tools/commands/replay_device.h"
#include "capture_tools/commands/sweep_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/progress.h"
#include "decoder/bundle/blob_name.h"
#include "replay/ledger/import.h"
#include "replay/ledger/ledger.h"
#include "replay/run/parallel.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("on", po::value<std::string>()->default_value("sim"),
       "the device: sim, the simulator; rknpu or rocket, a driver")  //
      ("list", po::value<std::string>()->default_value("", ""),
       "file of shapes, one a line; # begins a comment")  //
      ("seed", po::value<std::string>()->default_value("42"),
       "of the tensors: those of numpy.random.seed")  //
      ("absolute", po::value<double>()->default_value(0.12, "0.12"),
       "tolerance of the clients: this much,")  //
      ("relative", po::value<double>()->default_value(0.02, "0.02"),
       "and this much of the reference")                                                       //
      ("strict", po::bool_switch(), "a rule that is broken ends the run, as the board would")  //
      ("each", po::bool_switch(), "also a line for each shape")                                //
      ("jobs,j", po::value<std::string>()->default_value("0", "all processors"),
       "threads")  //
      ("ledger", po::value<std::string>()->default_value("", ""),
       "also add the results to this ledger")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json");
  add_device_options(options);
  add_progress_options(options);
  add_output_options(options);
}

Result<SweepLine> line_of(const std::string& name) {
  const auto shape = parse_shape(name);
  if (!shape) return tl::unexpected(shape.error());
  const ListedShape* listed = find_listed(name);
  return SweepLine{name, *shape, listed == nullptr ? family_of(*shape) : listed->family, {}};
}

Result<std::vector<std::string>> names_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) return unreadable("cannot be opened", path, "is the path right?");
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    names.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  return names;
}

// INPUTs and --list, or the 217.
Result<std::vector<SweepLine>> lines_of(const po::variables_map& options) {
  std::vector<std::string> names = inputs_of(options);
  if (const auto& path = options["list"].as<std::string>(); !path.empty()) {
    const auto listed = names_in(path);
    if (!listed) return tl::unexpected(listed.error());
    names.insert(names.end(), listed->begin(), listed->end());
  }
  if (names.empty())
    for (const ListedShape& item : shape_list())
      if (item.listed) names.push_back(item.name);
  std::vector<SweepLine> lines;
  for (const std::string& name : names) {
    auto line = line_of(name);
    if (!line) return tl::unexpected(line.error());
    lines.push_back(std::move(*line));
  }
  return lines;
}

// What an import of the JSON lines of this sweep would add.
Result<void> add_to_ledger(const std::string& path, const std::vector<SweepLine>& lines,
                           const SweepOptions& options) {
  std::string text;
  Sink sink([&text](std::string_view block) {
    text += block;
    return true;
  });
  write_sweep_json(lines, options, sink);
  if (!sink.flush()) return unreadable("no memory for the results", path);
  const ledger::Source source{"npuscope sweep", blob_name(std::as_bytes(std::span(text))), {}, {}};
  const auto merged = ledger::merge_into(path, ledger::import_sweep_json(text, source).entries);
  if (!merged) return tl::unexpected(merged.error());
  return {};
}

Result<int> run_on_device(const po::variables_map& options, const std::vector<SweepLine>& lines,
                          std::uint32_t seed, Sink& sink) {
  auto request = device_request_of(options);
  if (!request) return tl::unexpected(request.error());
  if (request->json)
    return wrong_usage("--format=json is for the simulator",
                       "the journal of a sweep on a device is JSON lines");
  request->session.command = fmt::format("sweep --on={}", request->driver);
  std::vector<std::string> names;
  for (const SweepLine& line : lines) names.push_back(line.name);
  return sweep_on_device(names, seed, *request, RegisterDb::builtin(), sink);
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto& device = options["on"].as<std::string>();
  if (device != "sim" && device != "rknpu" && device != "rocket")
    return wrong_usage(fmt::format("--on={} is not sim, rknpu or rocket", device));
  const auto seed = number_of(options, "seed", 42);
  if (!seed) return tl::unexpected(seed.error());
  const auto jobs = number_of(options, "jobs", 0);
  if (!jobs) return tl::unexpected(jobs.error());
  if (*seed > 0xffffffff || *jobs > 1024) return wrong_usage("--seed or --jobs is too large");
  auto lines = lines_of(options);
  if (!lines) return tl::unexpected(lines.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  if (device != "sim") {
    const auto code =
        run_on_device(options, *lines, static_cast<std::uint32_t>(*seed), output->sink());
    if (!code) return code;
    if (auto written = output->finish(); !written) return tl::unexpected(written.error());
    return code;
  }

  SweepOptions sweep;
  sweep.seed = static_cast<std::uint32_t>(*seed);
  sweep.absolute = options["absolute"].as<double>();
  sweep.relative = options["relative"].as<double>();
  sweep.simulator.strict = options["strict"].as<bool>();
  {
    Progress progress(options, "sweep", lines->size());
    const unsigned threads = *jobs == 0 ? std::max(1U, std::thread::hardware_concurrency())
                                        : static_cast<unsigned>(*jobs);
    for_each_index(lines->size(), threads, [&](std::size_t i) {
      SweepLine& line = (*lines)[i];
      line.row = sweep_shape(line.shape, sweep);
      progress.step(line.name);
    });
  }
  if (*format == "json") {
    write_sweep_json(*lines, sweep, output->sink());
  } else {
    write_sweep_text(*lines, sweep, options["each"].as<bool>(), output->sink());
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  if (const auto& ledger = options["ledger"].as<std::string>(); !ledger.empty())
    if (auto added = add_to_ledger(ledger, *lines, sweep); !added)
      return tl::unexpected(added.error());
  const bool passed = std::ranges::all_of(
      *lines, [](const SweepLine& line) { return line.row.status == SweepStatus::pass; });
  return passed ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb sweep_verb{
    "sweep",
    "many shapes: generate, check, simulate, compare",
    "[SHAPE...]",
    "Each shape, of the 217 of public sweeps unless others are given: its programs for 1, 2 and 3 "
    "cores are generated,\n"
    "checked by the rules of `npuscope lint`, and simulated with the tensors that the public "
    "clients draw; the results\n"
    "are compared with a convolution computed directly. Nothing needs a board; --on=rknpu runs the "
    "program for one core\n"
    "of each shape on one, guarded, and stops at the first that leaves it in disorder.",
    "npuscope sweep\n"
    "npuscope sweep --each b1_c64_h56_w56_oc128_wic64_k1x1_g1 b1_c12_h9_w9_oc20_k3x3\n"
    "npuscope sweep --list=shapes.txt --format=json -o sweep.jsonl\n"
    "npuscope sweep --ledger=npu.ledger",
    add_options,
    run};

}  // namespace npuscope::cli
