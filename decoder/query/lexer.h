// Cuts an expression into its words.
//
//   tokens_of("cna.cbuf_con0.data_bank > 0x4")
//     name cna.cbuf_con0.data_bank, greater, number 4 (hexadecimal), end
//
// A name holds letters, digits, "_" and single dots, so 0x1040.data_bank and 8_bit are names; a
// number is decimal or 0x and hexadecimal digits. "&&", "||" and "!" stand for and, or, not.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "decoder/query/query_error.h"

namespace npuscope::query {

enum class TokenKind : std::uint8_t {
  end,
  number,
  name,
  text,     // "..." or '...', the span is without the quotes
  address,  // @0x1040
  open,
  close,
  logical_or,
  logical_and,
  logical_not,
  in,
  range,  // ..
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  bit_and,
  plus,
  minus,
  times,
  divide,
  remainder,
};

struct Token {
  TokenKind kind = TokenKind::end;
  Span span;
  std::int64_t number = 0;
  bool hexadecimal = false;
};

// The last token is `end`. Errors: a character or a number that no expression has, a text without
// its closing quote, an expression longer than longest_expression.
[[nodiscard]] Outcome<std::vector<Token>> tokens_of(std::string_view expression);

inline constexpr std::size_t longest_expression = 4000;  // bytes

}  // namespace npuscope::query
