// The two inputs A and B of a verb that compares.
//
//   auto two = open_two(options, "diff", db);
//   if (!two) return tl::unexpected(two.error());
//   compare(two->a, two->b, db)
#pragma once

#include "capture_tools/command.h"

namespace npuscope::cli {

// Of each side the first input that has a program: one file may hold several runs.
struct TwoInputs {
  Opened a, b;
};

// An Error if there are not two, if one cannot be read, or if one has no register program.
[[nodiscard]] Result<TwoInputs> open_two(const po::variables_map& options, std::string_view verb,
                                         const RegisterDb& db);

}  // namespace npuscope::cli
