#include "replay/verify/verify.h"

#include <algorithm>
#include <map>
#include <set>

namespace npuscope {

namespace {

void add_lines(const Check& check, const Verdict& verdict, const std::string& source,
               std::vector<CheckLine>& lines) {
  const auto add = [&](Outcome outcome, std::string text) -> CheckLine& {
    CheckLine& line = lines.emplace_back();
    line.id = check.id;
    line.outcome = outcome;
    line.text = std::move(text);
    line.source = source;
    return line;
  };
  if (verdict.outcome() == Outcome::skip) {
    add(Outcome::skip, verdict.skipped).absent = verdict.absent;
  } else if (verdict.outcome() == Outcome::pass) {
    add(Outcome::pass, verdict.passed).place = verdict.place;
  }
  const std::size_t shown = std::min(most_failures, verdict.failures.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Mismatch& failure = verdict.failures[i];
    CheckLine& line = add(Outcome::fail, failure.text);
    line.expected = failure.expected;
    line.found = failure.found;
    line.remedy = failure.remedy;
    line.place = failure.place;
  }
  if (verdict.failures.size() > shown)
    add(Outcome::fail, fmt::format("{} more of this check", verdict.failures.size() - shown));
}

bool wanted(std::string_view id, const VerifyOptions& options) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), id) != options.only.end();
}

// Several files are one run where each holds one: then a part that one of them lacks and another
// has is not absent.
bool is_one_run(const std::vector<Opened>& inputs) {
  std::set<std::string> sources;
  for (const Opened& input : inputs)
    if (!sources.insert(input.capture.source).second) return false;
  return true;
}

// Leaves out what is absent in one file and there in another; of what is skipped in all, the line
// stays that says most: why the part that is there says nothing.
void join_skips(std::vector<CheckLine>& lines) {
  std::set<std::string_view> seen;
  std::map<std::string_view, const CheckLine*> reasons;
  for (const CheckLine& line : lines) {
    if (line.outcome != Outcome::skip) {
      seen.insert(line.id);
      continue;
    }
    const CheckLine*& reason = reasons[line.id];
    if (reason == nullptr || (reason->absent && !line.absent)) reason = &line;
  }
  std::vector<CheckLine> joined;
  for (const CheckLine& line : lines)
    if (line.outcome != Outcome::skip || (!seen.contains(line.id) && reasons[line.id] == &line))
      joined.push_back(line);
  lines = std::move(joined);
}

// The model of each input; they refer to `models`, which must not move.
struct Models {
  std::vector<std::optional<RunModel>> own;
  std::vector<std::string> reasons;  // why an input has none
};

Models models_of(const std::vector<Opened>& inputs, const RegisterDb& db) {
  Models models;
  for (const Opened& input : inputs) {
    models.own.emplace_back();
    models.reasons.emplace_back("no shape of a single convolution is stated: give --model");
    const auto shape = shape_of_run(input);
    if (!shape) continue;
    auto made = model_of(shape->shape, options_of(input.capture), db);
    if (!made) {
      models.reasons.back() = made.error().text();
      continue;
    }
    if (!made->vendor_schedule) {
      models.reasons.back() = fmt::format(
          "the vendor's schedule of {} is not known: give the .rknn file that ran, as --model",
          made->name);
      continue;
    }
    made->source += ", the shape from " + shape->source;
    models.own.back() = std::move(*made);
  }
  return models;
}

// The model of input `i`: the one that was asked for, its own, or that of another file of the run.
const RunModel* model_for(std::size_t i, const VerifyOptions& options, const Models& models,
                          bool one_run) {
  if (options.model != nullptr) return options.model;
  if (models.own[i]) return &*models.own[i];
  if (one_run)
    for (const auto& model : models.own)
      if (model) return &*model;
  return nullptr;
}

}  // namespace

std::size_t Verification::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [outcome](const CheckLine& l) { return l.outcome == outcome; }));
}

Verification verify(const std::vector<Opened>& inputs, const VerifyOptions& options,
                    const RegisterDb& db) {
  const bool one_run = is_one_run(inputs);
  const Models models = models_of(inputs, db);
  Verification result;
  std::vector<Run> runs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    runs.push_back(look_at(inputs[i], model_for(i, options, models, one_run), db));
    const RunModel* model = runs.back().model;
    result.inputs.push_back({inputs[i].capture.source, inputs[i].capture.kind,
                             model == nullptr ? std::string() : model->name,
                             model == nullptr ? models.reasons[i] : model->source});
  }
  for (const Check& check : all_checks()) {
    if (!wanted(check.id, options)) continue;
    for (const Run& run : runs)
      add_lines(check, check.run(run), run.capture().source, result.lines);
  }
  if (one_run) {
    join_skips(result.lines);
    if (wanted(files_check.id, options) && (inputs.size() > 1 || !options.only.empty()))
      add_lines(files_check, check_agreement(runs), {}, result.lines);
  }
  return result;
}

}  // namespace npuscope
