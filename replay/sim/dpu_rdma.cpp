#include "replay/sim/dpu_rdma.h"

#include <fmt/format.h>

#include <cstring>

#include "regdb/register_fields.h"

namespace npuscope::sim {

namespace {

using namespace reg;

constexpr std::uint64_t most_cells = std::uint64_t{1} << 24U;

// COMB_USE: bit 0 interleaves the two readers, bit 1 feeds the main input, bit 2 the operand.
constexpr std::uint32_t separate = 0, interleaved_main = 3, interleaved_operand = 5;

// Where a reader finds its surfaces.
struct Source {
  DmaPath path = DmaPath::main;
  std::uint32_t address = 0;
  std::int64_t line = 0, surface = 0;  // pitches in cells
};

class Readers {
 public:
  Readers(const RegisterView& rdma, Dma& dma)
      : rdma_(rdma),
        dma_(dma),
        width_(rdma[DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH] + 1),
        height_(rdma[DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT] + 1),
        channels_(rdma[DPU_RDMA_RDMA_DATA_CUBE_CHANNEL_CHANNEL] + 1),
        combination_(rdma[DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE]) {}

  Modelled<RdmaInput> read() {
    if (combination_ != separate && combination_ != interleaved_main &&
        combination_ != interleaved_operand)
      return refuse(fmt::format("DPU_RDMA_FEATURE_MODE_CFG.COMB_USE {}", combination_));
    if (auto main = read_main(); !main) return tl::unexpected(main.error());
    if (auto operand = read_operand(); !operand) return tl::unexpected(operand.error());
    read_channels(DmaPath::bias_scale, rdma_[DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE],
                  DPU_RDMA_RDMA_BS_BASE_ADDR, input_.bias_scale);
    read_channels(DmaPath::batch_norm, rdma_[DPU_RDMA_RDMA_NRDMA_CFG_NRDMA_DATA_USE],
                  DPU_RDMA_RDMA_BN_BASE_ADDR, input_.batch_norm);
    return std::move(input_);
  }

 private:
  [[nodiscard]] bool flying() const {
    return rdma_[DPU_RDMA_RDMA_FEATURE_MODE_CFG_FLYING_MODE] != 0;
  }

  // Surface pitch = all lines but the last with their notch, the last one, the surface notch.
  [[nodiscard]] std::int64_t surface_pitch(std::int64_t line, std::int64_t notch) const {
    return std::int64_t{height_ - 1} * line + width_ + notch;
  }

  [[nodiscard]] Source main_source() const {
    Source source;
    source.address = rdma_.raw(DPU_RDMA_RDMA_SRC_BASE_ADDR);
    source.line = std::int64_t{width_} + rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_LINE_NOTCH_ADDR];
    source.surface =
        surface_pitch(source.line, rdma_.signed_at(DPU_RDMA_RDMA_SURF_NOTCH_SURF_NOTCH_ADDR));
    return source;
  }

  // EW_SURF_STRIDE has no effect of its own; older clients write it and no notch.
  [[nodiscard]] Source operand_source() const {
    Source source;
    source.path = DmaPath::element_wise;
    source.address = rdma_.raw(DPU_RDMA_RDMA_EW_BASE_ADDR);
    source.line = std::int64_t{width_} + rdma_[DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_EW_LINE_NOTCH_ADDR];
    if (rdma_.written(DPU_RDMA_RDMA_EW_SURF_NOTCH)) {
      source.surface =
          surface_pitch(source.line, rdma_.signed_at(DPU_RDMA_RDMA_EW_SURF_NOTCH_EW_SURF_NOTCH));
    } else {
      const std::uint32_t stride = rdma_[DPU_RDMA_RDMA_EW_SURF_STRIDE_EW_SURF_STRIDE];
      source.surface = stride != 0 ? std::int64_t{stride} : std::int64_t{width_} * height_;
    }
    return source;
  }

  [[nodiscard]] Modelled<void> check_size(std::size_t surfaces) const {
    if (std::uint64_t{width_} * height_ <= most_cells / surfaces) return {};
    return refuse(
        fmt::format("DPU_RDMA_DATA_CUBE: {}x{} pixels in {} surfaces", width_, height_, surfaces));
  }

  [[nodiscard]] std::size_t surfaces_of(std::uint32_t element_bytes) const {
    return (std::size_t{channels_} * element_bytes + 15) / 16;
  }

  void read_line(const Source& source, std::size_t surface, std::size_t y, std::byte* to) {
    const std::int64_t cell = static_cast<std::int64_t>(surface) * source.surface +
                              static_cast<std::int64_t>(y) * source.line;
    const std::size_t bytes = std::size_t{width_} * CellCube::cell_bytes;
    std::memcpy(
        to, dma_.read(source.path, static_cast<std::uint64_t>(source.address + cell * 16), bytes),
        bytes);
  }

  // One reader for all surfaces, or two that take turns: even surfaces, odd surfaces.
  CellCube read_cube(std::size_t surfaces, const Source& even, const Source* odd) {
    CellCube cube(surfaces, height_, width_);
    for (std::size_t s = 0; s < surfaces; ++s) {
      const bool second = odd != nullptr && s % 2 != 0;
      for (std::size_t y = 0; y < height_; ++y)
        read_line(second ? *odd : even, odd != nullptr ? s / 2 : s, y, cube.cell(s, y * width_));
    }
    return cube;
  }

