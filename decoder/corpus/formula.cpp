#include "decoder/corpus/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace npuscope::corpus {

namespace {

std::int64_t ceil_div(std::int64_t value, std::int64_t unit) {
  return value >= 0 ? (value + unit - 1) / unit : -(-value / unit);
}

std::int64_t align(std::int64_t value, std::int64_t unit) {
  return ceil_div(value, unit) * unit;
}

std::int64_t rounded(const Formula& formula, std::int64_t value) {
  return formula.lone && value == 1 ? 1 : align(value, formula.unit);
}

std::int64_t tail(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  if (rest == 0) return value;
  const auto least = static_cast<std::uint64_t>(std::max(rest, unit / 4));
  return value - rest + static_cast<std::int64_t>(std::bit_ceil(least));
}

std::int64_t log2_of(std::int64_t value) {
  return value <= 1
             ? 0
             : static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(value) - 1));
}

std::int64_t product(const Term& term, const Sample& sample) {
  std::int64_t value = 1;
  for (const Factor& factor : term) value *= factor.of(sample);
  return value;
}

std::string text_of(const Term& term) {
  std::string text;
  for (const Factor& factor : term) {
    const std::string_view name = name_of(factor.variable);
    if (!text.empty()) text += " * ";
    switch (factor.rounding) {
      case Rounding::none:
        text += name;
        break;
      case Rounding::align:
        text += fmt::format("align({}, {})", name, factor.unit);
        break;
      case Rounding::ceil:
        text += fmt::format("ceil({} / {})", name, factor.unit);
        break;
      case Rounding::tail:
        text += fmt::format("tail({}, {})", name, factor.unit);
        break;
      case Rounding::log2:
        text += fmt::format("ceil(log2 {})", name);
        break;
    }
  }
  return text;
}

void append(std::string& text, std::int64_t factor, const std::string& term) {
  if (factor == 0) return;
  const std::int64_t size = factor < 0 ? -factor : factor;
  text += text.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
  if (term.empty()) {
    text += fmt::format("{}", size);
  } else {
    text += size == 1 ? term : fmt::format("{} * {}", size, term);
  }
}

// A product of a number with itself is rarer than one of two numbers.
int cost_of(const Term& term) {
  int cost = 0;
  for (std::size_t i = 0; i < term.size(); ++i) {
    cost += term[i].rounding == Rounding::none ? 2 : term[i].rounding == Rounding::log2 ? 7 : 5;
    if (i > 0 && term[i].variable == term[i - 1].variable) ++cost;
  }
  return cost;
}

// Any data can be met with numbers that are odd enough.
int cost_of(std::int64_t number, std::int64_t usual) {
  if (number == usual) return 0;
  const auto size = static_cast<std::uint64_t>(number < 0 ? -number : number);
  return size <= 4 ? 1 : std::has_single_bit(size) ? 2 : 2 * static_cast<int>(std::bit_width(size));
}

std::string rounded_text(const Formula& formula) {
  return fmt::format("{}({}, {})", formula.lone ? "pad" : "align", text_of(formula.t),
                     formula.unit);
}

}  // namespace

std::int64_t Factor::of(const Sample& sample) const {
  const std::int64_t value = sample.variables[static_cast<std::size_t>(variable)];
  switch (rounding) {
    case Rounding::align:
      return align(value, unit);
    case Rounding::ceil:
      return ceil_div(value, unit);
    case Rounding::tail:
      return tail(value, unit);
    case Rounding::log2:
      return log2_of(value);
    case Rounding::none:
      break;
  }
  return value;
}

std::int64_t Formula::of(const Sample& sample) const {
  const std::int64_t x = product(t, sample);
  switch (form) {
    case Form::constant:
      return b;
    case Form::linear:
      return a * x + b;
    case Form::aligned:
      return a * rounded(*this, x) + b;
    case Form::divided:
      return ceil_div(x, unit) + b;
    case Form::wrapped:
      return ((x + b) % unit + unit) % unit;
    case Form::two_terms:
      return a * rounded(*this, x) + b * product(u, sample) + c;
    case Form::smaller:
      return std::min(x, product(u, sample)) + b;
    case Form::larger:
      break;
  }
  return std::max(x, product(u, sample)) + b;
}

std::string Formula::text() const {
  std::string result;
  switch (form) {
    case Form::constant:
      break;
    case Form::linear:
      append(result, a, text_of(t));
      break;
    case Form::aligned:
      append(result, a, rounded_text(*this));
      break;
    case Form::divided:
      append(result, 1, fmt::format("ceil({} / {})", text_of(t), unit));
      break;
    case Form::wrapped:
      append(result, 1, text_of(t));
      append(result, b, "");
      return fmt::format("({}) mod {}", result, unit);
    case Form::two_terms: {
      const std::string first = unit == 1 ? text_of(t) : rounded_text(*this);
      // What is added stands before what is taken away.
      const bool turned = a < 0 && b > 0;
      append(result, turned ? b : a, turned ? text_of(u) : first);
      append(result, turned ? a : b, turned ? first : text_of(u));
      append(result, c, "");
      return result;
    }
    case Form::smaller:
    case Form::larger:
      append(
          result, 1,
          fmt::format("{}({}, {})", form == Form::smaller ? "min" : "max", text_of(t), text_of(u)));
      break;
  }
  append(result, b, "");
  return result.empty() ? "0" : result;
}

int Formula::cost() const {
  const bool sum = form == Form::two_terms;
  const int constants =
      form == Form::constant ? 0 : cost_of(a, 1) + cost_of(b, sum ? 1 : 0) + cost_of(c, 0);
  const int shape = form == Form::linear || form == Form::constant ? 0 : unit > 1 && sum ? 6 : 3;
  return cost_of(t) + cost_of(u) + constants + shape + (lone ? 1 : 0);
}

}  // namespace npuscope::corpus
