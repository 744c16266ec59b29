#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "decoder/corpus/formula.h"

namespace npuscope::corpus {

namespace {

using Values = std::vector<std::int64_t>;
using Three = std::array<std::size_t, 3>;  // samples

// Stands for a sample of nothing but zeros: a formula through it has no constant.
constexpr auto origin = static_cast<std::size_t>(-1);

constexpr std::size_t samples_of_a_fit = 300;  // enough to tell formulas apart
constexpr std::size_t combined_terms = 90;     // the simplest, each with each
constexpr std::size_t threes_of_samples = 8;
constexpr std::int64_t largest_factor = 4096;
constexpr std::int64_t worth_of_a_sample = 5;  // in the unit of Formula::cost()

// The rounded variables of the family, plain ones first.
std::vector<Factor> all_factors(const std::vector<const Sample*>& samples) {
  std::vector<Factor> factors;
  std::vector<Variable> varying;
  for (std::size_t v = 0; v < variable_count; ++v) {
    const auto differs = [&](const Sample* sample) {
      return sample->variables[v] != samples.front()->variables[v];
    };
    if (std::ranges::any_of(samples, differs)) varying.push_back(static_cast<Variable>(v));
  }
  factors.reserve(15 * varying.size());  // those of the loops below
  for (const Variable variable : varying) factors.push_back({variable, Rounding::none, 1});
  for (const Variable variable : varying) {
    for (const std::int64_t unit : {4, 8, 16, 32, 64})
      factors.push_back({variable, Rounding::align, unit});
    for (const std::int64_t unit : {2, 4, 8, 16, 32, 64})
      factors.push_back({variable, Rounding::ceil, unit});
    for (const std::int64_t unit : {32, 64}) factors.push_back({variable, Rounding::tail, unit});
    factors.push_back({variable, Rounding::log2, 1});
  }
  return factors;
}

// Products of up to `left` more plain variables, from `first` on.
void extend(const Term& term, std::size_t first, int left, const std::vector<Factor>& factors,
            std::size_t plain, std::vector<Term>& terms) {
  if (!term.empty()) terms.push_back(term);
  if (left == 0) return;
  for (std::size_t i = first; i < plain; ++i) {
    Term longer = term;
    longer.push_back(factors[i]);
    extend(longer, i, left - 1, factors, plain, terms);
  }
}

std::vector<Term> all_terms(const std::vector<Factor>& factors) {
  const auto plain =
      static_cast<std::size_t>(std::ranges::count(factors, Rounding::none, &Factor::rounding));
  std::vector<Term> terms;
  extend({}, 0, 4, factors, plain, terms);
  for (std::size_t i = plain; i < factors.size(); ++i)
    extend({factors[i]}, 0, 3, factors, plain, terms);
  const auto cost = [](const Term& term) {
    return Formula{Form::linear, 1, 0, 0, 1, term, {}}.cost();
  };
  std::ranges::stable_sort(terms, {}, cost);
  return terms;
}

// Keeps the best formula: the one with the highest score.
class Search {
 public:
  explicit Search(const std::vector<const Sample*>& samples)
      : samples_(samples), terms_(all_terms(all_factors(samples))) {
    for (const Sample* sample : samples) targets_.push_back(sample->target);
  }

  Formula run() {
    constant();
    linear();
    aligned();
    divided();
    wrapped();
    two_terms();
    extremes();
    return best_;
  }

 private:
  // Gives up as soon as the formula cannot become the best.
  void consider(const Formula& formula) {
    const auto all = static_cast<std::int64_t>(targets_.size());
    const std::int64_t cost = formula.cost();
    // The fewest right ones with a higher score.
    const std::int64_t enough = (score_ + cost) / worth_of_a_sample + 1;
    std::int64_t right = all;
    for (std::size_t i = 0; i < targets_.size() && right >= enough; ++i)
      if (formula.of(*samples_[i]) != targets_[i]) --right;
    if (right < enough) return;
    best_ = formula;
    score_ = right * worth_of_a_sample - cost;
  }

