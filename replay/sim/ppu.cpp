#include "replay/sim/ppu.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "regdb/register_fields.h"
#include "replay/sim/cell_cube.h"

namespace npuscope::sim {

namespace {

using namespace reg;

constexpr std::uint64_t most_cells = std::uint64_t{1} << 24U;

// The bits of a half without infinities.
double reciprocal_f16(std::uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 10U & 31U);
  const double mantissa = bits & 0x3ffU;
  return exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
}

template <typename V>
class Pooling {
 public:
  Pooling(const PoolConfig& config, Dma& dma, const Knobs& knobs)
      : config_(config),
        dma_(dma),
        knobs_(knobs),
        cube_(1, config.height, config.width),
        values_(cube_.pixels() * block_kernels),
        line_(1, 1, config.out_width),
        sums_(config.out_width * block_kernels) {
    if constexpr (std::is_same_v<V, float>) {
      pad_ = f32_from_f16(static_cast<std::uint16_t>(config.pad_value));
      // Rounded once to f32, which is exact: two mantissas of eleven bits.
      factor_ = static_cast<float>(reciprocal_f16(config.reciprocal_width) *
                                   reciprocal_f16(config.reciprocal_height) * std::ldexp(1.0, -32));
    } else {
      pad_ = config.precision == Precision::i8 ? static_cast<std::int8_t>(config.pad_value)
                                               : static_cast<std::int16_t>(config.pad_value);
    }
  }

  void run() {
    const std::size_t lanes = CellCube::cell_bytes / *bytes_of(config_.precision);
    const std::size_t surfaces = (config_.out_channels + lanes - 1) / lanes;
    for (std::size_t s = 0; s < surfaces; ++s) {
      read(s);
      for (std::uint32_t y = 0; y < config_.out_height; ++y) {
        pool_line(y);
        encode_block(sums_.data(), config_.precision, 0, 0, config_.out_width, line_);
        dma_.write(
            DmaPath::pool_output,
            config_.destination + s * config_.destination_surface + y * config_.destination_line,
            line_.bytes);
      }
    }
  }

 private:
  void read(std::size_t surface) {
    const std::size_t bytes = config_.width * CellCube::cell_bytes;
    for (std::uint32_t y = 0; y < config_.height; ++y)
      std::memcpy(
          cube_.cell(0, std::size_t{y} * config_.width),
          dma_.read(DmaPath::pool_input,
                    config_.source + surface * config_.source_surface + y * config_.source_line,
                    bytes),
          bytes);
    decode_block(cube_, config_.precision, 0, 0, cube_.pixels(), values_.data());
  }

  void pool_line(std::uint32_t y) {
    for (std::uint32_t x = 0; x < config_.out_width; ++x) pool(y, x, &sums_[x * block_kernels]);
  }

  // All lanes of one output pixel.
  void pool(std::uint32_t y, std::uint32_t x, V* result) {
    bool first = true;
    std::size_t outside = 0;
    std::fill_n(result, block_kernels, V{0});
    for (std::uint32_t ky = 0; ky < config_.kernel_height; ++ky)
      for (std::uint32_t kx = 0; kx < config_.kernel_width; ++kx) {
        const std::int64_t row = std::int64_t{y} * config_.stride_y + ky - config_.pad_top;
        const std::int64_t column = std::int64_t{x} * config_.stride_x + kx - config_.pad_left;
        if (row < 0 || column < 0 || row >= config_.height || column >= config_.width) {
          ++outside;
          continue;
        }
        take(&values_[static_cast<std::size_t>(row * config_.width + column) * block_kernels],
             first, result);
        first = false;
      }
    finish(first, outside, result);
  }

  void take(const V* in, bool first, V* result) {
    for (std::size_t k = 0; k < block_kernels; ++k) {
      if (config_.method == PoolMethod::average)
        result[k] += in[k];
      else if (first ||
               (config_.method == PoolMethod::maximum ? in[k] > result[k] : in[k] < result[k]))
        result[k] = in[k];
    }
  }

  void finish(bool empty, std::size_t outside, V* result) {
    for (std::size_t k = 0; k < block_kernels; ++k) {
      if (config_.method != PoolMethod::average) {
        const bool taken =
            config_.method == PoolMethod::maximum ? pad_ > result[k] : pad_ < result[k];
        // A window of padding alone.
        if (empty || (knobs_.padding_wins && outside > 0 && taken)) result[k] = pad_;
      } else if constexpr (std::is_same_v<V, float>) {
        const float padding = pad_ * static_cast<float>(outside);
        result[k] = (result[k] + padding) * factor_;
      } else {
        const std::int64_t sum = result[k] + pad_ * static_cast<std::int64_t>(outside);
        result[k] = rounding_shift(sum * config_.reciprocal_width * config_.reciprocal_height, 32,
                                   knobs_.pooling);
      }
    }
  }

