#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "decoder/query/expression.h"
#include "regdb/spelling.h"

namespace npuscope::query {

namespace {

enum class Type : std::uint8_t { number, text };

struct Function {
  std::string_view name;
  StepKind step;
};

constexpr std::array<Function, 5> functions{{{"written", StepKind::written},
                                             {"changed", StepKind::changed},
                                             {"inherited", StepKind::inherited},
                                             {"known", StepKind::known},
                                             {"runs", StepKind::runs}}};

// How other programs call the values of precision fields: float16, f16, i8, bfloat16.
std::string usual_name(const std::string& name) {
  const auto digit_at = [&name](std::size_t i) {
    return i < name.size() && name[i] >= '0' && name[i] <= '9';
  };
  if (name.starts_with("bfloat")) return "bf" + name.substr(6);
  if (name.starts_with("float")) return "fp" + name.substr(5);
  if (name.starts_with("f") && digit_at(1)) return "fp" + name.substr(1);
  if (name.starts_with("i") && digit_at(1)) return "int" + name.substr(1);
  return name;
}

const EnumValue* value_named(const Enum& values, std::string_view text) {
  const std::string name = lower_case(text);
  for (const std::string& wanted : {name, usual_name(name)})
    for (const EnumValue& value : values.values)
      if (lower_case(value.name) == wanted) return &value;
  return nullptr;
}

}  // namespace

class Compiler {
 public:
  Compiler(const RegisterDb& db, Syntax syntax) : db_(db), nodes_(std::move(syntax.nodes)) {}

  Outcome<Expression> run() {
    const std::size_t root = nodes_.size() - 1;
    if (is_constant(nodes_[root]))
      return wrong(nodes_[root].span, "this does not depend on the record",
                   "@0x1040 is the register at an offset");
    auto type = compile(root, nullptr);
    if (!type) return tl::unexpected(type.error());
    if (*type == Type::text)
      return wrong(nodes_[root].span, "a text is neither true nor false",
                   R"(compare it, for instance op == "Conv")");
    return std::move(made_);
  }

 private:
  using Compiled = Outcome<Type>;

  [[nodiscard]] bool is_constant(const SyntaxNode& node) const {
    switch (node.kind) {
      case NodeKind::number:
        return true;
      case NodeKind::negate:
        return is_constant(nodes_[node.first]);
      case NodeKind::bit_and:
      case NodeKind::add:
      case NodeKind::subtract:
      case NodeKind::multiply:
      case NodeKind::divide:
      case NodeKind::remainder:
        return is_constant(nodes_[node.first]) && is_constant(nodes_[node.second]);
      default:
        return false;
    }
  }

  // Names that the other side of a comparison may use: those of the values of this field.
  [[nodiscard]] const Field* field_with_names(const SyntaxNode& node) const {
    if (node.kind != NodeKind::name) return nullptr;
    const auto found = find_reference(db_, node.text);
    if (!found || found->reference.field == nullptr || found->reference.quantity) return nullptr;
    return found->reference.field->values != nullptr ? found->reference.field : nullptr;
  }

  // `names`: the field with which this operand is compared, or nullptr.
  Compiled compile(std::size_t index, const Field* names) {
    const SyntaxNode& node = nodes_[index];
    switch (node.kind) {
      case NodeKind::number:
        made_.steps_.push_back({StepKind::number, {}, false, node.number});
        return Type::number;
      case NodeKind::text:
        made_.texts_.push_back(node.text);
        made_.steps_.push_back({StepKind::text, {}, false, 0, made_.texts_.size() - 1});
        return Type::text;
      case NodeKind::name:
      case NodeKind::address:
        return name(node, names);
      case NodeKind::call:
        return call(node);
      case NodeKind::equal:
      case NodeKind::not_equal:
      case NodeKind::less:
      case NodeKind::less_equal:
      case NodeKind::greater:
      case NodeKind::greater_equal:
      case NodeKind::in_range:
        return comparison(node);
      default:
        return arithmetic(node);
    }
  }

  std::size_t reference_index(Reference reference) {
    auto& all = made_.references_;
    const auto found = std::find(all.begin(), all.end(), reference);
    if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
    all.push_back(std::move(reference));
    return all.size() - 1;
  }

  Compiled push(StepKind kind, Reference reference) {
    const bool text =
        reference.property != nullptr && reference.property->kind == PropertyKind::text;
    made_.steps_.push_back({kind, {}, false, 0, reference_index(std::move(reference))});
    return text ? Type::text : Type::number;
  }

  Outcome<Reference> resolved(const SyntaxNode& node) {
    auto found = find_reference(db_, node.text);
    if (!found) {
      found.error().span.at += node.span.at;
      return tl::unexpected(found.error());
    }
    if (!found->completed.empty())
      made_.notes_.push_back(
          fmt::format("`{}` is taken as {}", found->completed, found->reference.name));
    return std::move(found->reference);
  }

  Compiled name(const SyntaxNode& node, const Field* names) {
    const std::string small = lower_case(node.text);
    if (small == "true" || small == "false") {
      made_.steps_.push_back({StepKind::number, {}, false, small == "true" ? 1 : 0});
      return Type::number;
    }
    if (names != nullptr) {
      if (const EnumValue* value = value_named(*names->values, node.text)) {
        made_.steps_.push_back({StepKind::number, {}, false, value->value});
        return Type::number;
      }
    }
    auto reference = resolved(node);
    if (!reference) {
      if (names != nullptr) reference.error().remedy = values_of(*names);
      return tl::unexpected(reference.error());
    }
    return push(StepKind::reference, std::move(*reference));
  }