  // Whether a formula of these two terms could become the best if it were right for everything.
  // Those behind the second term are longer still.
  [[nodiscard]] bool can_win(Form form, std::size_t t, std::size_t u) const {
    const int least =
        Formula{form, 1, form == Form::two_terms ? 1 : 0, 0, 1, terms_[t], terms_[u]}.cost();
    return static_cast<std::int64_t>(targets_.size()) * worth_of_a_sample - least > score_;
  }

  void constant() {
    std::map<std::int64_t, std::size_t> counts;
    for (const std::int64_t target : targets_) ++counts[target];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; });
    best_ = {Form::constant, 1, most->first, 0, 1, {}, {}};
    score_ = static_cast<std::int64_t>(most->second) * worth_of_a_sample;
  }

  // Two samples that differ give the factor and the constant of `formula`, a form with a = 1 and
  // b = 0. Several pairs are tried: some samples may be exceptions.
  void fit_line(const Formula& formula) {
    const std::size_t count = samples_.size();
    for (std::size_t i = 0, tried = 0; i < count && tried < 6; i += 1 + count / 16) {
      const std::int64_t x = formula.of(*samples_[i]);
      for (std::size_t j = count - 1; j > i; j -= 1 + j / 4) {
        const std::int64_t run = formula.of(*samples_[j]) - x, rise = targets_[j] - targets_[i];
        if (run == 0) continue;
        ++tried;
        if (rise == 0 || rise % run != 0) break;
        Formula line = formula;
        line.a = rise / run;
        line.b = targets_[i] - line.a * x;
        consider(line);
        break;
      }
    }
  }

  void linear() {
    for (const Term& term : terms_) fit_line({Form::linear, 1, 0, 0, 1, term, {}});
  }
  void aligned() {
    for (const Term& term : terms_)
      if (term.size() <= 2)
        for (std::int64_t unit = 2; unit <= 64; unit *= 2)
          for (const bool lone : {false, true})
            fit_line({Form::aligned, 1, 0, 0, unit, term, {}, lone});
  }
  void divided() {
    for (const Term& term : terms_)
      if (term.size() <= 3)
        for (std::int64_t unit = 2; unit <= 65536; unit *= 2)
          for (const std::int64_t b : {0, -1}) consider({Form::divided, 1, b, 0, unit, term, {}});
  }

  void wrapped() {
    for (const Term& term : terms_)
      if (term.size() == 1)
        for (std::int64_t unit = 2; unit <= 4096; unit *= 2)
          for (const std::int64_t b : {0, -1, 1})
            consider({Form::wrapped, 1, b, 0, unit, term, {}});
  }

  // Three samples give a, b and c, by Cramer's rule. Several threes are tried, spread over all
  // samples and over all operators in a fixed way: some may be exceptions, or lie on one line. Two
  // samples are enough where c is 0.
  void two_terms() {
    const std::size_t count = std::min(combined_terms, terms_.size());
    std::vector<std::size_t> all(targets_.size()), first_of_layers;
    std::iota(all.begin(), all.end(), 0U);
    std::set<std::uint64_t> layers;
    for (const std::size_t i : all)
      if (layers.insert(samples_[i]->layer).second) first_of_layers.push_back(i);
    std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same answer every time
    std::vector<Three> threes;
    for (const auto& group : {all, first_of_layers})
      for (std::size_t i = 0; i < threes_of_samples; ++i)
        for (std::size_t& sample : threes.emplace_back()) sample = group[random() % group.size()];
    for (std::size_t i = 0; i < threes_of_samples; ++i) {
      threes.push_back(threes[threes_of_samples + i]);
      threes.back()[0] = origin;
    }
    for (std::size_t t = 0; t < count; ++t)
      for (std::size_t u = t + 1; u < count && can_win(Form::two_terms, t, u); ++u)
        for (const std::int64_t unit : {1, 2, 4, 8})
          for (const bool lone : {false, true}) {
            if (unit == 1 && lone) continue;
            solve({Form::aligned, 1, 0, 0, unit, terms_[t], {}, lone}, terms_[u], threes);
            if (unit > 1)
              solve({Form::aligned, 1, 0, 0, unit, terms_[u], {}, lone}, terms_[t], threes);
          }
  }