  const PoolConfig& config_;
  Dma& dma_;
  Knobs knobs_;
  CellCube cube_;
  std::vector<V> values_;
  CellCube line_;
  std::vector<V> sums_;
  V pad_{};
  float factor_ = 0;
};

Modelled<Precision> element_type(const RegisterView& ppu, const RegisterView& rdma) {
  const Precision precision = precision_of(ppu[PPU_DATA_FORMAT_PROC_PRECISION]);
  if (precision != Precision::i8 && precision != Precision::i16 && precision != Precision::f16)
    return refuse(fmt::format("PPU_DATA_FORMAT.PROC_PRECISION {}", name_of(precision)));
  // The reader states the width of an element: 1 is 8 bits, 2 is 16.
  const std::uint32_t stored = rdma[PPU_RDMA_RDMA_DATA_FORMAT_IN_PRECISION];
  if (stored != *bytes_of(precision))
    return refuse(fmt::format("PPU_RDMA_DATA_FORMAT.IN_PRECISION {} with elements of {}", stored,
                              name_of(precision)));
  return precision;
}

}  // namespace

Modelled<PoolConfig> pool_config(const RegisterView& ppu, const RegisterView& rdma) {
  const auto precision = element_type(ppu, rdma);
  if (!precision) return tl::unexpected(precision.error());
  if (ppu[PPU_OPERATION_MODE_CFG_FLYING_MODE] == 0 || ppu[PPU_DATA_FORMAT_DPU_FLYIN] != 0)
    return refuse("PPU_OPERATION_MODE_CFG.FLYING_MODE 0: input from the DPU");
  if (ppu[PPU_OPERATION_MODE_CFG_INDEX_EN] != 0)
    return refuse("PPU_OPERATION_MODE_CFG.INDEX_EN: output of indices");
  if (ppu[PPU_MISC_CTRL_NONALIGN] != 0 || ppu[PPU_MISC_CTRL_MC_SURF_OUT] != 0)
    return refuse("PPU_MISC_CTRL.NONALIGN, MC_SURF_OUT");
  constexpr PoolMethod methods[] = {PoolMethod::average, PoolMethod::maximum, PoolMethod::minimum};
  const std::uint32_t method = ppu[PPU_OPERATION_MODE_CFG_POOLING_METHOD];
  if (method >= std::size(methods)) return refuse("PPU_OPERATION_MODE_CFG.POOLING_METHOD 3");

  PoolConfig config;
  config.method = methods[method];
  config.precision = *precision;
  config.width = rdma[PPU_RDMA_RDMA_CUBE_IN_WIDTH_CUBE_IN_WIDTH] + 1;
  config.height = rdma[PPU_RDMA_RDMA_CUBE_IN_HEIGHT_CUBE_IN_HEIGHT] + 1;
  config.channels = rdma[PPU_RDMA_RDMA_CUBE_IN_CHANNEL_CUBE_IN_CHANNEL] + 1;
  config.out_width = ppu[PPU_DATA_CUBE_OUT_WIDTH_CUBE_OUT_WIDTH] + 1;
  config.out_height = ppu[PPU_DATA_CUBE_OUT_HEIGHT_CUBE_OUT_HEIGHT] + 1;
  config.out_channels = ppu[PPU_DATA_CUBE_OUT_CHANNEL_CUBE_OUT_CHANNEL] + 1;
  config.kernel_width = ppu[PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH] + 1;
  config.kernel_height = ppu[PPU_POOLING_KERNEL_CFG_KERNEL_HEIGHT] + 1;
  config.stride_x = ppu[PPU_POOLING_KERNEL_CFG_KERNEL_STRIDE_WIDTH] + 1;
  config.stride_y = ppu[PPU_POOLING_KERNEL_CFG_KERNEL_STRIDE_HEIGHT] + 1;
  config.pad_left = ppu[PPU_POOLING_PADDING_CFG_PAD_LEFT];
  config.pad_top = ppu[PPU_POOLING_PADDING_CFG_PAD_TOP];
  config.pad_value = ppu.raw(PPU_PADDING_VALUE_1_CFG);
  if (config.method == PoolMethod::average) {
    config.reciprocal_width = ppu[PPU_RECIP_KERNEL_WIDTH_RECIP_KERNEL_WIDTH];
    config.reciprocal_height = ppu[PPU_RECIP_KERNEL_HEIGHT_RECIP_KERNEL_HEIGHT];
  }
  config.source = rdma.raw(PPU_RDMA_RDMA_SRC_BASE_ADDR);
  config.source_line = rdma[PPU_RDMA_RDMA_SRC_LINE_STRIDE_SRC_LINE_STRIDE] * CellCube::cell_bytes;
  config.source_surface =
      rdma[PPU_RDMA_RDMA_SRC_SURF_STRIDE_SRC_SURF_STRIDE] * CellCube::cell_bytes;
  config.destination = ppu.raw(PPU_DST_BASE_ADDR) & ~0xfU;
  config.destination_line =
      (std::uint64_t{config.out_width} + ppu[PPU_OPERATION_MODE_CFG_NOTCH_ADDR]) *
      CellCube::cell_bytes;
  config.destination_surface = ppu[PPU_DST_SURF_STRIDE_DST_SURF_STRIDE] * CellCube::cell_bytes;
  if (std::uint64_t{config.width} * config.height > most_cells)
    return refuse(fmt::format("PPU_RDMA: a surface of {}x{}", config.width, config.height));
  return config;
}

Modelled<void> run_pooling(const PoolConfig& config, Dma& dma, const Knobs& knobs) {
  if (config.precision == Precision::f16)
    Pooling<float>(config, dma, knobs).run();
  else
    Pooling<std::int64_t>(config, dma, knobs).run();
  return {};
}

}  // namespace npuscope::sim
