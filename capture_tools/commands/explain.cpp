#include "capture_tools/commands/explain_addr.h"
#include "capture_tools/commands/explain_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/two_inputs.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()                                                            //
      ("format", po::value<std::string>()->default_value("text"), "text or json")  //
      ("summary", po::bool_switch(), "the causes without their evidence");
  add_database_options(options);
  add_output_options(options);
}

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  const auto inputs = inputs_of(options);
  if (!inputs.empty() && inputs.front() == "addr")
    return explain_address(options, {inputs.begin() + 1, inputs.end()});
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const RegisterDb& db = database->get();
  const auto two = open_two(options, "explain", db);
  if (!two) return tl::unexpected(two.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  const Comparison comparison = compare(two->a, two->b, db);
  const Explanation explanation = explain(two->a, two->b, db, comparison);
  const ExplainView view{two->a, two->b, comparison, explanation};
  if (*format == "json") {
    write_explain_json(view, output->sink());
  } else if (options["summary"].as<bool>()) {
    write_explain_summary(view, output->sink());
  } else {
    write_explain_text(view, output->sink());
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return comparison.equal() ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb explain_verb{
    "explain",
    "why two register programs differ: the causes, each with its evidence",
    "A B, or: addr NUMBER [INPUT...]",
    "Compares like diff and groups the differences into causes: another kernel, other channels, "
    "another split over\n"
    "the cores, other tiles, other banks, other places. Causes that follow from others say so; the "
    "others come first.\n"
    "A field that should have changed with others and did not is marked with !, what nothing "
    "explains is listed as\n"
    "unexplained. Exit code 0: equal, perhaps relocated; 1: different.\n"
    "explain addr says in which buffer an address lies, or what else the number is and where it "
    "occurs; 1: in no buffer.",
    "npuscope explain capture.log gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
    "npuscope explain --summary old.rknn new.rknn\n"
    "npuscope explain --format=json model.rknn dump/ | jq -r 'select(.root) | .name'\n"
    "npuscope explain addr 0xfff9c800 capture.log",
    add_options,
    run};

}  // namespace npuscope::cli