  // a * x + b * u + c, where `x` is a term that may be rounded up.
  void solve(const Formula& x, const Term& u, const std::vector<Three>& threes) {
    const Formula y{Form::linear, 1, 0, 0, 1, u, {}};
    for (const Three& three : threes) solve(x, y, three);
  }

  void solve(const Formula& x, const Formula& y, const Three& three) {
    const auto [i, j, k] = three;
    const bool through_origin = i == origin;
    __extension__ using Wide = __int128;
    const std::int64_t xi = through_origin ? 0 : x.of(*samples_[i]);
    const std::int64_t yi = through_origin ? 0 : y.of(*samples_[i]);
    const std::int64_t zi = through_origin ? 0 : targets_[i];
    const Wide t1 = x.of(*samples_[j]) - xi, t2 = x.of(*samples_[k]) - xi;
    const Wide u1 = y.of(*samples_[j]) - yi, u2 = y.of(*samples_[k]) - yi;
    const Wide z1 = targets_[j] - zi, z2 = targets_[k] - zi;
    const Wide det = t1 * u2 - t2 * u1, for_a = z1 * u2 - z2 * u1, for_b = t1 * z2 - t2 * z1;
    if (det == 0 || for_a % det != 0 || for_b % det != 0) return;
    const auto usable = [](Wide factor) {
      return factor != 0 && factor <= largest_factor && factor >= -largest_factor;
    };
    if (!usable(for_a / det) || !usable(for_b / det)) return;
    const auto a = static_cast<std::int64_t>(for_a / det),
               b = static_cast<std::int64_t>(for_b / det);
    consider({Form::two_terms, a, b, zi - a * xi - b * yi, x.unit, x.t, y.t, x.lone});
  }

  void extremes() {
    const std::size_t count = std::min(combined_terms, terms_.size());
    for (std::size_t t = 0; t < count; ++t)
      for (std::size_t u = t + 1; u < count && can_win(Form::smaller, t, u); ++u)
        for (const Form form : {Form::smaller, Form::larger}) {
          Formula formula{form, 1, 0, 0, 1, terms_[t], terms_[u]};
          formula.b = targets_[0] - formula.of(*samples_[0]);
          consider(formula);
        }
  }

  const std::vector<const Sample*>& samples_;
  std::vector<Term> terms_;  // the simplest first
  Values targets_;
  Formula best_;
  std::int64_t score_ = 0;
};

// Every second operator, from the first or the second on.
std::set<std::uint64_t> half_of_layers(const std::vector<Sample>& samples, bool first) {
  std::set<std::uint64_t> all, half;
  for (const Sample& sample : samples) all.insert(sample.layer);
  for (const std::uint64_t layer : all) {
    if (first) half.insert(layer);
    first = !first;
  }
  return half;
}

// Of the operators to fit, samples spread over all of them.
std::vector<const Sample*> chosen(const std::vector<Sample>& samples,
                                  const std::set<std::uint64_t>& layers) {
  std::vector<const Sample*> fitted;
  for (const Sample& sample : samples)
    if (layers.contains(sample.layer)) fitted.push_back(&sample);
  if (fitted.size() <= samples_of_a_fit) return fitted;
  std::vector<const Sample*> spread;
  for (std::size_t i = 0; i < samples_of_a_fit; ++i)
    spread.push_back(fitted[i * fitted.size() / samples_of_a_fit]);
  return spread;
}

bool is_most(std::size_t part, std::size_t whole) {
  return part * 3 >= whole * 2;
}

