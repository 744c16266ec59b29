#include "replay/shape/infer_shape.h"

#include <algorithm>

#include "decoder/program/register_state.h"
#include "regdb/register_fields.h"
#include "replay/schedule/channels.h"

namespace npuscope {

namespace {

using reg::RegisterField;

// Reads fields of one record; `complete` turns false when a register is missing.
class Reader {
 public:
  explicit Reader(const RegisterLookup& lookup) : lookup_(lookup) {}

  std::uint32_t need(const RegisterField& field) { return field.in(need(field.offset)); }
  std::uint32_t need(std::uint16_t offset) {
    const auto value = lookup_(offset);
    complete = complete && value.has_value();
    return value.value_or(0);
  }
  [[nodiscard]] std::uint32_t or_else(const RegisterField& field, std::uint32_t fallback) const {
    const auto value = lookup_(field.offset);
    return value ? field.in(*value) : fallback;
  }

  bool complete = true;

 private:
  const RegisterLookup& lookup_;
};

// The exact number of channels: the register of whole cells, and its lowest six bits minus one
// beside it.
std::uint32_t exact_channels(Reader& record) {
  const std::uint32_t whole = record.need(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL);
  const std::uint32_t low = (record.need(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL) + 1) % 64;
  const std::uint32_t missing = (whole - low) % 64;
  return missing < whole ? whole - missing : whole;
}

// What the records have in common.
ConvShape common_of(Reader& record) {
  ConvShape shape;
  const bool i8 = record.need(reg::CNA_CONV_CON1_PROC_PRECISION) == 0;
  shape.element = i8 ? Element::i8 : Element::f16;
  shape.in_width = std::max(1U, record.need(reg::CNA_DATA_SIZE0_DATAIN_WIDTH));
  const bool pixels = record.need(reg::CNA_CONV_CON1_ARGB_IN) != 0;
  const std::uint32_t step = record.need(reg::CNA_DMA_CON2_SURF_STRIDE);
  const std::int64_t surface_step =
      step >= 1U << 27U ? std::int64_t{step} - (1LL << 28U) : std::int64_t{step};
  const std::int64_t rows =
      pixels ? surface_step / shape.in_width + 1
             : (surface_step + 4 * std::int64_t{shape.in_width}) / shape.in_width;
  shape.in_height = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rows, 0, 65535));
  shape.kernel_height = record.need(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT);
  shape.kernel_width = record.need(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH);
  shape.in_channels = exact_channels(record);
  shape.stride_x = record.or_else(reg::CNA_CONV_CON3_CONV_X_STRIDE, 1);
  shape.stride_y = record.or_else(reg::CNA_CONV_CON3_CONV_Y_STRIDE, 1);
  shape.dilation_x = record.or_else(reg::CNA_CONV_CON3_ATROUS_X_DILATION, 0) + 1;
  shape.dilation_y = record.or_else(reg::CNA_CONV_CON3_ATROUS_Y_DILATION, 0) + 1;
  shape.pad_top = record.or_else(reg::CNA_PAD_CON0_PAD_TOP, 0);
  shape.pad_left = record.or_else(reg::CNA_PAD_CON0_PAD_LEFT, 0);
  shape.fusion.bias = record.or_else(reg::DPU_BS_CFG_BS_BYPASS, 1) == 0;
  shape.fusion.residual = record.or_else(reg::DPU_EW_CFG_EW_OP_BYPASS, 1) == 0;
  shape.fusion.relu = record.or_else(reg::DPU_BN_CFG_BN_RELU_BYPASS, 1) == 0;
  shape.fusion.relu_after_add =
      shape.fusion.residual && record.or_else(reg::DPU_EW_CFG_EW_RELU_BYPASS, 1) == 0;
  return shape;
}

// Padding behind the input that an output of `out` rows (columns) needs.
std::uint32_t padding_behind(std::uint32_t out, std::uint32_t stride, std::uint32_t reach,
                             std::uint32_t before, std::uint32_t in) {
  const std::int64_t needed = (std::int64_t{out} - 1) * stride + reach - before - in;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, needed));
}

}  // namespace

std::optional<ConvShape> infer_shape(const std::vector<RegisterLookup>& records) {
  if (records.empty()) return std::nullopt;
  Reader first(records.front());
  ConvShape shape = common_of(first);
  const bool depthwise = first.need(reg::CNA_CONV_CON1_CONV_MODE) == 3;
  const std::uint32_t out_width = first.need(reg::CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH) + 1;
  const std::uint64_t surface =
      std::uint64_t{first.need(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE)} * cell_bytes;
  const std::uint32_t base = first.need(reg::DPU_DST_BASE_ADDR);
  if (!first.complete || surface == 0) return std::nullopt;
  // Each record's place in the output tells which rows and channels are its own.
  std::uint32_t out_height = 0, out_channels = 0;
  for (const RegisterLookup& lookup : records) {
    Reader record(lookup);
    const std::uint32_t offset = record.need(reg::DPU_DST_BASE_ADDR) - base;
    const auto row =
        static_cast<std::uint32_t>(offset % surface / (std::uint64_t{out_width} * cell_bytes));
    const auto channel =
        static_cast<std::uint32_t>(offset / surface) * cell_channels(shape.element);
    out_height =
        std::max(out_height, row + record.need(reg::CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT) + 1);
    out_channels =
        std::max(out_channels, channel + record.need(reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL) + 1);
    if (!record.complete) return std::nullopt;
  }
  shape.out_channels = out_channels;
  if (depthwise) shape.in_channels = shape.groups = out_channels;
  shape.pad_bottom =
      padding_behind(out_height, shape.stride_y, shape.reach_y(), shape.pad_top, shape.in_height);
  shape.pad_right =
      padding_behind(out_width, shape.stride_x, shape.reach_x(), shape.pad_left, shape.in_width);
  if (!check(shape) || shape.out_height() != out_height || shape.out_width() != out_width)
    return std::nullopt;
  return shape;
}

std::optional<ConvShape> infer_shape(const ProgramSet& set) {
  const Program* program = set.program_for(1);
  if (program == nullptr || program->lanes.empty()) return std::nullopt;
  const Lane& lane = program->lanes.front();
  // The states before each launch: a short record inherits from the one two back.
  std::vector<RegisterState> states;
  RegisterState state;
  for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
    const Record* record = set.record_of(t);
    if (record == nullptr) return std::nullopt;
    state.apply(t, *record);
    if ((set.tasks[t].task.enable_mask & 1U) != 0) states.push_back(state);
    state.launch(set.tasks[t].task.enable_mask);
  }
  std::vector<RegisterLookup> records;
  for (const RegisterState& each : states)
    records.push_back([&each](std::uint16_t offset) -> std::optional<std::uint32_t> {
      const Cell* cell = each.find(offset);
      return cell == nullptr ? std::nullopt : std::optional(cell->value);
    });
  return infer_shape(records);
}

}  // namespace npuscope
