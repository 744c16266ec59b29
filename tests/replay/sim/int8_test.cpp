// Integer convolutions against an integer reference, exactly: zero points of inputs and weights,
// bias and multiplier per channel, requantisation; direct, depthwise, pixels; int16.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t input_at = 0x1000000, weights_at = 0x2000000, records_at = 0x3000000,
                        output_at = 0x4000000;

struct Geometry {
  int channels, height, width, kernels, kernel, stride, pad, dilation;
  bool depthwise = false;
  int spread = 1;  // 2: a zero between the pixels of the input
};

std::int64_t rounded(std::int64_t value, int shift) {
  return shift == 0 ? value : (value + (std::int64_t{1} << (shift - 1))) >> shift;
}

// A convolution of int8 with random numbers, as codes, and its registers.
class Int8Case {
 public:
  Int8Case(const Geometry& geometry, unsigned seed) : g_(geometry), random_(seed) {
    out_height_ = ((g_.height - 1) * g_.spread + 1 + 2 * g_.pad - reach()) / g_.stride + 1;
    out_width_ = ((g_.width - 1) * g_.spread + 1 + 2 * g_.pad - reach()) / g_.stride + 1;
    group_ = g_.depthwise ? 64 : 32;
    outputs_ = g_.depthwise ? g_.channels : g_.kernels;
    input_zero_ = draw(-128, 127);
    output_zero_ = draw(-20, 20);
    scale_ = draw(1 << 13, (1 << 15) - 1);
    shift_ = 22;
    for (int i = 0; i < g_.channels * g_.height * g_.width; ++i) input_.push_back(draw(-128, 127));
    const int per_kernel = (g_.depthwise ? 1 : g_.channels) * g_.kernel * g_.kernel;
    for (int k = 0; k < outputs_; ++k) {
      weight_zero_.push_back(draw(-100, 100));
      bias_.push_back(draw(-30000, 30000));
      multiplier_.push_back(draw(1000, 65535));
      for (int i = 0; i < per_kernel; ++i) weights_.push_back(draw(-128, 127));
    }
  }

