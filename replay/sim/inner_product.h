// The inner products of convolutions, for 16 kernels at once. This file defines the order in which
// a sum is accumulated.
//
//   const InnerProducts& products = inner_products(Isa::best);
//   products.direct_f32(feature, pixel_offsets, runs, weights, sums);
//
// ORDER. The sum of one output element starts at +0 and takes partial sums one after the other: the
// rows of the kernel from top to bottom, in a row its columns from left to right, at each place the
// channels in blocks of 32, the last one short. A partial sum starts at +0 and takes the products
// of its block in ascending order of the channels. Each step is one f32 addition. Products of two
// f16 are exact in f32 (22 bits of 24), so a fused step gives the same bits. Of the orders tried,
// this is the one whose results differ from a float64 reference as 217 results of boards do (one
// long sum does not); 32 channels are also what the hardware's weights are packed in. Lanes of a
// vector are different kernels, never parts of one sum: every instruction set, and every way to
// share the work among threads or tiles, computes the same bits.
//
// Integers are exact: products of int8 are added in 32 bits where they cannot overflow, all others
// in 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace npuscope::sim {

inline constexpr std::size_t block_kernels = 16;  // kernels, or depthwise channels, of one call

enum class Isa : std::uint8_t { portable, avx2, neon, best };

// Channels of one partial sum.
inline constexpr std::size_t partial_sum_channels = 32;

// Consecutive elements of the feature that meet consecutive rows of the weights. In f32 they are
// one partial sum.
struct Run {
  std::size_t offset = 0;  // from the element of a pixel where its window begins
  std::size_t length = 0;
};

// Features are arrays with the channels of a pixel side by side. `pixels` holds the element where
// the window of each output pixel begins.
//
// Direct: weights[r][16], r counting through all runs; sums[pixel][16].
// i16 operands (int8 values widened) have an even length in every run, and weights in pairs:
// weights[r / 2][16][2].
// Depthwise: 16 channels of one pixel at each of `places` (offsets); weights[place][16].
struct InnerProducts {
  std::string_view name;
  void (*direct_f32)(const float* feature, std::span<const std::size_t> pixels,
                     std::span<const Run> runs, const float* weights, float* sums);
  void (*direct_i32)(const std::int16_t* feature, std::span<const std::size_t> pixels,
                     std::span<const Run> runs, const std::int16_t* weights, std::int32_t* sums);
  void (*depthwise_f32)(const float* feature, std::span<const std::size_t> pixels,
                        std::span<const std::size_t> places, const float* weights, float* sums);
  // 16-bit codes of f16 to f32; exact.
  void (*widen_f16)(const std::byte* codes, std::size_t count, float* values);
};

// The products that this processor can run; `best` is the fastest of them. Asking for one that it
// cannot run gives the portable ones.
[[nodiscard]] const InnerProducts& inner_products(Isa isa);

// Exact 64-bit sums, for int16 and for int8 sums that may pass 32 bits. Weights as direct_i32.
void direct_i64(const std::int16_t* feature, std::span<const std::size_t> pixels,
                std::span<const Run> runs, const std::int16_t* weights, std::int64_t* sums);
void depthwise_i64(const std::int16_t* feature, std::span<const std::size_t> pixels,
                   std::span<const std::size_t> places, const std::int16_t* weights,
                   std::int64_t* sums);

// Products of int8 whose sum surely fits in 32 bits.
inline constexpr std::size_t longest_i32_sum = 131071;  // (2^31 - 1) / 2^14

}  // namespace npuscope::sim
