// The one program set of a capture that a test made.
#pragma once

#include <gtest/gtest.h>

#include "decoder/program/find_programs.h"

namespace npuscope::testing {

inline ProgramSet only_set(const Capture& capture) {
  auto sets = find_programs(capture);
  EXPECT_EQ(sets.size(), 1U);
  return sets.empty() ? ProgramSet{} : std::move(sets.front());
}

}  // namespace npuscope::testing