  // In units of the codes, as the vendor's runtime means it: sum (w - zw)(x), padding being the
  // input's zero point, then bias, multiplier, output scale, each rounded half up.
  [[nodiscard]] std::vector<std::int8_t> expected() const {
    std::vector<std::int8_t> result;
    for (int k = 0; k < outputs_; ++k)
      for (int y = 0; y < out_height_; ++y)
        for (int x = 0; x < out_width_; ++x) {
          const std::int64_t v = rounded((sum(k, y, x) + bias_[k]) * multiplier_[k], 14);
          const std::int64_t q = rounded(v * scale_, shift_) + output_zero_;
          result.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(q, -128, 127)));
        }
    return result;
  }

  // Why a simulator with the usual choices does not run it.
  [[nodiscard]] std::string refusal() const {
    TaskRun run;
    return run.execute(registers().words(0x1d)).reason;
  }

  [[nodiscard]] std::vector<std::int8_t> simulated() {
    TaskRun run({.knobs = {.assumes_deconvolution = g_.spread > 1}});
    run.put(input_at, cube(input_, g_.channels, g_.height * g_.width));
    run.put(weights_at, packed_weights());
    run.put(records_at, records());
    const int surfaces = (stored_outputs() + 15) / 16;
    run.put(output_at, std::vector<std::int8_t>(std::size_t(surfaces * pixels() * 16)));
    run.expect_done(registers().words(0x1d));
    const auto memory = run.take<std::int8_t>(output_at, std::size_t(surfaces * pixels() * 16));
    std::vector<std::int8_t> plain;
    for (int k = 0; k < outputs_; ++k)
      for (int p = 0; p < pixels(); ++p)
        plain.push_back(memory[std::size_t((k / 16 * pixels() + p) * 16 + k % 16)]);
    return plain;
  }

 private:
  int draw(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<unsigned>(high - low + 1));
  }
  [[nodiscard]] int reach() const { return (g_.kernel - 1) * g_.dilation + 1; }
  [[nodiscard]] int pixels() const { return out_height_ * out_width_; }
  [[nodiscard]] int stored_outputs() const {
    const int unit = g_.depthwise ? 64 : 32;
    return (outputs_ + unit - 1) / unit * unit;
  }

  [[nodiscard]] std::int64_t sum(int k, int y, int x) const {
    std::int64_t total = 0;
    const int channels = g_.depthwise ? 1 : g_.channels;
    for (int c = 0; c < channels; ++c)
      for (int i = 0; i < g_.kernel; ++i)
        for (int j = 0; j < g_.kernel; ++j) {
          const int row = y * g_.stride + i * g_.dilation - g_.pad;
          const int column = x * g_.stride + j * g_.dilation - g_.pad;
          total += std::int64_t{weight(k, c, i, j) - weight_zero_[std::size_t(k)]} *
                   pixel(g_.depthwise ? k : c, row, column);
        }
    return total;
  }

  [[nodiscard]] int weight(int k, int c, int i, int j) const {
    const int channels = g_.depthwise ? 1 : g_.channels;
    return weights_[std::size_t(((k * channels + c) * g_.kernel + i) * g_.kernel + j)];
  }
  // The input's zero point where no pixel is: outside, and between spread pixels.
  [[nodiscard]] int pixel(int channel, int row, int column) const {
    const bool between = row % g_.spread != 0 || column % g_.spread != 0;
    const int y = row / g_.spread, x = column / g_.spread;
    if (row < 0 || column < 0 || between || y >= g_.height || x >= g_.width) return input_zero_;
    return input_[std::size_t((channel * g_.height + y) * g_.width + x)];
  }

  static std::vector<std::int8_t> cube(const std::vector<int>& plain, int channels, int pixels) {
    std::vector<std::int8_t> memory(std::size_t((channels + 15) / 16 * 16 * pixels));
    for (int c = 0; c < channels; ++c)
      for (int p = 0; p < pixels; ++p)
        memory[std::size_t((c / 16 * pixels + p) * 16 + c % 16)] =
            static_cast<std::int8_t>(plain[std::size_t(c * pixels + p)]);
    return memory;
  }

  // Channels are whole cells here, and no remainder of three cells.
  [[nodiscard]] std::vector<std::int8_t> packed_weights() const {
    std::vector<std::int8_t> packed;
    const int window = g_.kernel * g_.kernel;
    const int block = g_.depthwise ? 64 : 32;
    const int group = g_.depthwise ? 1 : 32;
    const int kernels = g_.depthwise ? 1 : g_.kernels;
    for (int k0 = 0; k0 < kernels; k0 += group)
      for (int c0 = 0; c0 < g_.channels; c0 += block)
        for (int place = 0; place < window; ++place)
          for (int k = k0; k < std::min(k0 + group, kernels); ++k)
            for (int c = c0; c < std::min(c0 + block, g_.channels); ++c)
              packed.push_back(static_cast<std::int8_t>(
                  weights_[std::size_t((k * g_.channels + c) * window + place)]));
    return packed;
  }

  [[nodiscard]] std::vector<std::uint8_t> records() const {
    std::vector<std::uint8_t> bytes;
    const auto append = [&](auto value) {
      const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
      bytes.insert(bytes.end(), first, first + sizeof value);
    };
    const auto at = [&](const std::vector<int>& values, int k) {
      return k < outputs_ ? values[std::size_t(k)] : 0;
    };
    for (int k0 = 0; k0 < stored_outputs(); k0 += 8) {
      for (int k = k0; k < k0 + 8; ++k) append(std::int32_t{at(bias_, k)});
      for (int k = k0; k < k0 + 8; ++k) append(static_cast<std::int16_t>(-at(weight_zero_, k)));
      for (int k = k0; k < k0 + 8; ++k) append(static_cast<std::uint16_t>(at(multiplier_, k)));
    }
    return bytes;
  }

  [[nodiscard]] TaskBuilder registers() const {
    const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
    TaskBuilder task;
    task.raw(CNA_CONV_CON1, (g_.depthwise ? 3U : 0U) | (g_.spread > 1 ? 1U << 16U : 0U))
        .raw(CNA_CONV_CON3,
             u(g_.stride | g_.stride << 3 | (g_.spread - 1) << 8 | (g_.spread - 1) << 11 |
               (g_.dilation - 1) << 16 | (g_.dilation - 1) << 21))
        .raw(CNA_DATA_SIZE0, u(g_.width << 16 | g_.height))
        .raw(CNA_DATA_SIZE1, u((g_.channels - 1) << 16 | g_.channels))
        .raw(CNA_DATA_SIZE2, u(out_width_))
        .raw(CNA_DATA_SIZE3, u(pixels()))
        .raw(CNA_WEIGHT_SIZE2,
             u(g_.kernel << 24 | g_.kernel << 16 | (g_.depthwise ? 1 : g_.kernels)))
        .raw(CNA_CBUF_CON0, 2U << 4U | 10U)
        .raw(CNA_CBUF_CON1, 0)
        .raw(CNA_FC_CON0, 0)
        .raw(CNA_CVT_CON0, 1)
        .raw(CNA_PAD_CON0, u(g_.pad | g_.pad << 4))
        .raw(CNA_FEATURE_DATA_ADDR, input_at)
        .raw(CNA_DMA_CON1, u(4 * g_.width))
        .raw(CNA_DMA_CON2, u(g_.width * (g_.height - 4)) & 0xfffffffU)
        .raw(CNA_DCOMP_CTRL, 0)
        .raw(CNA_DCOMP_REGNUM, 0)
        .raw(CNA_DCOMP_ADDR0, weights_at)
        .raw(CNA_PAD_CON1, u(input_zero_))
        .raw(CORE_MISC_CFG, g_.depthwise ? 3 : 1)
        .raw(CORE_DATAOUT_SIZE_0, u((out_height_ - 1) << 16 | (out_width_ - 1)))
        .raw(CORE_CLIP_TRUNCATE, 0)
        .raw(DPU_FEATURE_MODE_CFG, g_.depthwise ? 0x1fcU : 0x1e4U)
        .raw(DPU_DATA_FORMAT, 14U << 4U | 14U << 10U)
        .raw(DPU_DST_BASE_ADDR, output_at)
        .raw(DPU_DST_SURF_STRIDE, u(pixels() << 4))
        .raw(DPU_DATA_CUBE_WIDTH, u(out_width_ - 1))
        .raw(DPU_DATA_CUBE_HEIGHT, u(out_height_ - 1))
        .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
        .raw(DPU_DATA_CUBE_CHANNEL, u(stored_outputs() - 1))
        .raw(DPU_BS_CFG, 0x00020140)  // add and multiply, operands per channel
        .raw(DPU_BS_MUL_CFG, 14U << 8U | 1U)
        .raw(DPU_BS_OW_CFG, (g_.depthwise ? 3U : 1U) << 2U | 1U)
        .raw(DPU_BS_OW_OP, 0)
        .raw(DPU_BN_CFG, 0x53)
        .raw(DPU_EW_CFG, 0x383)
        .raw(DPU_OUT_CVT_OFFSET, u(output_zero_))
        .raw(DPU_OUT_CVT_SCALE, u(scale_))
        .raw(DPU_OUT_CVT_SHIFT, u(shift_))
        .raw(DPU_SURFACE_ADD, u((g_.depthwise ? 4 : 2) * pixels() << 4))
        .raw(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, u(out_width_ - 1))
        .raw(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, u(out_height_ - 1))
        .raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, u(stored_outputs() - 1))
        .raw(DPU_RDMA_RDMA_BRDMA_CFG, 0x0e)
        .raw(DPU_RDMA_RDMA_BS_BASE_ADDR, records_at)
        .raw(DPU_RDMA_RDMA_NRDMA_CFG, 0)
        .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1)
        .raw(DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x10);
    return task;
  }

  Geometry g_;
  std::mt19937 random_;
  int out_height_, out_width_, group_, outputs_;
  int input_zero_, output_zero_, scale_, shift_;
  std::vector<int> input_, weights_, weight_zero_, bias_, multiplier_;
};

