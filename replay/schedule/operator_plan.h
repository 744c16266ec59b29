// The schedule of one operator: a direct convolution over all its channels, or a depthwise one.
// What batches and groups are made of.
//
//   Result<OperatorPlan> plan = plan_operator(shape, site);     // batch 1, groups 1 or depthwise
#pragma once

#include "replay/schedule/plan.h"

namespace npuscope {

struct OperatorPlan {
  BankPlan banks;         // of the 1-core program
  BankPlan shared_banks;  // of the others
  bool general = false;   // the vendor's banks do not work for it; these are ours
  std::array<ConvProgram, 3> programs;
};

[[nodiscard]] Result<OperatorPlan> plan_operator(const ConvShape& shape, const ConvSite& site);

}  // namespace npuscope
