// Why a schedule is as it is: each formula with its numbers, for a person.
//
//   for (const PlanNote& line : explain(plan)) fmt::print("{:<14}{}\n", line.subject,
//   line.text);
#pragma once

#include <string>
#include <vector>

#include "replay/schedule/plan.h"

namespace npuscope {

struct PlanNote {
  std::string subject;  // "input row", "tile", "2 cores"; empty: goes on from the line before
  std::string text;
};

// The lines in the order in which the decisions fall: banks, tiles, what each number of cores gets,
// grains. `cores`: 1, 2 or 3; 0 for all.
[[nodiscard]] std::vector<PlanNote> explain(const ConvPlan& plan, unsigned cores = 0);

}  // namespace npuscope