TEST(Int8, ConvolutionsAreExact) {
  const Geometry cases[] = {
      {16, 6, 6, 32, 1, 1, 0, 1},  {32, 9, 7, 40, 3, 1, 1, 1},   {64, 8, 8, 17, 3, 2, 1, 1},
      {96, 5, 5, 64, 5, 1, 2, 1},  {32, 12, 11, 33, 3, 1, 2, 2}, {128, 3, 3, 96, 1, 1, 0, 1},
      {160, 2, 2, 40, 1, 1, 0, 1}, {64, 1, 1, 32, 1, 1, 0, 1},
  };
  for (const Geometry& geometry : cases)
    for (unsigned seed = 1; seed <= 5; ++seed) {
      Int8Case test(geometry, seed);
      EXPECT_EQ(test.simulated(), test.expected())
          << geometry.channels << " channels, kernel " << geometry.kernel << ", seed " << seed;
    }
}

TEST(Int8, DepthwiseConvolutionsAreExact) {
  const Geometry cases[] = {{64, 8, 8, 1, 3, 1, 1, 1, true},
                            {128, 9, 7, 1, 5, 2, 2, 1, true},
                            {32, 6, 6, 1, 3, 1, 2, 2, true},
                            {80, 7, 7, 1, 3, 1, 0, 1, true}};
  for (const Geometry& geometry : cases)
    for (unsigned seed = 1; seed <= 5; ++seed) {
      Int8Case test(geometry, seed);
      EXPECT_EQ(test.simulated(), test.expected()) << geometry.channels << " channels";
    }
}

// What the registers say of deconvolution; nothing confirms it, so it must be asked for.
TEST(Int8, DeconvolutionsSpreadTheirInputWhenAssumed) {
  Geometry geometry{16, 5, 4, 32, 3, 1, 1, 1};
  geometry.spread = 2;
  Int8Case test(geometry, 1);
  EXPECT_EQ(test.simulated(), test.expected());
  EXPECT_EQ(test.refusal(), "CNA_CONV_CON1.DECONV: no reference shows how the kernels are stored");
}

}  // namespace
}  // namespace npuscope::testing
