#include <fmt/format.h>

#include "capture_tools/commands/lint_writers.h"
#include "capture_tools/commands/verbs.h"
#include "replay/preflight/rules.h"

namespace npuscope::cli {

namespace {

using preflight::LintOptions;
using Names = std::vector<std::string>;

void add_options(po::options_description& options) {
  options.add_options()                                                                    //
      ("format", po::value<std::string>()->default_value("text"), "text, json or sarif")   //
      ("all,v", po::bool_switch(), "notes too, and each rule with what it could look at")  //
      ("deny", po::value<Names>(), "a rule whose findings are errors; may be repeated")    //
      ("allow", po::value<Names>(), "a rule whose findings are notes; may be repeated")    //
      ("list", po::bool_switch(), "all rules: id, degree, needs, name, title, source")     //
      ("explain", po::value<std::string>()->default_value("", ""), "what one rule is about");
  add_database_options(options);
  add_output_options(options);
}

Names names_of(const po::variables_map& options, const std::string& option) {
  return options.count(option) == 0 ? Names{} : options[option].as<Names>();
}

Result<LintOptions> lint_options(const po::variables_map& options) {
  LintOptions lint;
  auto denied = preflight::rules_named(names_of(options, "deny"));
  if (!denied) return tl::unexpected(denied.error());
  auto allowed = preflight::rules_named(names_of(options, "allow"));
  if (!allowed) return tl::unexpected(allowed.error());
  lint.denied = std::move(*denied);
  lint.allowed = std::move(*allowed);
  return lint;
}

// --list and --explain need no input.
Result<int> show_rules(const po::variables_map& options) {
  const auto& id = options["explain"].as<std::string>();
  const preflight::Rule* rule = nullptr;
  if (!id.empty()) {
    const auto rules = preflight::rules_named({id});
    if (!rules) return tl::unexpected(rules.error());
    rule = rules->front();
  }
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (rule != nullptr) {
    write_rule(*rule, output->sink());
  } else {
    write_rule_list(output->sink());
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json", "sarif"});
  if (!format) return tl::unexpected(format.error());
  auto rules = lint_options(options);
  if (!rules) return tl::unexpected(rules.error());
  if (options["list"].as<bool>() || !options["explain"].as<std::string>().empty())
    return show_rules(options);
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto inputs = open_inputs(options, database->get());
  if (!inputs) return tl::unexpected(inputs.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  rules->database = &database->get();
  std::vector<Linted> linted;
  bool failed = false;
  for (const Opened& input : *inputs) {
    linted.push_back({&input, preflight::lint(input, *rules)});
    failed = failed || linted.back().report.failed();
  }
  if (*format == "sarif") {
    write_lint_sarif(linted, NPUSCOPE_VERSION, output->sink());
  } else {
    if (*format == "json") begin_lint_json(output->sink());
    for (const Linted& one : linted) {
      if (*format == "json") {
        write_lint_json(one, output->sink());
      } else {
        write_lint_text(one, options["all"].as<bool>(), output->sink());
      }
    }
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return failed ? ExitCode::different : ExitCode::done;
}

}  // namespace

const Verb lint_verb{
    "lint",
    "what would go wrong if a program ran: rules, each with an id and a reason",
    "[INPUT...]",
    "Looks for what makes the hardware or its driver hang, crash or compute wrongly: submit, task "
    "table, links, banks, sizes,\n"
    "strides, addresses, tiles, leftovers. What was not captured is not evaluated, never passed. "
    "No device is touched.\n"
    "Exit code 1 if a finding is an error or unsafe.",
    "npuscope lint capture.log\n"
    "npuscope lint --all gen:b1_c32_h14_w14_oc128_wic32_k3x3_g1\n"
    "npuscope lint --format=sarif models/*.rknn -o findings.sarif\n"
    "npuscope lint --deny=link-amount-over --allow=KABI-L29 dump/\n"
    "npuscope lint --explain=HW-E2",
    add_options,
    run};

}  // namespace npuscope::cli
