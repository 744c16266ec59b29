// The family of formulas that a field is tried as, and the search in it.
//
//   Fit fit = fit_formula(samples);     // samples of one kind of operation
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
// with whole a, b and c, and n a power of two. Half of the operators, chosen by a hash of their
// sizes, are fitted; the others only tell how often the formula is right for what it has not seen.
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
  [[nodiscard]] std::int64_t of(const Sample& sample) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] int cost() const;  // of two that are as often right, the cheaper is taken
};

struct Fit {
  std::string operation;
  bool found = false;  // some formula is right for a quarter of what was fitted
  Formula formula;
  std::size_t samples = 0;   // distinct combinations of numbers
  std::size_t support = 0;   // of them as the formula says
  std::size_t unseen = 0;    // combinations that were not fitted
  std::size_t held_out = 0;  // of them as the formula says
  std::vector<std::pair<Sample, std::int64_t>> counterexamples;  // with what the formula says; all
};

// Of samples that all have the same `operation`.
[[nodiscard]] Fit fit_formula(const std::vector<Sample>& samples);

}  // namespace npuscope::corpus