  static std::string values_of(const Field& field) {
    std::vector<std::string> all;
    for (const EnumValue& value : field.values->values) all.push_back(value.name);
    return fmt::format("{} is {} or a number", field.name, fmt::join(all, ", "));
  }

  Compiled call(const SyntaxNode& node) {
    const std::string wanted = lower_case(node.text);
    const auto* found = std::find_if(functions.begin(), functions.end(),
                                     [&](const Function& f) { return f.name == wanted; });
    if (found == functions.end())
      return wrong({node.span.at, node.text.size()},
                   fmt::format("there is no test `{}`", node.text),
                   "written, changed, inherited, known or runs");
    const SyntaxNode& argument = nodes_[node.first];
    if (found->step == StepKind::runs) return runs(argument);
    if (argument.kind == NodeKind::text)
      return wrong(argument.span, "a register is needed here", "without quotes");
    auto reference = resolved(argument);
    if (!reference) return tl::unexpected(reference.error());
    if (!reference->is_register())
      return wrong(argument.span, fmt::format("`{}` is no register", reference->name));
    return push(found->step, std::move(*reference));
  }

  Compiled runs(const SyntaxNode& argument) {
    for (std::size_t i = 0; i < block_count; ++i) {
      if (block_facts[i].enable_bit < 0 ||
          lower_case(block_facts[i].name) != lower_case(argument.text))
        continue;
      made_.steps_.push_back({StepKind::runs, {}, false, static_cast<std::int64_t>(i)});
      return Type::number;
    }
    return wrong(argument.span, fmt::format("`{}` is no block", argument.text),
                 "CNA, CORE, DPU, DPU_RDMA, PPU or PPU_RDMA");
  }

  void push_operation(const SyntaxNode& node, bool of_texts) {
    made_.steps_.push_back({StepKind::operation, node.kind, of_texts});
  }

  Compiled operand_that_is_number(std::size_t index, const Field* names) {
    auto type = compile(index, names);
    if (type && *type == Type::text)
      return wrong(nodes_[index].span, "a number is needed here, not a text",
                   "texts are compared with == and != only");
    return type;
  }

  Compiled comparison(const SyntaxNode& node) {
    const SyntaxNode& left = nodes_[node.first];
    const bool range = node.kind == NodeKind::in_range;
    const bool constant = is_constant(left) && is_constant(nodes_[node.second]) &&
                          (!range || is_constant(nodes_[node.third]));
    if (constant) return comparison_of_offset(node);
    const Field* names_of_left = field_with_names(left);
    const Field* names_of_right = field_with_names(nodes_[node.second]);
    if (!range && (node.kind == NodeKind::equal || node.kind == NodeKind::not_equal)) {
      auto first = compile(node.first, names_of_right);
      if (!first) return first;
      auto second = compile(node.second, names_of_left);
      if (!second) {
        const SyntaxNode& right = nodes_[node.second];
        if (*first == Type::text && right.kind == NodeKind::name)
          second.error().remedy = fmt::format("a text stands in quotes: \"{}\"", right.text);
        return second;
      }
      if (*first != *second)
        return wrong(node.span, "a text and a number are never equal",
                     R"(texts stand in quotes, for instance op == "Conv")");
      push_operation(node, *first == Type::text);
      return Type::number;
    }
    if (auto first = operand_that_is_number(node.first, names_of_right); !first) return first;
    if (auto second = operand_that_is_number(node.second, names_of_left); !second) return second;
    if (range) {
      if (auto third = operand_that_is_number(node.third, names_of_left); !third) return third;
    }
    push_operation(node, false);
    return Type::number;
  }

  // 0x1040 == 0x1b: as two numbers it would say nothing, so the left one is a register.
  Compiled comparison_of_offset(const SyntaxNode& node) {
    const SyntaxNode& left = nodes_[node.first];
    const auto reference = reference_at(db_, left.text);
    if (left.kind != NodeKind::number || !left.hexadecimal || !reference)
      return wrong(node.span, "this does not depend on the record",
                   "@0x1040 is the register at an offset");
    if (auto pushed = push(StepKind::reference, *reference); !pushed) return pushed;
    if (auto second = compile(node.second, nullptr); !second) return second;
    if (node.kind == NodeKind::in_range) {
      if (auto third = compile(node.third, nullptr); !third) return third;
    }
    push_operation(node, false);
    return Type::number;
  }

  Compiled arithmetic(const SyntaxNode& node) {
    if (auto first = operand_that_is_number(node.first, nullptr); !first) return first;
    if (node.kind != NodeKind::negate && node.kind != NodeKind::logical_not) {
      if (auto second = operand_that_is_number(node.second, nullptr); !second) return second;
    }
    push_operation(node, false);
    return Type::number;
  }

  const RegisterDb& db_;
  std::vector<SyntaxNode> nodes_;
  Expression made_;
};

Outcome<Expression> Expression::compile(std::string_view text, const RegisterDb& db) {
  auto syntax = parse(text);
  if (!syntax) return tl::unexpected(syntax.error());
  return Compiler(db, std::move(*syntax)).run();
}

}  // namespace npuscope::query
