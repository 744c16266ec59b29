#include "capture_tools/commands/query_request.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::cli {

namespace {

using query::Expression;
using query::Reference;

void add_column(std::vector<Reference>& columns, const Reference& reference) {
  const bool shown = reference.property != nullptr && reference.property->in_every_line;
  if (!shown && std::find(columns.begin(), columns.end(), reference) == columns.end())
    columns.push_back(reference);
}

Result<void> add_selected(const std::string& list, const RegisterDb& db, QueryRequest& request) {
  if (list.empty()) return {};
  const auto found = query::find_references(db, list);
  if (!found) return tl::unexpected(found.error().in(list));
  for (const query::FoundReference& item : *found) {
    if (!item.completed.empty())
      fmt::print(stderr, "note: `{}` is taken as {}\n", item.completed, item.reference.name);
    add_column(request.columns, item.reference);
  }
  return {};
}

Result<void> add_expression(const std::string& text, const RegisterDb& db, QueryRequest& request) {
  auto made = Expression::compile(text, db);
  if (!made) return tl::unexpected(made.error().in(text));
  for (const std::string& note : made->notes()) fmt::print(stderr, "note: {}\n", note);
  for (const Reference& reference : made->references()) add_column(request.columns, reference);
  request.expression = std::move(*made);
  return {};
}

Result<void> add_who_wrote(const std::string& name, const RegisterDb& db, QueryRequest& request) {
  if (name.empty()) return {};
  auto found = query::find_reference(db, name);
  if (!found) return tl::unexpected(found.error().in(name));
  if (!found->reference.is_register())
    return wrong_usage(fmt::format("--who-wrote={} is no register", name));
  if (!found->completed.empty())
    fmt::print(stderr, "note: `{}` is taken as {}\n", found->completed, found->reference.name);
  request.who_wrote = std::move(found->reference);
  return {};
}

Result<void> check_combination(const po::variables_map& options, const QueryRequest& request) {
  if (request.dead && request.who_wrote)
    return wrong_usage("--dead and --who-wrote are two questions", "ask one at a time");
  if (request.repeated && !request.dead) return wrong_usage("--repeated belongs to --dead");
  if ((request.dead || request.who_wrote) && !options["select"].as<std::string>().empty())
    return wrong_usage("--select chooses columns of records that match an expression",
                       "leave it out with --dead and --who-wrote");
  return {};
}

}  // namespace

Result<QueryRequest> query_request_of(const po::variables_map& options, const RegisterDb& db) {
  QueryRequest request;
  request.inputs = inputs_of(options);
  request.scope = {options["written"].as<bool>(), options["changed"].as<bool>()};
  request.dead = options["dead"].as<bool>();
  request.repeated = options["repeated"].as<bool>();
  request.count = options["count"].as<bool>();
  std::string expression = options["where"].as<std::string>();
  const auto& who_wrote = options["who-wrote"].as<std::string>();
  if (expression.empty() && who_wrote.empty() && !request.dead) {
    if (request.inputs.size() < 2)
      return wrong_usage("an EXPRESSION and an INPUT are needed",
                         "for instance npuscope query 'task.amount == 26' capture.log");
    expression = request.inputs.front();
    request.inputs.erase(request.inputs.begin());
  }
  if (auto added = add_who_wrote(who_wrote, db, request); !added)
    return tl::unexpected(added.error());
  if (auto possible = check_combination(options, request); !possible)
    return tl::unexpected(possible.error());
  if (!expression.empty()) {
    if (auto added = add_expression(expression, db, request); !added)
      return tl::unexpected(added.error());
  }
  if (auto added = add_selected(options["select"].as<std::string>(), db, request); !added)
    return tl::unexpected(added.error());
  request.every_register =
      (request.scope.written || request.scope.changed) &&
      std::none_of(request.columns.begin(), request.columns.end(),
                   [](const Reference& reference) { return reference.is_register(); });
  return request;
}

}  // namespace npuscope::cli