// `commonest`: how often the commonest value stands in what was not fitted.
std::string reason_against(const Fit& fit, std::size_t commonest) {
  const bool constant = fit.formula.form == Form::constant;
  if (fit.support == fit.samples && constant) return {};
  if (fit.unseen == 0) return "all combinations are of one operator: nothing to check it with";
  if (!is_most(fit.held_out, fit.unseen) || !is_most(fit.support, fit.samples))
    return "right for less than two thirds";
  if (!constant && fit.held_out <= commonest) return "a constant is as often right";
  return {};
}

std::vector<Formula> indistinguishable(const Formula& formula, const std::vector<Sample>& samples) {
  std::set<Variable> used;
  for (const Term* term : {&formula.t, &formula.u})
    for (const Factor& factor : *term) used.insert(factor.variable);
  std::vector<Formula> equals;
  for (const Variable old : used)
    for (std::size_t v = 0; v < variable_count; ++v) {
      const auto other = static_cast<Variable>(v);
      if (used.contains(other)) continue;
      Formula changed = formula;
      for (Term* term : {&changed.t, &changed.u})
        for (Factor& factor : *term)
          if (factor.variable == old) factor.variable = other;
      if (std::ranges::all_of(samples,
                              [&](const Sample& s) { return changed.of(s) == formula.of(s); }))
        equals.push_back(std::move(changed));
    }
  return equals;
}

Fit fit_half(const std::vector<Sample>& samples, const std::set<std::uint64_t>& layers) {
  Fit fit;
  fit.samples = samples.size();
  fit.formula = Search(chosen(samples, layers)).run();
  std::map<std::int64_t, std::size_t> values;
  std::size_t commonest = 0;
  for (const Sample& sample : samples) {
    const std::int64_t said = fit.formula.of(sample);
    const bool right = said == sample.target;
    fit.support += right ? 1 : 0;
    if (!layers.contains(sample.layer)) {
      ++fit.unseen;
      fit.held_out += right ? 1 : 0;
      commonest = std::max(commonest, ++values[sample.target]);
    }
    if (!right) fit.counterexamples.emplace_back(sample, said);
  }
  fit.reason = reason_against(fit, commonest);
  fit.found = fit.reason.empty();
  return fit;
}

}  // namespace

Fit fit_formula(const std::vector<Sample>& samples) {
  if (samples.empty()) return {};
  Fit fit = fit_half(samples, half_of_layers(samples, true));
  const std::set<std::uint64_t> others = half_of_layers(samples, false);
  if (fit.support == fit.samples || others.empty()) return fit;
  Fit other = fit_half(samples, others);
  const auto better = [](const Fit& candidate) {
    return std::pair(candidate.found, candidate.support);
  };
  return better(other) > better(fit) ? other : fit;
}

namespace {

std::size_t explained(const std::vector<Fit>& fits) {
  std::size_t right = 0;
  for (const Fit& fit : fits) right += fit.found ? fit.support : 0;
  return right;
}

// For samples with the same first `depth` kinds, whose names together are `name`.
std::vector<Fit> fit_from(const std::vector<Sample>& samples, std::size_t depth,
                          const std::string& name) {
  std::vector<Fit> whole;
  if (depth > 0) {
    whole.push_back(fit_formula(samples));
    whole.front().operation = name;
    if (whole.front().found)
      whole.front().equals = indistinguishable(whole.front().formula, samples);
    if (explained(whole) == samples.size() || depth == samples.front().operation.size())
      return whole;
  }
  std::map<std::string, std::vector<Sample>> closer;
  for (const Sample& sample : samples) closer[sample.operation[depth]].push_back(sample);
  std::vector<Fit> parts;
  for (const auto& [kind, own] : closer)
    for (Fit& fit : fit_from(own, depth + 1, name + kind)) parts.push_back(std::move(fit));
  const bool closer_is_better =
      explained(parts) > explained(whole) && is_most(explained(parts), samples.size());
  return depth == 0 || closer_is_better ? parts : whole;
}

}  // namespace

std::vector<Fit> fit_operations(const std::vector<Sample>& samples) {
  return samples.empty() ? std::vector<Fit>{} : fit_from(samples, 0, "");
}

}  // namespace npuscope::corpus
