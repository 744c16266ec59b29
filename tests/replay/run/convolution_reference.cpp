#include "tests/replay/run/convolution_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "regdb/register_fields.h"
#include "replay/tensor/channel_records.h"
#include "replay/tensor/float16.h"
#include "replay/tensor/weights.h"

namespace npuscope::testing {

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

// The registers that the first record of a node writes; it is complete.
class Registers {
 public:
  Registers(const Opened& opened, const ConvNode& node) {
    opened.sets[node.set]
        .record_of(node.first_record)
        ->for_each_body_word(
            [&](std::size_t, Word word) { values_[word.offset()] = word.value(); });
  }
  [[nodiscard]] std::uint32_t operator[](const reg::RegisterField& field) const {
    return field.in(raw(field.offset));
  }
  [[nodiscard]] std::uint32_t raw(std::uint16_t offset) const {
    const auto found = values_.find(offset);
    return found == values_.end() ? 0 : found->second;
  }
  [[nodiscard]] double whole(std::uint16_t offset) const {
    return static_cast<std::int32_t>(raw(offset));
  }

 private:
  std::map<std::uint16_t, std::uint32_t> values_;
};

double scaled(double value, std::uint32_t scale, std::uint32_t shift) {
  return std::ldexp(value * scale, -static_cast<int>(shift));
}

}  // namespace

struct ConvolutionReference::Constants {
  std::vector<double> weights;  // minus the zero point; [kernel][channel][row][column]
  std::vector<double> bias, multiplier;
  double input_zero = 0;
  Registers registers;
};

ConvolutionReference::ConvolutionReference(const ModelFile& file, const Opened& opened)
    : opened_(&opened), packed_(packed_weights_of(file)) {
  const auto nodes = find_convolutions(opened);
  if (!nodes) return;
  for (const ConvNode& node : *nodes) {
    // Nodes of old compilers are refused by the generator only.
    const bool complete = node.refusal.empty() || (node.refusal.starts_with("compiler ") &&
                                                   node.output != no_index && check(node.shape));
    if (complete && node.weight != no_index) nodes_.push_back(node);
  }
}

ConvolutionReference::Constants ConvolutionReference::constants_of(const ConvNode& node) const {
  const Model& model = *opened_->capture.model;
  Constants constants{{}, {}, {}, 0, Registers(*opened_, node)};
  const auto packed = std::ranges::find(packed_, model.tensors[node.weight].name,
                                        [](const PackedWeights& w) { return w.tensor->name; });
  if (packed == packed_.end()) return constants;
  const WeightShape& s = packed->shape;
  std::vector<std::byte> codes(std::size_t{packed->element_bytes()} * s.kernels * s.channels *
                               s.height * s.width);
  EXPECT_TRUE(unpack_weights(packed->tuples, s, packed->element_bytes(), packed->bytes, codes));
  const std::size_t outputs = node.shape.out_channels;
  std::vector<ChannelRecord> records(outputs);
  const bool is_float = node.shape.element == Element::f16;
  const auto fields = record_fields(constants.registers.raw(reg::DPU_RDMA_RDMA_BRDMA_CFG));
  const bool multiplies = fields && fields->multiplier;
  if (packed->records && node.shape.fusion.bias) {
    const bool read = fields && unpack_records(*fields, *packed->records, records);
    EXPECT_TRUE(read) << node.name;
  }
  const std::size_t elements = codes.size() / packed->element_bytes();
  constants.weights.resize(elements);
  for (std::size_t k = 0; k < outputs; ++k) {
    const ChannelRecord& record = records[k];
    constants.bias.push_back(is_float
                                 ? static_cast<double>(std::bit_cast<float>(record.addend))
                                 : static_cast<double>(static_cast<std::int32_t>(record.addend)));
    constants.multiplier.push_back(multiplies ? std::ldexp(record.multiplier, -14) : 1);
    const double zero =
        multiplies ? record.zero_point
        : is_float ? 0
                   : -static_cast<std::int16_t>(constants.registers[reg::DPU_BS_OW_OP_OW_OP]);
    for (std::size_t i = k * elements / outputs; i < (k + 1) * elements / outputs; ++i) {
      std::uint16_t half = 0;
      if (is_float) std::memcpy(&half, &codes[2 * i], sizeof half);
      constants.weights[i] = is_float ? static_cast<double>(f32_from_f16(half))
                                      : static_cast<std::int8_t>(codes[i]) - zero;
    }
  }
  const Tensor& input = model.tensors[node.input];
  if (!is_float && !input.zero_point.empty())
    constants.input_zero = static_cast<double>(input.zero_point[0]);
  return constants;
}

