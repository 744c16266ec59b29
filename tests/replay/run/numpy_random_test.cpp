// The first values that numpy gives.
#include "replay/run/numpy_random.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

// numpy.random.seed(42); numpy.random.uniform(-2, 2, 3)
TEST(NumpyRandom, GivesTheNumbersOfNumpy) {
  NumpyRandom random(42);
  EXPECT_EQ(random.uniform(-2, 2), -0.50183952461055004);
  EXPECT_EQ(random.uniform(-2, 2), 1.8028572256396647);
  EXPECT_EQ(random.uniform(-2, 2), 0.92797576724562036);
}

// The generator's published first outputs for the seed 5489.
TEST(NumpyRandom, IsTheMersenneTwister) {
  NumpyRandom random(5489);
  EXPECT_EQ(random.draw(), 3499211612U);
  EXPECT_EQ(random.draw(), 581869302U);
}

TEST(NumpyRandom, StaysInItsRange) {
  NumpyRandom random(0);
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.uniform(3, 4);
    ASSERT_GE(value, 3);
    ASSERT_LT(value, 4);
  }
}

}  // namespace
}  // namespace npuscope
