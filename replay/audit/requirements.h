// Criteria that a machine has to meet, in a small format: one a line, # begins a comment.
//
//   kernel.page_size = 4096
//   driver.version >= 0.9.6          numbers are compared part by part
//   board.model ~ Orange Pi 5        RE2, anywhere in the value
//   module.rocket                    the fact was read, whatever it says
//
//   const auto list = parse_requirements(text, "lab.require");
//   add_requirements(*list, audit);  // a fact `require.driver.version`; what is not met blocks
//
// A fact that the audit does not have, or could not read, meets no criterion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"
#include "replay/audit/fact.h"

namespace npuscope::audit {

struct Requirement {
  std::string id;        // of a fact
  std::string relation;  // "=", "!=", ">=", "<=", "~"; "": it was read
  std::string wanted;
  [[nodiscard]] std::string text() const;  // as it was written
};

// Errors (unreadable) name file and line.
[[nodiscard]] Result<std::vector<Requirement>> parse_requirements(std::string_view text,
                                                                  const std::string& file);
[[nodiscard]] bool meets(const Requirement& requirement, const Fact& fact);
void add_requirements(const std::vector<Requirement>& requirements, Audit& audit);

// -1, 0 or 1: runs of digits are compared as numbers, all else as characters: "0.9.8" < "0.9.10".
[[nodiscard]] int compare_parts(std::string_view left, std::string_view right);

}  // namespace npuscope::audit
