// The inner products with NEON, which every aarch64 processor has. Four pixels times sixteen
// kernels fill half of the 32 vector registers.
#include "replay/sim/inner_product_portable.h"

#if defined(__aarch64__)

#include <arm_neon.h>

namespace npuscope::sim {

namespace {

constexpr std::size_t lanes = 4, vectors = block_kernels / lanes;

template <std::size_t count>
void direct_tile_f32(const float* feature, const std::size_t* pixels, std::span<const Run> runs,
                     const float* weights, float* sums) {
  for (std::size_t k = 0; k < count * block_kernels; ++k) sums[k] = 0;
  for (const Run& run : runs) {
    float32x4_t acc[count][vectors];
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t v = 0; v < vectors; ++v) acc[p][v] = vdupq_n_f32(0);
    for (std::size_t i = 0; i < run.length; ++i, weights += block_kernels)
      for (std::size_t p = 0; p < count; ++p) {
        const float value = feature[pixels[p] + run.offset + i];
        for (std::size_t v = 0; v < vectors; ++v)
          acc[p][v] = vfmaq_n_f32(acc[p][v], vld1q_f32(weights + v * lanes), value);
      }
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t v = 0; v < vectors; ++v) {
        float* sum = sums + p * block_kernels + v * lanes;
        vst1q_f32(sum, vaddq_f32(vld1q_f32(sum), acc[p][v]));
      }
  }
}

void direct_f32(const float* feature, std::span<const std::size_t> pixels,
                std::span<const Run> runs, const float* weights, float* sums) {
  std::size_t p = 0;
  for (; p + 4 <= pixels.size(); p += 4)
    direct_tile_f32<4>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
  for (; p < pixels.size(); ++p)
    direct_tile_f32<1>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
}

// Weights lie in pairs of rows: vld2 separates them.
void direct_i32(const std::int16_t* feature, std::span<const std::size_t> pixels,
                std::span<const Run> runs, const std::int16_t* weights, std::int32_t* sums) {
  for (const std::size_t pixel : pixels) {
    int32x4_t acc[vectors];
    for (std::size_t v = 0; v < vectors; ++v) acc[v] = vdupq_n_s32(0);
    const std::int16_t* row = weights;
    for (const Run& run : runs) {
      const std::int16_t* in = feature + pixel + run.offset;
      for (std::size_t i = 0; i < run.length; i += 2, row += 2 * block_kernels)
        for (std::size_t half = 0; half < 2; ++half) {
          const int16x8x2_t pair = vld2q_s16(row + half * block_kernels);
          int32x4_t& low = acc[2 * half];
          int32x4_t& high = acc[2 * half + 1];
          low = vmlal_n_s16(low, vget_low_s16(pair.val[0]), in[i]);
          low = vmlal_n_s16(low, vget_low_s16(pair.val[1]), in[i + 1]);
          high = vmlal_n_s16(high, vget_high_s16(pair.val[0]), in[i]);
          high = vmlal_n_s16(high, vget_high_s16(pair.val[1]), in[i + 1]);
        }
    }
    for (std::size_t v = 0; v < vectors; ++v) vst1q_s32(sums + v * lanes, acc[v]);
    sums += block_kernels;
  }
}

void depthwise_f32(const float* feature, std::span<const std::size_t> pixels,
                   std::span<const std::size_t> places, const float* weights, float* sums) {
  for (const std::size_t pixel : pixels) {
    float32x4_t acc[vectors];
    for (std::size_t v = 0; v < vectors; ++v) acc[v] = vdupq_n_f32(0);
    const float* row = weights;
    for (const std::size_t place : places) {
      const float* in = feature + pixel + place;
      for (std::size_t v = 0; v < vectors; ++v)
        acc[v] = vfmaq_f32(acc[v], vld1q_f32(in + v * lanes), vld1q_f32(row + v * lanes));
      row += block_kernels;
    }
    for (std::size_t v = 0; v < vectors; ++v) vst1q_f32(sums + v * lanes, acc[v]);
    sums += block_kernels;
  }
}

void widen_f16(const std::byte* codes, std::size_t count, float* values) {
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const uint8x8_t four = vld1_u8(reinterpret_cast<const std::uint8_t*>(codes + 2 * i));
    vst1q_f32(values + i, vcvt_f32_f16(vreinterpret_f16_u8(four)));
  }
  if (i < count) portable_inner_products().widen_f16(codes + 2 * i, count - i, values + i);
}

}  // namespace

const InnerProducts* neon_inner_products() {
  static constexpr InnerProducts products{"neon", direct_f32, direct_i32, depthwise_f32, widen_f16};
  return &products;
}

}  // namespace npuscope::sim

#else

namespace npuscope::sim {
const InnerProducts* neon_inner_products() {
  return nullptr;
}
}  // namespace npuscope::sim

#endif
