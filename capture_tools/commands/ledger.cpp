#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "capture_tools/commands/ledger_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/progress.h"
#include "replay/ledger/import.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()                                                                       //
      ("ledger,l", po::value<std::string>()->default_value("npuscope.ledger"), "the ledger")  //
      ("format", po::value<std::string>()->default_value("", "text, export: md"),
       "of export: md, csv, json or html")                                                     //
      ("count,n", po::value<std::string>()->default_value("10"), "of next: how many of each")  //
      ("shapes", po::value<std::string>()->default_value("all"),
       "which: all, listed (the 217 of public sweeps) or known (to the ledger)");
  add_progress_options(options);
  add_output_options(options);
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

Result<int> import(const po::variables_map& options, const std::vector<std::string>& files) {
  if (files.empty())
    return wrong_usage("no file to import", "captures, logs, models, manifests, other ledgers");
  ledger::Imported all;
  {
    Progress progress(options, "import", files.size());
    for (const std::string& file : files) {
      all.add(ledger::import_input(file));
      progress.step(file);
    }
  }
  const auto& path = options["ledger"].as<std::string>();
  const auto merged = ledger::merge_into(path, all.entries);
  if (!merged) return tl::unexpected(merged.error());
  for (const std::string& note : all.notes) fmt::print(stderr, "note: {}\n", note);
  for (const Error& error : all.refused) fmt::print(stderr, "refused: {}\n", error.text());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  output->sink().put(fmt::format("{}: {}, {} known already, {} refused\n", path,
                                 plural(merged->added, "new entry", "new entries"), merged->known,
                                 all.refused.size()));
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return all.refused.empty() ? ExitCode::done : ExitCode::unreadable_input;
}

Result<std::vector<std::string>> keys_of(const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    const auto shape = parse_shape(name);
    if (!shape) return tl::unexpected(shape.error());
    keys.push_back(key_of(*shape));
  }
  return keys;
}

Result<ledger::Shapes> shapes_of(const po::variables_map& options) {
  const auto& text = options["shapes"].as<std::string>();
  if (text == "all") return ledger::Shapes::all;
  if (text == "listed") return ledger::Shapes::listed;
  if (text == "known") return ledger::Shapes::known;
  return wrong_usage(fmt::format("--shapes={} is not all, listed or known", text));
}

using Write = void (*)(const LedgerView& view, Sink& sink);

Result<int> show(const po::variables_map& options, const std::vector<std::string>& keys,
                 const std::function<void(const LedgerView&, Sink&)>& write) {
  const auto shapes = shapes_of(options);
  if (!shapes) return tl::unexpected(shapes.error());
  const auto& path = options["ledger"].as<std::string>();
  const auto ledger = ledger::read_ledger(path);
  if (!ledger) return tl::unexpected(ledger.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  LedgerView view{path,
                  *ledger,
                  ledger::assess(*ledger, std::max(1U, std::thread::hardware_concurrency()), keys),
                  {}};
  for (const ledger::ShapeStatus& status : view.all)
    if (keys.empty() ? belongs_to(status, *shapes)
                     : std::ranges::find(keys, status.key) != keys.end())
      view.statuses.push_back(status);
  write(view, output->sink());
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<int> run_export(const po::variables_map& options) {
  constexpr std::pair<std::string_view, Write> writers[] = {{"", write_ledger_markdown},
                                                            {"md", write_ledger_markdown},
                                                            {"csv", write_ledger_csv},
                                                            {"json", write_ledger_json},
                                                            {"html", write_ledger_html}};
  const auto& format = options["format"].as<std::string>();
  for (const auto& [name, write] : writers)
    if (name == format) return show(options, {}, write);
  return wrong_usage(fmt::format("there is no format `{}`", format), "one of md, csv, json, html");
}

Result<int> run(const po::variables_map& options) {
  std::vector<std::string> words = inputs_of(options);
  const std::string action = words.empty() ? std::string() : words.front();
  if (!words.empty()) words.erase(words.begin());
  if (action == "import") return import(options, words);
  const auto keys = keys_of(words);
  if (action == "show") {
    if (!keys) return tl::unexpected(keys.error());
    return show(options, *keys, keys->empty() ? write_ledger_list : write_ledger_shapes);
  }
  if (!words.empty() && (action == "table" || action == "next" || action == "export"))
    return wrong_usage(fmt::format("ledger {} takes no more words", action));
  if (action == "table") return show(options, {}, write_ledger_table);
  if (action == "export") return run_export(options);
  if (action == "next") {
    const auto count = number_of(options, "count", 10);
    if (!count) return tl::unexpected(count.error());
    return show(options, {},
                [&](const LedgerView& view, Sink& sink) { write_ledger_next(view, *count, sink); });
  }
  return wrong_usage(
      action.empty() ? "ledger does nothing by itself" : fmt::format("ledger cannot `{}`", action),
      "one of import, show, table, next, export");
}

}  // namespace

const Verb ledger_verb{
    "ledger",
    "what is known of each shape, and what to capture next",
    "import FILE... | show [SHAPE...] | table | next | export",
    "Collects evidence for convolutions in one file: captures and how they differ from the "
    "generated "
    "program, simulations,\n"
    "runs on boards, what sweeps of others reported. The status of each shape, for 1, 2 and 3 "
    "cores "
    "apart, is computed from it\n"
    "and stands nowhere. import takes anything that npuscope reads, results of `npuscope sweep "
    "--format=json`, manifests and\n"
    "other ledgers; what gives no evidence is listed with the reason. To import a file again "
    "changes "
    "nothing.",
    "npuscope ledger import -l npu.ledger captures/*.log model.rknn sweep.jsonl\n"
    "npuscope ledger show -l npu.ledger b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
    "npuscope ledger next -l npu.ledger -n 3\n"
    "npuscope ledger export -l npu.ledger --format=html -o npu.html",
    add_options,
    run};

}  // namespace npuscope::cli
