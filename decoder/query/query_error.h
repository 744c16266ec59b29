// What is wrong with an expression, and where in it.
//
//   tl::expected<Expression, QueryError> made = compile("cna.cbuf_com0 == 3", db);
//   if (!made) return tl::unexpected(made.error().in("cna.cbuf_com0 == 3"));
//     nothing is called `cna.cbuf_com0` (did you mean CNA_CBUF_CON0, CNA_CBUF_CON1?)
//       cna.cbuf_com0 == 3
//       ^~~~~~~~~~~~~
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "regdb/error.h"

namespace npuscope::query {

// Bytes of the text of an expression.
struct Span {
  std::size_t at = 0;
  std::size_t length = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

[[nodiscard]] Span joined(Span first, Span last);

struct QueryError {
  std::string what;
  std::string remedy;
  Span span;

  // The message, the expression and a line that marks the place.
  [[nodiscard]] Error in(std::string_view expression) const;
};

template <typename T>
using Outcome = tl::expected<T, QueryError>;

[[nodiscard]] inline tl::unexpected<QueryError> wrong(Span span, std::string what,
                                                      std::string remedy = {}) {
  return tl::unexpected(QueryError{std::move(what), std::move(remedy), span});
}

}  // namespace npuscope::query
