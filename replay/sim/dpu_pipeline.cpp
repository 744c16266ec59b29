#include "replay/sim/dpu_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace npuscope::sim {

namespace {

constexpr std::size_t chunk_pixels = 96;  // the values of a chunk stay in the first-level cache

// The main input of a flying task.
template <typename V>
class MainStream {
 public:
  explicit MainStream(const RdmaInput& rdma) : rdma_(rdma) {}
  void begin_block(std::size_t block) { block_ = block; }
  void fill(std::size_t first, std::size_t count, V* values) {
    decode_block(rdma_.main, rdma_.main_precision, block_, first, count, values);
  }

 private:
  const RdmaInput& rdma_;
  std::size_t block_ = 0;
};

template <typename V>
class Pipeline {
 public:
  explicit Pipeline(const DpuTask& task) : task_(task), config_(task.config) {}

  template <typename Source>
  CellCube run(Source& source, std::size_t channels, std::size_t height, std::size_t width) {
    const std::size_t bytes = *bytes_of(config_.output);
    CellCube cube((channels * bytes + 15) / 16, height, width);
    const std::size_t blocks = (channels + block_kernels - 1) / block_kernels;
    for (std::size_t block = 0; block < blocks; ++block) {
      source.begin_block(block);
      begin_block(block);
      for (std::size_t first = 0; first < cube.pixels(); first += chunk_pixels) {
        const std::size_t count = std::min(chunk_pixels, cube.pixels() - first);
        source.fill(first, count, values_.data());
        if constexpr (std::is_same_v<Source, ConvolutionSums<std::int64_t>>) {
          if (config_.adds_window_sums)
            source.add_window_sums(first, count, window_factors_.data(), values_.data());
        }
        run_stages(block, first, count);
        encode_block(values_.data(), config_.output, block, first, count, cube);
      }
    }
    return cube;
  }

 private:
  void begin_block(std::size_t block) {
    bias_scale_ = operands_of(config_.bias_scale,
                              task_.rdma != nullptr ? &task_.rdma->bias_scale : nullptr, block);
    batch_norm_ = operands_of(config_.batch_norm,
                              task_.rdma != nullptr ? &task_.rdma->batch_norm : nullptr, block);
    window_factors_.fill(config_.window_factor);
    if (config_.window_factor_from_memory && task_.rdma != nullptr) {
      const auto& factors = task_.rdma->bias_scale.window_factors;
      for (std::size_t k = 0; k < block_kernels; ++k) {
        const std::size_t channel = block * block_kernels + k;
        window_factors_[k] = channel < factors.size() ? factors[channel] : 0;
      }
    }
    const EwConfig& ew = config_.element_wise;
    const bool from_memory = ew.from_memory && task_.rdma != nullptr && task_.rdma->has_operand;
    if (from_memory && !task_.rdma->operand_per_channel) return;
    Lanes<V> lanes{};
    if (from_memory) {
      decode_block(task_.rdma->operand, operand_precision(), block, 0, 1, lanes.data());
    } else {
      for (std::size_t k = 0; k < block_kernels; ++k) lanes[k] = number(ew.operands[k % 8]);
    }
    for (std::size_t p = 0; p < chunk_pixels; ++p)
      std::ranges::copy(lanes, operands_.begin() + static_cast<std::ptrdiff_t>(p * block_kernels));
    convert(chunk_pixels);
  }

  [[nodiscard]] static V number(std::uint32_t bits) {
    if constexpr (std::is_same_v<V, float>)
      return std::bit_cast<float>(bits);
    else
      return static_cast<std::int32_t>(bits);
  }
  [[nodiscard]] static V multiplier(std::uint16_t bits) {
    if constexpr (std::is_same_v<V, float>)
      return f32_from_f16(bits);
    else
      return bits;
  }

  [[nodiscard]] static StageOperands<V> operands_of(const StageConfig& stage,
                                                    const ChannelOperands* channels,
                                                    std::size_t block) {
    StageOperands<V> operands;
    for (std::size_t k = 0; k < block_kernels; ++k) {
      const std::size_t channel = block * block_kernels + k;
      operands.addends[k] = number(stage.addend);
      operands.multipliers[k] = multiplier(stage.multiplier);
      if (stage.add_from_memory && channels != nullptr)
        operands.addends[k] =
            channel < channels->addends.size() ? number(channels->addends[channel]) : V{0};
      if (stage.multiply_from_memory && channels != nullptr)
        operands.multipliers[k] = channel < channels->multipliers.size()
                                      ? multiplier(channels->multipliers[channel])
                                      : V{0};
    }
    return operands;
  }

  [[nodiscard]] Precision operand_precision() const {
    switch (config_.element_wise.operand_bytes) {
      case 1:
        return Precision::i8;
      case 2:
        return config_.integer ? Precision::i16 : Precision::f16;
      default:
        return config_.integer ? Precision::i32 : Precision::f32;
    }
  }

  void convert(std::size_t pixels) {
    if constexpr (!std::is_same_v<V, float>)
      convert_operands(config_.element_wise, task_.knobs, operands_.data(), pixels * block_kernels);
  }

