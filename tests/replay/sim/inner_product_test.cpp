// Every implementation of the inner products computes the bits of the order that is written down.
#include "replay/sim/inner_product.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "replay/tensor/float16.h"

namespace npuscope::sim {
namespace {

// Operands of a convolution with runs of several lengths.
struct Operands {
  explicit Operands(unsigned seed) {
    std::mt19937 random(seed);
    for (const std::size_t length : {32U, 32U, 8U, 2U, 32U, 30U}) {
      runs.push_back({rows + 4 * runs.size(), length});
      rows += length;
    }
    const std::size_t elements = 4096;
    for (std::size_t i = 0; i < elements; ++i) {
      // Codes of all finite halves, subnormal ones included.
      feature.push_back(
          f32_from_f16(static_cast<std::uint16_t>(random() % 0x7c00 | (random() & 0x8000U))));
      integers.push_back(static_cast<std::int16_t>(static_cast<std::int8_t>(random())));
    }
    for (std::size_t i = 0; i < rows * block_kernels; ++i) {
      weights.push_back(
          f32_from_f16(static_cast<std::uint16_t>(random() % 0x4800 | (random() & 0x8000U))));
      integer_weights.push_back(static_cast<std::int16_t>(static_cast<std::int8_t>(random())));
    }
    for (std::size_t i = 0; i < 23; ++i) {
      pixels.push_back(random() % 2048);
      places.push_back(16 * (random() % 100));
    }
  }

  std::size_t rows = 0;
  std::vector<Run> runs;
  std::vector<float> feature, weights;
  std::vector<std::int16_t> integers, integer_weights;
  std::vector<std::size_t> pixels, places;
};

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits(values.size());
  std::memcpy(bits.data(), values.data(), 4 * bits.size());
  return bits;
}

// The order of the header, step by step.
std::vector<float> reference(const Operands& in) {
  std::vector<float> sums;
  for (const std::size_t pixel : in.pixels)
    for (std::size_t k = 0; k < block_kernels; ++k) {
      float total = 0;
      std::size_t row = 0;
      for (const auto& run : in.runs) {
        float partial = 0;
        for (std::size_t i = 0; i < run.length; ++i, ++row) {
          const float product =
              in.feature[pixel + run.offset + i] * in.weights[row * block_kernels + k];
          partial += product;
        }
        total += partial;
      }
      sums.push_back(total);
    }
  return sums;
}

class InnerProductsOf : public ::testing::TestWithParam<Isa> {
 protected:
  const InnerProducts& products = inner_products(GetParam());
};

TEST_P(InnerProductsOf, F32SumsHaveTheBitsOfTheDefinedOrder) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Operands in(seed);
    std::vector<float> sums(in.pixels.size() * block_kernels);
    products.direct_f32(in.feature.data(), in.pixels, in.runs, in.weights.data(), sums.data());
    EXPECT_EQ(bits_of(sums), bits_of(reference(in))) << products.name;
  }
}

TEST_P(InnerProductsOf, IntegerSumsAreExact) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Operands in(seed);
    std::vector<std::int32_t> sums(in.pixels.size() * block_kernels);
    std::vector<std::int64_t> wide(sums.size());
    products.direct_i32(in.integers.data(), in.pixels, in.runs, in.integer_weights.data(),
                        sums.data());
    direct_i64(in.integers.data(), in.pixels, in.runs, in.integer_weights.data(), wide.data());
    for (std::size_t p = 0; p < in.pixels.size(); ++p)
      for (std::size_t k = 0; k < block_kernels; ++k) {
        std::int64_t sum = 0;
        std::size_t row = 0;
        for (const auto& run : in.runs)
          for (std::size_t i = 0; i < run.length; ++i, ++row)
            sum += in.integers[in.pixels[p] + run.offset + i] *
                   in.integer_weights[row / 2 * 2 * block_kernels + 2 * k + row % 2];
        ASSERT_EQ(sums[p * block_kernels + k], sum) << products.name;
        ASSERT_EQ(wide[p * block_kernels + k], sum);
      }
  }
}

TEST_P(InnerProductsOf, DepthwiseSumsHaveTheBitsOfTheDefinedOrder) {
  const Operands in(3);
  std::vector<float> sums(in.pixels.size() * block_kernels), wanted;
  std::vector<std::size_t> places(in.places.begin(), in.places.begin() + 7);
  products.depthwise_f32(in.feature.data(), in.pixels, places, in.weights.data(), sums.data());
  for (const std::size_t pixel : in.pixels)
    for (std::size_t k = 0; k < block_kernels; ++k) {
      float total = 0;
      for (std::size_t i = 0; i < places.size(); ++i) {
        const float product = in.feature[pixel + places[i] + k] * in.weights[i * block_kernels + k];
        total += product;
      }
      wanted.push_back(total);
    }
  EXPECT_EQ(bits_of(sums), bits_of(wanted)) << products.name;
}

TEST_P(InnerProductsOf, WidensEveryHalf) {
  std::vector<std::uint16_t> codes;
  for (std::uint32_t code = 0; code < 0x10000; ++code)
    if ((code & 0x7c00U) != 0x7c00U || (code & 0x3ffU) == 0)
      codes.push_back(static_cast<std::uint16_t>(code));
  codes.push_back(0x3c00);  // an odd number of them
  std::vector<float> values(codes.size());
  products.widen_f16(std::as_bytes(std::span(codes)).data(), codes.size(), values.data());
  for (std::size_t i = 0; i < codes.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]),
              std::bit_cast<std::uint32_t>(f32_from_f16(codes[i])));
}

INSTANTIATE_TEST_SUITE_P(All, InnerProductsOf,
                         ::testing::Values(Isa::portable, Isa::avx2, Isa::neon, Isa::best));

}  // namespace
}  // namespace npuscope::sim
