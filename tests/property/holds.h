// A property as an assertion of the test that states it.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

namespace npuscope::testing {

inline void check(const char* what, const std::function<void()>& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

}  // namespace npuscope::testing
