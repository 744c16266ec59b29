// Pooling: maximum, minimum or average over windows of a cube, from memory to memory.
//
//   Modelled<PoolConfig> config = pool_config(ppu, rdma);
//   Modelled<void> done = run_pooling(*config, dma, knobs);
//
// Padding never wins a maximum. An average divides by the whole window (padding counts), by two
// reciprocals that are numbers of 16 fraction bits, or in f16 the bits of a half whose exponent 31
// is an ordinary exponent (a window of 1 is 0x7c00: 65536, not infinity).
#pragma once

#include "replay/sim/dma.h"
#include "replay/sim/knobs.h"
#include "replay/sim/refusal.h"
#include "replay/sim/register_groups.h"

namespace npuscope::sim {

enum class PoolMethod : std::uint8_t { average, maximum, minimum };

struct PoolConfig {
  PoolMethod method = PoolMethod::maximum;
  Precision precision = Precision::f16;
  std::uint32_t width = 1, height = 1, channels = 1;  // input
  std::uint32_t out_width = 1, out_height = 1, out_channels = 1;
  std::uint32_t kernel_width = 1, kernel_height = 1, stride_x = 1, stride_y = 1;
  std::uint32_t pad_left = 0, pad_top = 0;
  std::uint32_t pad_value = 0;  // bits; averages see it, and windows without a pixel
  std::uint32_t reciprocal_width = 0, reciprocal_height = 0;
  std::uint32_t source = 0, destination = 0;                    // bytes
  std::uint64_t source_line = 0, source_surface = 0;            // bytes
  std::uint64_t destination_line = 0, destination_surface = 0;  // bytes

  // A 1x1 copy of a few scratch bytes: what vendor programs synchronise their cores with.
  [[nodiscard]] bool barrier() const {
    return out_width * out_height * kernel_width * kernel_height == 1;
  }
};

// Refused: input from the DPU, index output, unaligned stores, other element types than f16, int8
// and int16.
[[nodiscard]] Modelled<PoolConfig> pool_config(const RegisterView& ppu, const RegisterView& rdma);
[[nodiscard]] Modelled<void> run_pooling(const PoolConfig& config, Dma& dma, const Knobs& knobs);

}  // namespace npuscope::sim
