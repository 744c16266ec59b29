// The random numbers of numpy's legacy generator: numpy.random.seed(n), numpy.random.uniform(a, b).
//
//   NumpyRandom random(42);
//   double value = random.uniform(-2, 2);        // -0.50183952461055004
//
// The clients that swept boards drew their tensors with it; equal inputs are what makes a result
// comparable with theirs.
#pragma once

#include <cstdint>
#include <random>

namespace npuscope {

class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : generator_(seed) {}

  // In [low, high): numpy makes 53 bits of two draws, 27 and 26 of them.
  double uniform(double low, double high) {
    const auto a = static_cast<double>(generator_() >> 5U);
    const auto b = static_cast<double>(generator_() >> 6U);
    return low + (high - low) * ((a * 67108864.0 + b) / 9007199254740992.0);
  }
  // 32 random bits.
  std::uint32_t draw() { return static_cast<std::uint32_t>(generator_()); }

 private:
  std::mt19937 generator_;  // the standard prescribes its output, bit for bit
};

}  // namespace npuscope
