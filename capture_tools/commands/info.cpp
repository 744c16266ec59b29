#include <algorithm>

#include "capture_tools/commands/info_writers.h"
#include "capture_tools/commands/verbs.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()                                                                      //
      ("format", po::value<std::string>()->default_value("text"), "text or json")            //
      ("facts", po::bool_switch(), "all facts and diagnostics, not only the first of each")  //
      ("check", po::bool_switch(),
       "the consistency rules of model files as well; exit 1 if one is broken");
  add_database_options(options);
  add_output_options(options);
}

// What the rules of model files find; empty for other inputs and where nothing was asked.
std::vector<Finding> findings_of(const Opened& input, bool wanted) {
  return wanted && input.capture.model ? check_model(input.capture) : std::vector<Finding>{};
}

bool has_error(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.level == FindingLevel::error; });
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto inputs = open_inputs(options, database->get());
  if (!inputs) return tl::unexpected(inputs.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  const bool check = options["check"].as<bool>();
  bool broken = false;
  if (*format == "json") begin_info_json(output->sink());
  for (const Opened& input : *inputs) {
    const auto findings = findings_of(input, check);
    broken = broken || has_error(findings);
    if (*format == "json") {
      write_info_json(input, findings, output->sink());
    } else {
      write_info_text(input, findings, options["facts"].as<bool>(), output->sink());
    }
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return broken ? ExitCode::different : ExitCode::done;
}

}  // namespace

const Verb info_verb{"info",
                     "what an input is: kind, versions, buffers, programs, coverage",
                     "INPUT...",
                     "Says what a capture or a model holds and how far it can be trusted: buffers "
                     "and their roles (from their content, never\n"
                     "from a name or number), task table, programs for 1, 2 and 3 cores, submits, "
                     "and what every byte is.",
                     "npuscope info model.rknn --check\n"
                     "npuscope info capture.log --facts\n"
                     "npuscope info dump/ --format=json | jq .",
                     add_options,
                     run};

}  // namespace npuscope::cli
