#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/corpus_commands.h"
#include "decoder/corpus/formula.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

using corpus::Fit;
using corpus::Sample;

constexpr std::size_t counterexamples_shown = 5;

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string variables_text(const Sample& sample) {
  std::string text;
  for (std::size_t v = 0; v < corpus::variable_count; ++v)
    text += fmt::format("{}{}={}", v == 0 ? "" : " ", name_of(static_cast<corpus::Variable>(v)),
                        sample.variables[v]);
  return text;
}

std::string rates(const Fit& fit) {
  return fmt::format("right for {} of {} combinations ({:.1f} %); of {} not fitted, {} ({:.1f} %)",
                     fit.support, fit.samples, percent(fit.support, fit.samples), fit.unseen,
                     fit.held_out, percent(fit.held_out, fit.unseen));
}

struct FieldFits {
  std::string name;
  std::vector<Fit> fits;
};

// What is named; of a register its fields, as what they hold has nothing to do with each other.
std::vector<query::Reference> fields_of(const query::Reference& reference) {
  std::vector<query::Reference> fields;
  if (reference.reg != nullptr && reference.field == nullptr) {
    for (const Field& field : reference.reg->fields) {
      if (field.must_be_zero) continue;
      query::Reference one = reference;
      one.name += "." + field.name;
      one.field = &field;
      fields.push_back(std::move(one));
    }
  }
  if (fields.empty()) fields.push_back(reference);
  return fields;
}

void write_text(const std::string& name, const std::vector<Fit>& fits, Sink& sink) {
  for (const Fit& fit : fits) {
    sink.put(fmt::format("{} in {}\n", name, fit.operation));
    if (!fit.found) {
      sink.put(fmt::format("  no rule found: {}\n", fit.reason));
      sink.put(
          fmt::format("  the best of the family, {}, is {}\n", fit.formula.text(), rates(fit)));
      continue;
    }
    sink.put(fmt::format("  = {}\n", fit.formula.text()));
    for (const corpus::Formula& other : fit.equals)
      sink.put(fmt::format("  or {}: no sample tells them apart\n", other.text()));
    sink.put(fmt::format("  {}\n", rates(fit)));
    for (std::size_t i = 0; i < std::min(counterexamples_shown, fit.counterexamples.size()); ++i) {
      const auto& [sample, said] = fit.counterexamples[i];
      sink.put(fmt::format("  not: {} instead of {}: {} ({}, {} task{})\n", sample.target, said,
                           variables_text(sample), sample.example, sample.tasks,
                           sample.tasks == 1 ? "" : "s"));
    }
    if (fit.counterexamples.size() > counterexamples_shown)
      sink.put(fmt::format("  and {} more\n", fit.counterexamples.size() - counterexamples_shown));
  }
}

std::string json_of(const std::vector<corpus::Formula>& formulas) {
  std::string list;
  for (const corpus::Formula& each : formulas)
    list += fmt::format("{}{}", list.empty() ? "" : ",", json_string(each.text()));
  return "[" + list + "]";
}

void write_json(const std::string& name, const std::vector<Fit>& fits, Sink& sink) {
  for (const Fit& fit : fits) {
    sink.put(fmt::format(
        "{{\"type\":\"fit\",\"field\":{},\"operation\":{},\"formula\":{},\"best\":{},"
        "\"equals\":{},\"reason\":{},\"samples\":{},"
        "\"support\":{},\"unseen\":{},\"held_out\":{}}}\n",
        json_string(name), json_string(fit.operation),
        fit.found ? json_string(fit.formula.text()) : "null", json_string(fit.formula.text()),
        json_of(fit.equals), fit.found ? "null" : json_string(fit.reason), fit.samples, fit.support,
        fit.unseen, fit.held_out));
    for (const auto& [sample, said] : fit.counterexamples) {
      std::string variables;
      for (std::size_t v = 0; v < corpus::variable_count; ++v)
        variables += fmt::format("{}\"{}\":{}", v == 0 ? "" : ",",
                                 name_of(static_cast<corpus::Variable>(v)), sample.variables[v]);
      sink.put(
          fmt::format("{{\"type\":\"counterexample\",\"field\":{},\"operation\":{},\"value\":{},"
                      "\"formula_says\":{},\"variables\":{{{}}},\"tasks\":{},\"example\":{}}}\n",
                      json_string(name), json_string(fit.operation), sample.target, said, variables,
                      sample.tasks, json_string(sample.example)));
    }
  }
}

}  // namespace

Result<int> corpus_infer(const po::variables_map& options, const Arguments& arguments) {
  const auto format = format_of(options, {"text", "jsonl"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto reference = corpus_reference(database->get(), arguments.front());
  if (!reference) return tl::unexpected(reference.error());
  auto store = store_of(options);
  if (!store) return tl::unexpected(store.error());
  std::vector<FieldFits> fitted;
  for (const query::Reference& field : fields_of(*reference)) {
    const std::vector<Sample> samples = shape_samples(*store, field);
    if (auto good = store->state(); !good) return tl::unexpected(good.error());
    if (!samples.empty()) fitted.push_back({field.name, fit_operations(samples)});
  }
  if (fitted.empty())
    return unreadable(fmt::format("no convolution has {}", reference->name),
                      options["store"].as<std::string>(), "`npuscope corpus values` shows others");
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (*format == "jsonl") output->sink().put("{\"schema\":\"npuscope.corpus-infer/1\"}\n");
  for (const auto& [name, fits] : fitted)
    (*format == "jsonl" ? write_json : write_text)(name, fits, output->sink());
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace npuscope::cli
