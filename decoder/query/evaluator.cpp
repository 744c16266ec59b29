#include <limits>
#include <optional>

#include "decoder/query/expression.h"

namespace npuscope::query {

namespace {

using Number = std::int64_t;

std::optional<Number> quotient(NodeKind kind, Number a, Number b) {
  if (b == 0 || (a == std::numeric_limits<Number>::min() && b == -1)) return std::nullopt;
  return kind == NodeKind::divide ? a / b : a % b;
}

// Empty if there is no such number.
std::optional<Number> calculated(NodeKind kind, Number a, Number b) {
  Number result = 0;
  switch (kind) {
    case NodeKind::equal:
      return a == b;
    case NodeKind::not_equal:
      return a != b;
    case NodeKind::less:
      return a < b;
    case NodeKind::less_equal:
      return a <= b;
    case NodeKind::greater:
      return a > b;
    case NodeKind::greater_equal:
      return a >= b;
    case NodeKind::bit_and:
      return static_cast<Number>(static_cast<std::uint64_t>(a) & static_cast<std::uint64_t>(b));
    case NodeKind::add:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return result;
    case NodeKind::subtract:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return result;
    case NodeKind::multiply:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return result;
    default:
      return quotient(kind, a, b);
  }
}

Value value_of(std::optional<Number> number) {
  return number ? Value::of(*number) : Value::missing();
}

// One side that is false is enough.
Value conjunction(const Value& a, const Value& b) {
  if (a.is_false() || b.is_false()) return Value::of(0);
  if (a.known() && b.known()) return Value::of(1);
  return {worse(a.standing, b.standing), 0, {}};
}

Value negation(const Value& a) {
  return a.known() ? Value::of(a.number == 0 ? 1 : 0) : a;
}

}  // namespace

Value Evaluator::operand(const Step& step, const LaneRecord& record) const {
  const auto reference = [&]() -> const Reference& { return expression_.references_[step.index]; };
  switch (step.kind) {
    case StepKind::text:
      return Value::of_text(expression_.texts_[step.index]);
    case StepKind::reference:
      return query::value_of(record, reference(), scope_);
    case StepKind::written:
      return is_written(record, reference());
    case StepKind::changed:
      return is_changed(record, reference());
    case StepKind::inherited:
      return is_inherited(record, reference());
    case StepKind::known:
      return is_known(record, reference());
    case StepKind::runs:
      return Value::of(record.runs(static_cast<Block>(step.number)) ? 1 : 0);
    case StepKind::number:
    case StepKind::operation:
      break;
  }
  return Value::of(step.number);
}

void Evaluator::operate(const Step& step) {
  const auto pop = [this] {
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  };
  const Value last = pop();
  if (step.node == NodeKind::logical_not) {
    stack_.push_back(negation(last));
    return;
  }
  if (step.node == NodeKind::negate) {
    stack_.push_back(last.known() ? value_of(calculated(NodeKind::subtract, 0, last.number))
                                  : last);
    return;
  }
  const Value before = pop();
  if (step.node == NodeKind::in_range) {
    const Value value = pop();
    const auto compare = [](NodeKind kind, const Value& a, const Value& b) {
      if (!a.known() || !b.known()) return Value{worse(a.standing, b.standing), 0, {}};
      return value_of(calculated(kind, a.number, b.number));
    };
    stack_.push_back(conjunction(compare(NodeKind::greater_equal, value, before),
                                 compare(NodeKind::less_equal, value, last)));
    return;
  }
  if (step.node == NodeKind::logical_and) {
    stack_.push_back(conjunction(before, last));
  } else if (step.node == NodeKind::logical_or) {
    stack_.push_back(negation(conjunction(negation(before), negation(last))));
  } else if (!before.known() || !last.known()) {
    stack_.push_back({worse(before.standing, last.standing), 0, {}});
  } else if (step.of_texts) {
    const bool wanted = step.node == NodeKind::equal;
    stack_.push_back(Value::of((before.text == last.text) == wanted ? 1 : 0));
  } else {
    stack_.push_back(value_of(calculated(step.node, before.number, last.number)));
  }
}

Value Evaluator::operator()(const LaneRecord& record) {
  stack_.clear();
  for (const Step& step : expression_.steps_) {
    if (step.kind == StepKind::operation) {
      operate(step);
    } else {
      stack_.push_back(operand(step, record));
    }
  }
  return stack_.empty() ? Value::missing() : stack_.back();
}

}  // namespace npuscope::query
