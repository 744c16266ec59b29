// The inner products with AVX2, FMA and F16C. Six pixels times sixteen kernels fill twelve of the
// sixteen vector registers.
#include "replay/sim/inner_product_portable.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#include <cstring>

namespace npuscope::sim {

namespace {

using Integers [[gnu::vector_size(32)]] = std::int32_t;

template <std::size_t count>
[[gnu::target("avx2,fma,f16c")]] void direct_tile_f32(const float* feature,
                                                      const std::size_t* pixels,
                                                      std::span<const Run> runs,
                                                      const float* weights, float* sums) {
  for (std::size_t k = 0; k < count * block_kernels; ++k) sums[k] = 0;
  for (const Run& run : runs) {
    const float* in[count];
    __m256 low[count], high[count];
    for (std::size_t p = 0; p < count; ++p) {
      in[p] = feature + pixels[p] + run.offset;
      low[p] = high[p] = _mm256_setzero_ps();
    }
    for (std::size_t i = 0; i < run.length; ++i, weights += block_kernels) {
      const __m256 w0 = _mm256_loadu_ps(weights);
      const __m256 w1 = _mm256_loadu_ps(weights + 8);
      for (std::size_t p = 0; p < count; ++p) {
        const __m256 value = _mm256_broadcast_ss(in[p] + i);
        low[p] = _mm256_fmadd_ps(value, w0, low[p]);
        high[p] = _mm256_fmadd_ps(value, w1, high[p]);
      }
    }
    for (std::size_t p = 0; p < count; ++p) {
      float* sum = sums + p * block_kernels;
      _mm256_storeu_ps(sum, _mm256_loadu_ps(sum) + low[p]);
      _mm256_storeu_ps(sum + 8, _mm256_loadu_ps(sum + 8) + high[p]);
    }
  }
}

template <std::size_t count>
[[gnu::target("avx2,fma,f16c")]] void direct_tile_i32(const std::int16_t* feature,
                                                      const std::size_t* pixels,
                                                      std::span<const Run> runs,
                                                      const std::int16_t* weights,
                                                      std::int32_t* sums) {
  Integers low[count] = {}, high[count] = {};
  for (const Run& run : runs) {
    for (std::size_t i = 0; i < run.length; i += 2, weights += 2 * block_kernels) {
      const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
      const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + 16));
      for (std::size_t p = 0; p < count; ++p) {
        std::int32_t pair;
        std::memcpy(&pair, feature + pixels[p] + run.offset + i, sizeof pair);
        const __m256i value = _mm256_set1_epi32(pair);
        low[p] += reinterpret_cast<Integers>(_mm256_madd_epi16(value, w0));
        high[p] += reinterpret_cast<Integers>(_mm256_madd_epi16(value, w1));
      }
    }
  }
  for (std::size_t p = 0; p < count; ++p) {
    std::memcpy(sums + p * block_kernels, &low[p], sizeof low[p]);
    std::memcpy(sums + p * block_kernels + 8, &high[p], sizeof high[p]);
  }
}

[[gnu::target("avx2,fma,f16c")]] void direct_f32(const float* feature,
                                                 std::span<const std::size_t> pixels,
                                                 std::span<const Run> runs, const float* weights,
                                                 float* sums) {
  std::size_t p = 0;
  for (; p + 6 <= pixels.size(); p += 6)
    direct_tile_f32<6>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
  for (; p + 2 <= pixels.size(); p += 2)
    direct_tile_f32<2>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
  if (p < pixels.size())
    direct_tile_f32<1>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
}

[[gnu::target("avx2,fma,f16c")]] void direct_i32(const std::int16_t* feature,
                                                 std::span<const std::size_t> pixels,
                                                 std::span<const Run> runs,
                                                 const std::int16_t* weights, std::int32_t* sums) {
  std::size_t p = 0;
  for (; p + 4 <= pixels.size(); p += 4)
    direct_tile_i32<4>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
  for (; p < pixels.size(); ++p)
    direct_tile_i32<1>(feature, pixels.data() + p, runs, weights, sums + p * block_kernels);
}

[[gnu::target("avx2,fma,f16c")]] void depthwise_f32(const float* feature,
                                                    std::span<const std::size_t> pixels,
                                                    std::span<const std::size_t> places,
                                                    const float* weights, float* sums) {
  for (const std::size_t pixel : pixels) {
    __m256 low = _mm256_setzero_ps(), high = _mm256_setzero_ps();
    const float* row = weights;
    for (const std::size_t place : places) {
      const float* in = feature + pixel + place;
      low = _mm256_fmadd_ps(_mm256_loadu_ps(in), _mm256_loadu_ps(row), low);
      high = _mm256_fmadd_ps(_mm256_loadu_ps(in + 8), _mm256_loadu_ps(row + 8), high);
      row += block_kernels;
    }
    _mm256_storeu_ps(sums, low);
    _mm256_storeu_ps(sums + 8, high);
    sums += block_kernels;
  }
}

[[gnu::target("avx2,fma,f16c")]] void widen_f16(const std::byte* codes, std::size_t count,
                                                float* values) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + 2 * i));
    _mm256_storeu_ps(values + i, _mm256_cvtph_ps(eight));
  }
  if (i < count) portable_inner_products().widen_f16(codes + 2 * i, count - i, values + i);
}

// Not every compiler has a name for it: CPUID leaf 1, ECX bit 29.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx >> 29U & 1U) != 0;
}

}  // namespace

const InnerProducts* avx2_inner_products() {
  static constexpr InnerProducts products{"avx2", direct_f32, direct_i32, depthwise_f32, widen_f16};
  static const bool runs =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  return runs ? &products : nullptr;
}

}  // namespace npuscope::sim

#else

namespace npuscope::sim {
const InnerProducts* avx2_inner_products() {
  return nullptr;
}
}  // namespace npuscope::sim

#endif
