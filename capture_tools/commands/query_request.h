// What `npuscope query` is asked: its options, with all names resolved.
//
//   auto request = query_request_of(options, db);
//   if (!request) return tl::unexpected(request.error());       names the place in the expression
//   Evaluator ask(*request->expression, request->scope);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture_tools/command.h"
#include "decoder/query/expression.h"

namespace npuscope::cli {

struct QueryRequest {
  std::optional<query::Expression> expression;
  query::Scope scope;
  std::vector<query::Reference> columns;      // of the expression and --select
  bool every_register = false;                // no register was named: all in the scope are columns
  std::optional<query::Reference> who_wrote;  // --who-wrote
  bool dead = false, repeated = false;
  bool count = false;
  bool json = false;
  std::vector<std::string> inputs;
};

// Errors: a combination of options that is no question, an expression that does not compile, names
// that do not exist or are not unique. What was completed is said on stderr. The request refers to
// `db`.
[[nodiscard]] Result<QueryRequest> query_request_of(const po::variables_map& options,
                                                    const RegisterDb& db);

}  // namespace npuscope::cli
