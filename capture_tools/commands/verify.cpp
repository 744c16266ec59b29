#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/verbs.h"
#include "capture_tools/commands/verify_writers.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("model", po::value<std::string>()->default_value("", ""),
       "what ran: a .rknn file, or gen:SHAPE; else the shape that the input states")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json")     //
      ("only", po::value<std::vector<std::string>>()->composing(),
       "ids of checks, separated by commas; a group as `buffers` is all of its checks")  //
      ("list", po::bool_switch(), "the checks with what must hold, instead of a result");
  add_database_options(options);
  add_output_options(options);
}

std::vector<std::string_view> every_id() {
  std::vector<std::string_view> ids;
  for (const Check& check : all_checks()) ids.push_back(check.id);
  ids.push_back(files_check.id);
  return ids;
}

// The ids that a name means: itself, or all of a group.
Result<void> add_ids(std::string_view name, std::vector<std::string>& ids) {
  const std::size_t before = ids.size();
  for (const std::string_view id : every_id())
    if (id == name || (id.starts_with(name) && id.substr(name.size()).starts_with('.')))
      ids.emplace_back(id);
  if (ids.size() == before)
    return wrong_usage(fmt::format("--only={} is no check", name), "`npuscope verify --list`");
  return {};
}

Result<std::vector<std::string>> chosen(const po::variables_map& options) {
  std::vector<std::string> ids;
  if (options.count("only") == 0) return ids;
  for (const std::string& list : options["only"].as<std::vector<std::string>>()) {
    std::string_view rest = list;
    while (true) {
      const std::size_t comma = rest.find(',');
      if (auto added = add_ids(rest.substr(0, comma), ids); !added)
        return tl::unexpected(added.error());
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return ids;
}

// The model that --model names; none if it names none.
Result<std::optional<RunModel>> named_model(const po::variables_map& options,
                                            const std::vector<Opened>& inputs,
                                            const RegisterDb& db) {
  const auto& name = options["model"].as<std::string>();
  if (name.empty()) return std::nullopt;
  if (name.starts_with("gen:")) {
    const auto shape = parse_shape(name);
    if (!shape) return tl::unexpected(shape.error());
    GenerateOptions generate;
    for (const Opened& input : inputs)
      if (input.capture.fact("compiler.version") != nullptr) generate = options_of(input.capture);
    auto model = model_of(*shape, generate, db);
    if (!model) return tl::unexpected(model.error());
    model->source += ", from --model";
    return std::move(*model);
  }
  auto opened = open_one(name, db);
  if (!opened) return tl::unexpected(opened.error());
  for (Opened& input : *opened)
    if (input.capture.model) {
      auto model = model_of(std::move(input));
      if (!model) return tl::unexpected(model.error());
      return std::move(*model);
    }
  return unreadable("no model in it", name, "--model takes a .rknn file or gen:SHAPE");
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  auto only = chosen(options);
  if (!only) return tl::unexpected(only.error());
  if (options["list"].as<bool>()) {
    auto output = Output::from(options);
    if (!output) return tl::unexpected(output.error());
    write_check_list(output->sink());
    if (auto written = output->finish(); !written) return tl::unexpected(written.error());
    return ExitCode::done;
  }
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const RegisterDb& db = database->get();
  const auto inputs = open_inputs(options, db);
  if (!inputs) return tl::unexpected(inputs.error());
  const auto model = named_model(options, *inputs, db);
  if (!model) return tl::unexpected(model.error());

  VerifyOptions chosen_checks;
  chosen_checks.model = *model ? &**model : nullptr;
  chosen_checks.only = std::move(*only);
  const Verification result = verify(*inputs, chosen_checks, db);
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (*format == "json") {
    write_verify_json(result, output->sink());
  } else {
    write_verify_text(result, output->sink());
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return result.count(Outcome::fail) == 0 ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb verify_verb{
    "verify",
    "a captured run against the model of that run, as PASS, FAIL and SKIP lines",
    "INPUT...",
    "Checks the files of one run: ioctl log, debugger log, kernel log, snapshot, dump. Calls and "
    "their order, buffers with\n"
    "sizes, flags and addresses, task table, submit, commands, and where every address points to. "
    "What is not in the\n"
    "input is SKIP with the reason, never PASS. Each file is checked by itself; what several of "
    "them state is compared.\n"
    "Exit code 0: no FAIL, 1: at least one.",
    "npuscope verify ioctl.log live.log kernel.log snapshot.log\n"
    "npuscope verify --model=conv.rknn live.log\n"
    "npuscope verify --model=gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1 --only=buffers,submit "
    "ioctl.log\n"
    "npuscope verify --format=json ioctl.log | jq 'select(.outcome == \"FAIL\")'\n"
    "npuscope verify --list",
    add_options,
    run};

}  // namespace npuscope::cli
