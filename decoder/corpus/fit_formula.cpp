#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>

#include "decoder/corpus/formula.h"

namespace npuscope::corpus {

namespace {

using Values = std::vector<std::int64_t>;

constexpr std::size_t samples_of_a_fit = 300;  // enough to tell formulas apart
constexpr std::size_t combined_terms = 90;     // the simplest, each with each
constexpr std::size_t threes_of_samples = 8;
constexpr std::int64_t largest_factor = 4096;

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

// Keeps the best formula: the most samples right, then the simplest.
class Search {
 public:
  explicit Search(const std::vector<const Sample*>& samples)
      : samples_(samples), terms_(all_terms(all_factors(samples))) {
    for (const Sample* sample : samples) targets_.push_back(sample->target);
  }

  std::optional<Formula> run() {
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
    if (best_ && right_ == targets_.size() && formula.cost() >= best_->cost()) return;
    const std::size_t enough = best_ ? right_ : targets_.size() / 4;
    const std::size_t most_wrong = targets_.size() - enough;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < targets_.size(); ++i)
      if (formula.of(*samples_[i]) != targets_[i] && ++wrong > most_wrong) return;
    const std::size_t right = targets_.size() - wrong;
    if (best_ && (right < right_ || (right == right_ && formula.cost() >= best_->cost()))) return;
    best_ = formula;
    right_ = right;
  }

  void constant() {
    std::map<std::int64_t, std::size_t> counts;
    for (const std::int64_t target : targets_) ++counts[target];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; });
    consider({Form::constant, 1, most->first, 0, 1, {}, {}});
  }

  // Two samples that differ give the factor and the constant of `formula`, a form with a = 1 and
  // b = 0. Several pairs are tried: some samples may be exceptions.
  void fit_line(Formula formula) {
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
          fit_line({Form::aligned, 1, 0, 0, unit, term, {}});
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
  // samples in a fixed way: some may be exceptions, or lie on one line.
  void two_terms() {
    const std::size_t count = std::min(combined_terms, terms_.size());
    const std::size_t all = targets_.size();
    std::mt19937 random(1);
    std::vector<std::array<std::size_t, 3>> threes(threes_of_samples);
    for (auto& three : threes)
      for (std::size_t& sample : three) sample = random() % all;
    for (std::size_t t = 0; t < count; ++t)
      for (std::size_t u = t + 1; u < count; ++u)
        for (const auto& three : threes)
          for (const std::int64_t unit : {1, 2, 4, 8}) {
            solve(terms_[t], terms_[u], unit, three[0], three[1], three[2]);
            if (unit > 1) solve(terms_[u], terms_[t], unit, three[0], three[1], three[2]);
          }
  }

  // `unit`: to which the first term is rounded up.
  void solve(const Term& t, const Term& u, std::int64_t unit, std::size_t i, std::size_t j,
             std::size_t k) {
    const Formula x{Form::aligned, 1, 0, 0, unit, t, {}}, y{Form::linear, 1, 0, 0, 1, u, {}};
    __extension__ using Wide = __int128;
    const std::int64_t xi = x.of(*samples_[i]), yi = y.of(*samples_[i]);
    const Wide t1 = x.of(*samples_[j]) - xi, t2 = x.of(*samples_[k]) - xi;
    const Wide u1 = y.of(*samples_[j]) - yi, u2 = y.of(*samples_[k]) - yi;
    const Wide y1 = targets_[j] - targets_[i], y2 = targets_[k] - targets_[i];
    const Wide det = t1 * u2 - t2 * u1, for_a = y1 * u2 - y2 * u1, for_b = t1 * y2 - t2 * y1;
    if (det == 0 || for_a % det != 0 || for_b % det != 0) return;
    const auto usable = [](Wide factor) {
      return factor != 0 && factor <= largest_factor && factor >= -largest_factor;
    };
    if (!usable(for_a / det) || !usable(for_b / det)) return;
    const auto a = static_cast<std::int64_t>(for_a / det),
               b = static_cast<std::int64_t>(for_b / det);
    consider({Form::two_terms, a, b, targets_[i] - a * xi - b * yi, unit, t, u});
  }

  void extremes() {
    const std::size_t count = std::min(combined_terms, terms_.size());
    for (std::size_t t = 0; t < count; ++t)
      for (std::size_t u = t + 1; u < count; ++u)
        for (const Form form : {Form::smaller, Form::larger}) {
          Formula formula{form, 1, 0, 0, 1, terms_[t], terms_[u]};
          formula.b = targets_[0] - formula.of(*samples_[0]);
          consider(formula);
        }
  }

  const std::vector<const Sample*>& samples_;
  std::vector<Term> terms_;  // the simplest first
  Values targets_;
  std::optional<Formula> best_;
  std::size_t right_ = 0;
};

bool is_fitted(const Sample& sample) {
  return (sample.layer >> 7U & 1U) == 0;
}

// Of the operators to fit, samples spread over all of them.
std::vector<const Sample*> chosen(const std::vector<Sample>& samples) {
  std::vector<const Sample*> fitted;
  for (const Sample& sample : samples)
    if (is_fitted(sample)) fitted.push_back(&sample);
  if (fitted.empty())
    for (const Sample& sample : samples) fitted.push_back(&sample);
  if (fitted.size() <= samples_of_a_fit) return fitted;
  std::vector<const Sample*> spread;
  for (std::size_t i = 0; i < samples_of_a_fit; ++i)
    spread.push_back(fitted[i * fitted.size() / samples_of_a_fit]);
  return spread;
}

}  // namespace

Fit fit_formula(const std::vector<Sample>& samples) {
  Fit fit;
  if (samples.empty()) return fit;
  fit.operation = samples.front().operation;
  fit.samples = samples.size();
  const std::vector<const Sample*> fitted = chosen(samples);
  const auto best = Search(fitted).run();
  fit.found = best.has_value();
  if (best) fit.formula = *best;
  for (const Sample& sample : samples) {
    const std::int64_t said = fit.formula.of(sample);
    const bool right = fit.found && said == sample.target;
    fit.support += right ? 1 : 0;
    if (!is_fitted(sample)) {
      ++fit.unseen;
      fit.held_out += right ? 1 : 0;
    }
    if (fit.found && !right) fit.counterexamples.emplace_back(sample, said);
  }
  return fit;
}

}  // namespace npuscope::corpus
