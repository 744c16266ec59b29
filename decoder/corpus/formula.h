// The family of formulas that a field is tried as, and the search in it.
//
//   Fit fit = fit_formula(samples);
//   fit.formula.text() == "width * height - 4 * width";   fit.support, fit.held_out,
//   fit.counterexamples
//
// A term is a product of up to four variables, one of which may be rounded: align(v, 4 ... 64),
// ceil(v / 2 ... 64), tail(v, 32) or tail(v, 64) (the part beyond a multiple becomes the next power
// of two, at least a quarter), ceil(log2 v). Tried are, the simplest first:
//
//   b      a * T + b      a * align(T, n) + b      ceil(T / n) + b      (T + b) mod n
//   a * T + b * U + c      a * align(T, n) + b * U + c
//   min(T, U) + b         max(T, U) + b
//
// with whole a, b and c, and n a power of two; instead of align(T, n) also pad(T, n), which is 1
// where T is 1. Half of the operators, every second in the order of a hash of their sizes, are
// fitted; if that formula has exceptions, the other half too, and the better one is taken. Of all
// formulas that one fits best which says the most in the fewest words: each combination that it is
// right for counts against its own length, so that numbers that meet a few values by chance lose
// against a constant. It is found if it is also right for two thirds of what it has not seen, and
// more often than any constant.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "decoder/corpus/shape_variables.h"

namespace npuscope::corpus {

enum class Rounding : std::uint8_t { none, align, ceil, tail, log2 };

struct Factor {
  Variable variable = Variable::width;
  Rounding rounding = Rounding::none;
  std::int64_t unit = 1;
  [[nodiscard]] std::int64_t of(const Sample& sample) const;
};

using Term = std::vector<Factor>;  // their product

enum class Form : std::uint8_t {
  constant,
  linear,
  aligned,
  divided,
  wrapped,
  two_terms,
  smaller,
  larger
};

struct Formula {
  Form form = Form::constant;
  std::int64_t a = 1, b = 0, c = 0, unit = 1;
  Term t, u;
  bool lone = false;  // pad(t, unit) instead of align(t, unit)
  [[nodiscard]] std::int64_t of(const Sample& sample) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] int cost() const;  // its length, about in bits
};

struct Fit {
  std::string operation;
  bool found = false;
  std::string reason;  // why the best of the family is no rule; empty: found
  Formula formula;     // the best, found or not
  // The same with another variable instead of one, if found: no sample tells which one it is.
  std::vector<Formula> equals;
  std::size_t samples = 0;   // distinct combinations of numbers
  std::size_t support = 0;   // of them as the formula says
  std::size_t unseen = 0;    // combinations that were not fitted
  std::size_t held_out = 0;  // of them as the formula says
  // With what the formula says; all.
  std::vector<std::pair<Sample, std::int64_t>> counterexamples;
};

// Of all samples together, whatever their operations are.
[[nodiscard]] Fit fit_formula(const std::vector<Sample>& samples);

// As few as possible: one Fit for all with the same kind of operation; or one for each closer kind,
// where these are right for more, and for two thirds together. Each sample must have the same
// number of kinds, at least one.
[[nodiscard]] std::vector<Fit> fit_operations(const std::vector<Sample>& samples);

}  // namespace npuscope::corpus