double ConvolutionReference::finish(const ConvNode& node, const Constants& constants,
                                    std::size_t channel, double sum, double residual) const {
  const Fusion& fusion = node.shape.fusion;
  const Registers& regs = constants.registers;
  const bool is_float = node.shape.element == Element::f16;
  double v = (sum + constants.bias[channel]) * constants.multiplier[channel];
  if (fusion.relu) v = std::max(v, 0.0);
  if (fusion.residual)
    v += is_float ? residual
                  : scaled(residual + regs.whole(reg::DPU_EW_CVT_OFFSET_VALUE),
                           regs[reg::DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SCALE],
                           regs[reg::DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SHIFT]);
  if (fusion.relu_after_add) v = std::max(v, 0.0);
  if (fusion.table == TableFunction::none)
    return is_float ? v
                    : scaled(v, regs[reg::DPU_OUT_CVT_SCALE_OUT_CVT_SCALE],
                             regs[reg::DPU_OUT_CVT_SHIFT_OUT_CVT_SHIFT]) +
                          regs.whole(reg::DPU_OUT_CVT_OFFSET);
  if (is_float) return fusion.table == TableFunction::swish ? v * sigmoid(v) : sigmoid(v);
  constexpr double unit = 2596;  // of the table's index
  const double x = scaled(v, regs[reg::DPU_BN_MUL_CFG_BN_MUL_OPERAND],
                          regs[reg::DPU_BN_MUL_CFG_BN_MUL_SHIFT_VALUE]) /
                   unit;
  const Tensor& output = opened_->capture.model->tensors[node.output];
  return sigmoid(x) / static_cast<double>(output.scale.at(0)) +
         static_cast<double>(output.zero_point.at(0));
}

std::vector<double> ConvolutionReference::compute(const ConvNode& node,
                                                  std::span<const double> input,
                                                  std::span<const double> residual) const {
  const ConvShape& s = node.shape;
  const Constants constants = constants_of(node);
  if (constants.weights.empty()) return {};
  const std::size_t channels = s.group_in_channels();
  const std::size_t plane = std::size_t{s.in_height} * s.in_width;
  const std::size_t pixels = std::size_t{s.out_height()} * s.out_width();
  std::vector<double> sums(pixels), centred(input.begin(), input.end()), result;
  for (double& value : centred) value -= constants.input_zero;
  // The bias contains -input_zero * sum(weights), which the centred input has no need of.
  for (std::size_t k = 0; k < s.out_channels; ++k) {
    std::ranges::fill(sums, 0.0);
    double all_weights = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t channel = k / s.group_out_channels() * channels + c;
      for (std::size_t i = 0; i < s.kernel_height; ++i)
        for (std::size_t j = 0; j < s.kernel_width; ++j) {
          const double weight =
              constants.weights[((k * channels + c) * s.kernel_height + i) * s.kernel_width + j];
          all_weights += weight;
          for (std::size_t y = 0; y < s.out_height(); ++y) {
            const auto row = static_cast<std::int64_t>(y * s.stride_y + i * s.dilation_y) -
                             static_cast<std::int64_t>(s.pad_top);
            if (row < 0 || row >= s.in_height) continue;
            const double* line =
                centred.data() + channel * plane + static_cast<std::size_t>(row) * s.in_width;
            const std::int64_t shift = static_cast<std::int64_t>(j * s.dilation_x) - s.pad_left;
            for (std::size_t x = 0; x < s.out_width(); ++x) {
              const std::int64_t column = static_cast<std::int64_t>(x * s.stride_x) + shift;
              if (column >= 0 && column < s.in_width)
                sums[y * s.out_width() + x] += weight * line[column];
            }
          }
        }
    }
    const double correction = constants.input_zero * all_weights;
    for (std::size_t p = 0; p < pixels; ++p)
      result.push_back(finish(node, constants, k, sums[p] + correction,
                              residual.empty() ? 0 : residual[k * pixels + p]));
  }
  return result;
}

}  // namespace npuscope::testing