  void run_stages(std::size_t block, std::size_t first, std::size_t count) {
    apply_stage(config_.bias_scale, task_.knobs.bias_scale_multiplies_first, bias_scale_,
                task_.knobs, values_.data(), count);
    apply_stage(config_.batch_norm, !task_.knobs.batch_norm_adds_first, batch_norm_, task_.knobs,
                values_.data(), count);
    const EwConfig& ew = config_.element_wise;
    if (ew.from_memory && task_.rdma != nullptr && task_.rdma->has_operand &&
        !task_.rdma->operand_per_channel) {
      decode_block(task_.rdma->operand, operand_precision(), block, first, count, operands_.data());
      convert(count);
    }
    apply_element_wise(ew, config_.lut, task_.tables, task_.knobs, operands_.data(), values_.data(),
                       count);
    convert_output(config_.converter, task_.knobs, values_.data(), count);
    if constexpr (std::is_same_v<V, float>)
      if (task_.knobs.flushes_subnormals && config_.output == Precision::f16)
        flush_subnormals(count);
  }

  void flush_subnormals(std::size_t pixels) {
    constexpr float smallest_normal = 0x1p-14F;
    for (float& value : std::span(values_).first(pixels * block_kernels))
      if (std::fabs(value) < smallest_normal) value = 0;
  }

  const DpuTask& task_;
  const DpuConfig& config_;
  StageOperands<V> bias_scale_, batch_norm_;
  Lanes<std::int64_t> window_factors_{};
  std::array<V, chunk_pixels * block_kernels> values_{}, operands_{};
};

Modelled<void> check_operands(const StageConfig& stage, const ChannelOperands* operands,
                              const char* name) {
  if (stage.adds && stage.add_from_memory && (operands == nullptr || operands->addends.empty()))
    return refuse(fmt::format("{}_CFG.ALU_SRC: an addend from memory that no reader brings", name));
  if (stage.multiplies && stage.multiply_from_memory &&
      (operands == nullptr || operands->multipliers.empty()))
    return refuse(
        fmt::format("{}_MUL_CFG.MUL_SRC: a multiplier from memory that no reader brings", name));
  return {};
}

}  // namespace

Modelled<void> check_task(const DpuTask& task, Precision main, bool convolution) {
  const DpuConfig& config = task.config;
  const bool float_input = main == Precision::f16 || main == Precision::f32;
  if (config.integer == float_input)
    return refuse(fmt::format("DPU_DATA_FORMAT.PROC_PRECISION: {} input in the {} pipeline",
                              name_of(main), config.integer ? "integer" : "float"));
  if (config.integer && config.output == Precision::f16)
    return refuse("DPU_DATA_FORMAT.OUT_PRECISION f16 of an integer task that computes");
  const RdmaInput* rdma = task.rdma;
  if (auto fine = check_operands(config.bias_scale, rdma == nullptr ? nullptr : &rdma->bias_scale,
                                 "DPU_BS");
      !fine)
    return fine;
  if (auto fine = check_operands(config.batch_norm, rdma == nullptr ? nullptr : &rdma->batch_norm,
                                 "DPU_BN");
      !fine)
    return fine;
  if (convolution && config.integer && config.adds_window_sums &&
      config.window_factor_from_memory &&
      (rdma == nullptr || rdma->bias_scale.window_factors.empty()))
    return refuse("DPU_BS_OW_CFG.OW_SRC: factors from memory that no reader brings");
  const EwConfig& ew = config.element_wise;
  if (ew.operation != EwOperation::none && ew.from_memory) {
    if (rdma == nullptr || !rdma->has_operand)
      return refuse("DPU_EW_CFG.EW_OP_SRC: an operand from memory that no reader brings");
    if (ew.operand_bytes == 0 || (!config.integer && ew.operand_bytes == 1))
      return refuse(fmt::format("DPU_EW_CFG.EDATA_SIZE: operands of {} bytes in the {} pipeline",
                                ew.operand_bytes, config.integer ? "integer" : "float"));
  }
  if (config.integer &&
      (ew.operation == EwOperation::divide || ew.operation == EwOperation::floor ||
       ew.operation == EwOperation::ceiling))
    return refuse("DPU_EW_CFG.EW_ALU_ALGO: a division of integers");
  if (!config.integer && !config.converter.float_scaling &&
      (config.converter.offset != 0 || config.converter.scale > 1))
    return refuse("DPU_OUT_CVT_OFFSET, _SCALE in a float task without DPU_OUT_CVT_SHIFT.CVT_TYPE");
  return {};
}

template <typename V>
CellCube run_dpu(const DpuTask& task, ConvolutionSums<V>& sums) {
  return Pipeline<V>(task).run(sums, task.config.channels, task.config.height, task.config.width);
}

// What moves is the cube of the reader; the DPU's own cube differs in some vendor tasks. Unpooling
// makes surfaces that the DPU's channels do not count.
template <typename V>
CellCube run_dpu(const DpuTask& task) {
  MainStream<V> stream(*task.rdma);
  const CellCube& main = task.rdma->main;
  const std::size_t lanes = CellCube::cell_bytes / *bytes_of(task.rdma->main_precision);
  const std::size_t channels =
      task.rdma->unpooled_rows == 1 ? std::size_t{task.config.channels} : main.surfaces * lanes;
  return Pipeline<V>(task).run(stream, channels, main.height, main.width);
}

template CellCube run_dpu(const DpuTask&, ConvolutionSums<float>&);
template CellCube run_dpu(const DpuTask&, ConvolutionSums<std::int64_t>&);
template CellCube run_dpu<float>(const DpuTask&);
template CellCube run_dpu<std::int64_t>(const DpuTask&);

}  // namespace npuscope::sim
