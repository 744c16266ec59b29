// The shape of an expression, before its names mean anything.
//
//   or      := and { "or" and }                          lowest
//   and     := not { "and" not }
//   not     := "not" not | compare
//   compare := bits [ ("==" | "!=" | "<" | "<=" | ">" | ">=") bits | "in" bits ".." bits ]
//   bits    := sum { "&" sum }                           so `a & 1 == 0` asks for the bit
//   sum     := product { ("+" | "-") product }
//   product := sign { ("*" | "/" | "%") sign }
//   sign    := "-" sign | number | text | name | @offset | name "(" name ")" | "(" or ")"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/query/query_error.h"

namespace npuscope::query {

enum class NodeKind : std::uint8_t {
  number,
  text,
  name,     // of a register, a field, a property, or of a value of a field
  address,  // @0x1040
  call,     // `text` of the argument `first`
  negate,
  logical_not,
  logical_and,
  logical_or,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in_range,  // first in second..third
  bit_and,
  add,
  subtract,
  multiply,
  divide,
  remainder,
};

struct SyntaxNode {
  NodeKind kind = NodeKind::number;
  Span span;
  std::string text;
  std::int64_t number = 0;
  bool hexadecimal = false;
  std::size_t first = 0, second = 0, third = 0;  // operands: indices into Syntax::nodes
};

struct Syntax {
  std::vector<SyntaxNode> nodes;  // operands before what uses them; the last one is the whole
};

inline constexpr std::size_t deepest_nesting = 60;
inline constexpr std::size_t most_nodes = 1000;

// Errors: what was expected and where; an expression that is nested deeper than deepest_nesting or
// has more than most_nodes parts.
[[nodiscard]] Outcome<Syntax> parse(std::string_view expression);

}  // namespace npuscope::query
