#include "capture_tools/two_inputs.h"

#include <fmt/format.h>

namespace npuscope::cli {

namespace {

Result<Opened> open_program(const std::string& name, const RegisterDb& db) {
  auto inputs = open_one(name, db);
  if (!inputs) return tl::unexpected(inputs.error());
  for (Opened& input : *inputs)
    if (!input.sets.empty()) return std::move(input);
  return unreadable("no register program in it", name, "`npuscope info` shows what it holds");
}

}  // namespace

Result<TwoInputs> open_two(const po::variables_map& options, std::string_view verb,
                           const RegisterDb& db) {
  const auto names = inputs_of(options);
  if (names.size() != 2)
    return wrong_usage(fmt::format("{} takes two inputs, A and B", verb),
                       fmt::format("`npuscope {} --help`", verb));
  auto a = open_program(names[0], db);
  if (!a) return tl::unexpected(a.error());
  auto b = open_program(names[1], db);
  if (!b) return tl::unexpected(b.error());
  return TwoInputs{std::move(*a), std::move(*b)};
}

}  // namespace npuscope::cli
