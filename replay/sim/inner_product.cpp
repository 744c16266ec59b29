#include "replay/sim/inner_product.h"

#include <algorithm>
#include <cstring>

#include "replay/sim/inner_product_portable.h"
#include "replay/tensor/float16.h"

namespace npuscope::sim {

namespace {

// `count` pixels side by side, so that a row of weights is loaded once for all of them.
template <std::size_t count>
void direct_tile_f32(const float* feature, const std::size_t* pixels, std::span<const Run> runs,
                     const float* weights, float* sums) {
  float total[count][block_kernels] = {};
  for (const Run& run : runs) {
    float acc[count][block_kernels] = {};
    for (std::size_t i = 0; i < run.length; ++i, weights += block_kernels)
      for (std::size_t p = 0; p < count; ++p) {
        const float value = feature[pixels[p] + run.offset + i];
        for (std::size_t k = 0; k < block_kernels; ++k) {
          const float product = value * weights[k];
          acc[p][k] += product;
        }
      }
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t k = 0; k < block_kernels; ++k) total[p][k] += acc[p][k];
  }
  std::memcpy(sums, total, sizeof total);
}

void direct_f32(const float* feature, std::span<const std::size_t> pixels,
                std::span<const Run> runs, const float* weights, float* sums) {
  std::size_t p = 0;
  for (; p + 2 <= pixels.size(); p += 2)
    direct_tile_f32<2>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
  if (p < pixels.size())
    direct_tile_f32<1>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
}

template <typename Sum>
void direct_integer(const std::int16_t* feature, std::span<const std::size_t> pixels,
                    std::span<const Run> runs, const std::int16_t* weights, Sum* sums) {
  for (const std::size_t pixel : pixels) {
    Sum acc[block_kernels] = {};
    const std::int16_t* row = weights;
    for (const Run& run : runs) {
      const std::int16_t* in = feature + pixel + run.offset;
      for (std::size_t i = 0; i < run.length; i += 2, row += 2 * block_kernels)
        for (std::size_t k = 0; k < block_kernels; ++k)
          acc[k] +=
              static_cast<Sum>(in[i]) * row[2 * k] + static_cast<Sum>(in[i + 1]) * row[2 * k + 1];
    }
    std::memcpy(sums, acc, sizeof acc);
    sums += block_kernels;
  }
}

template <typename Value, typename Sum>
void depthwise(const Value* feature, std::span<const std::size_t> pixels,
               std::span<const std::size_t> places, const Value* weights, Sum* sums) {
  for (const std::size_t pixel : pixels) {
    Sum acc[block_kernels] = {};
    const Value* row = weights;
    for (const std::size_t place : places) {
      const Value* in = feature + pixel + place;
      for (std::size_t k = 0; k < block_kernels; ++k) {
        const Sum product = static_cast<Sum>(in[k]) * row[k];
        acc[k] += product;
      }
      row += block_kernels;
    }
    std::memcpy(sums, acc, sizeof acc);
    sums += block_kernels;
  }
}

void widen_f16(const std::byte* codes, std::size_t count, float* values) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t code;
    std::memcpy(&code, codes + 2 * i, sizeof code);
    values[i] = f32_from_f16(code);
  }
}

}  // namespace

const InnerProducts& portable_inner_products() {
  static constexpr InnerProducts products{"portable", direct_f32, direct_integer<std::int32_t>,
                                          depthwise<float, float>, widen_f16};
  return products;
}

const InnerProducts& inner_products(Isa isa) {
  const InnerProducts* found = nullptr;
  if (isa == Isa::avx2 || isa == Isa::best) found = avx2_inner_products();
  if (isa == Isa::neon || (isa == Isa::best && found == nullptr)) found = neon_inner_products();
  return found != nullptr ? *found : portable_inner_products();
}

void direct_i64(const std::int16_t* feature, std::span<const std::size_t> pixels,
                std::span<const Run> runs, const std::int16_t* weights, std::int64_t* sums) {
  direct_integer(feature, pixels, runs, weights, sums);
}

void depthwise_i64(const std::int16_t* feature, std::span<const std::size_t> pixels,
                   std::span<const std::size_t> places, const std::int16_t* weights,
                   std::int64_t* sums) {
  depthwise(feature, pixels, places, weights, sums);
}

}  // namespace npuscope::sim