  Modelled<void> read_main() {
    if (!flying()) return {};
    const bool halves = rdma_[DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_FP16TOFP32_EN] != 0;
    Precision precision = precision_of(rdma_[DPU_RDMA_RDMA_FEATURE_MODE_CFG_IN_PRECISION]);
    // In a task of floats the code for int16 is a container.
    if (halves && precision == Precision::i16) precision = Precision::f16;
    if (precision == Precision::bf16 || precision == Precision::i4 || precision == Precision::tf32)
      return refuse(fmt::format("DPU_RDMA_FEATURE_MODE_CFG.IN_PRECISION {}", name_of(precision)));
    input_.main_precision = precision;
    const std::size_t surfaces = surfaces_of(*bytes_of(precision));
    if (auto fits = check_size(surfaces); !fits) return fits;
    const Source main = main_source();
    if (combination_ == interleaved_main) {
      const Source second = operand_source();
      input_.main = read_cube(surfaces, main, &second);
    } else {
      input_.main = read_cube(surfaces, main, nullptr);
    }
    return unpool();
  }

  // Each cell is repeated along its line; the copies of a line leave as consecutive surfaces.
  Modelled<void> unpool() {
    if (rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_UNPOOLING_EN] == 0) return {};
    const std::size_t columns = rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_KERNEL_WIDTH] + 1;
    const std::size_t rows = rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_KERNEL_HEIGHT] + 1;
    if (rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_KERNEL_STRIDE_WIDTH] + 1 != columns ||
        rdma_[DPU_RDMA_RDMA_SRC_DMA_CFG_KERNEL_STRIDE_HEIGHT] + 1 != rows)
      return refuse("DPU_RDMA_SRC_DMA_CFG: unpooling with a stride that is not the kernel");
    const CellCube& in = input_.main;
    if (auto fits = check_size(in.surfaces * rows * columns); !fits) return fits;
    CellCube out(in.surfaces * rows, in.height, in.width * columns);
    for (std::size_t s = 0; s < out.surfaces; ++s)
      for (std::size_t p = 0; p < in.pixels(); ++p)
        for (std::size_t copy = 0; copy < columns; ++copy)
          std::memcpy(out.cell(s, p * columns + copy), in.cell(s / rows, p), CellCube::cell_bytes);
    input_.main = std::move(out);
    input_.unpooled_rows = rows;
    return {};
  }

  Modelled<void> read_operand() {
    constexpr std::uint32_t per_channel = 0, per_pixel = 1;
    if (combination_ == interleaved_main || rdma_[DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE] != 0)
      return {};
    const std::uint32_t size = rdma_[DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_SIZE];
    const std::uint32_t mode = rdma_[DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_MODE];
    if (size == 0) return refuse("DPU_RDMA_ERDMA_CFG.DATA_SIZE 0: elements of 4 bits");
    if (mode != per_channel && mode != per_pixel)
      return refuse(fmt::format("DPU_RDMA_ERDMA_CFG.DATA_MODE {}", mode));
    if (rdma_[DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_SURF_MODE] != 0)
      return refuse("DPU_RDMA_ERDMA_CFG.SURF_MODE");
    const std::size_t surfaces = surfaces_of(1U << (size - 1));
    const Source operand = operand_source();
    input_.has_operand = true;
    input_.operand_per_channel = mode == per_channel;
    if (mode == per_channel) {
      input_.operand = CellCube(surfaces, 1, 1);
      const std::size_t bytes = std::size_t{channels_} << (size - 1);
      std::memcpy(input_.operand.bytes.data(),
                  dma_.read(DmaPath::element_wise, operand.address, bytes), bytes);
      return {};
    }
    if (auto fits = check_size(surfaces); !fits) return fits;
    const Source main = main_source();
    input_.operand = combination_ == interleaved_operand ? read_cube(surfaces, main, &operand)
                                                         : read_cube(surfaces, operand, nullptr);
    return {};
  }

  // Groups of eight channels; a group holds the operands in use one after the other.
  void read_channels(DmaPath path, std::uint32_t use, std::uint16_t base,
                     ChannelOperands& operands) {
    constexpr std::uint32_t addend = 1, window_factor = 2, multiplier = 4;
    if ((use & (addend | window_factor | multiplier)) == 0) return;
    const std::size_t groups = (std::size_t{channels_} + 7) / 8;
    const std::size_t group_bytes = ((use & addend) != 0 ? 32U : 0U) +
                                    ((use & window_factor) != 0 ? 16U : 0U) +
                                    ((use & multiplier) != 0 ? 16U : 0U);
    const std::byte* bytes = dma_.read(path, rdma_.raw(base), groups * group_bytes);
    const auto take = [&](auto& values) {
      const std::size_t first = values.size();
      values.resize(first + 8);
      std::memcpy(values.data() + first, bytes, 8 * sizeof values[0]);
      bytes += 8 * sizeof values[0];
    };
    for (std::size_t group = 0; group < groups; ++group) {
      if ((use & addend) != 0) take(operands.addends);
      if ((use & window_factor) != 0) take(operands.window_factors);
      if ((use & multiplier) != 0) take(operands.multipliers);
    }
  }

  const RegisterView& rdma_;
  Dma& dma_;
  std::uint32_t width_, height_, channels_;
  std::uint32_t combination_;
  RdmaInput input_;
};

}  // namespace

Modelled<RdmaInput> read_rdma(const RegisterView& rdma, Dma& dma) {
  return Readers(rdma, dma).read();
}

}  // namespace npuscope::sim
