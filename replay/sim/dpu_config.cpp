#include "replay/sim/dpu_config.h"

#include <fmt/format.h>

#include "regdb/register_fields.h"

namespace npuscope::sim {

namespace {

using namespace reg;

constexpr std::uint16_t bn_distance = DPU_BN_CFG - DPU_BS_CFG;  // BN has the registers of BS

// Reads the registers of BS, or those of BN at the same distance from each other.
class StageReader {
 public:
  StageReader(const RegisterView& dpu, bool batch_norm)
      : dpu_(dpu), distance_(batch_norm ? bn_distance : std::uint16_t{0}), name_(batch_norm) {}

  Modelled<StageConfig> read() const {
    StageConfig stage;
    if (!dpu_.written(at(DPU_BS_CFG_BS_BYPASS).offset)) {
      (void)dpu_.raw(at(DPU_BS_CFG_BS_BYPASS).offset);  // remembered as read but never written
      return stage;
    }
    if (get(DPU_BS_CFG_BS_BYPASS) != 0) return stage;
    const std::uint32_t algorithm = get(DPU_BS_CFG_BS_ALU_ALGO);
    stage.adds = get(DPU_BS_CFG_BS_ALU_BYPASS) == 0;
    // 0 acts as addition (an element-wise client).
    if (stage.adds && algorithm != 0 && algorithm != 2 && algorithm != 4)
      return refuse(fmt::format("{}_CFG.ALU_ALGO {}", stage_name(), algorithm));
    stage.subtracts = algorithm == 4;
    stage.add_from_memory = get(DPU_BS_CFG_BS_ALU_SRC) != 0;
    if (stage.adds && !stage.add_from_memory)
      stage.addend = dpu_.raw(at(DPU_BS_ALU_CFG_BS_ALU_OPERAND).offset);
    stage.multiplies = get(DPU_BS_CFG_BS_MUL_BYPASS) == 0;
    stage.negative_only = get(DPU_BS_CFG_BS_MUL_PRELU) != 0;
    if (stage.multiplies) {
      if (get(DPU_BS_MUL_CFG_BS_TRUNCATE_SRC) != 0)
        return refuse(stage_name() + "_MUL_CFG.TRUNCATE_SRC: shifts from memory");
      stage.multiply_from_memory = get(DPU_BS_MUL_CFG_BS_MUL_SRC) != 0;
      stage.multiplier = static_cast<std::uint16_t>(get(DPU_BS_MUL_CFG_BS_MUL_OPERAND));
      stage.shift = get(DPU_BS_MUL_CFG_BS_MUL_SHIFT_VALUE);
      stage.shift_negative = dpu_[name_ ? DPU_DATA_FORMAT_BN_MUL_SHIFT_VALUE_NEG
                                        : DPU_DATA_FORMAT_BS_MUL_SHIFT_VALUE_NEG];
    }
    stage.relu = get(DPU_BS_CFG_BS_RELU_BYPASS) == 0;
    stage.relu_limited = stage.relu && get(DPU_BS_CFG_BS_RELUX_EN) != 0;
    if (stage.relu_limited)
      stage.limit = dpu_.raw(at(DPU_BS_RELUX_CMP_VALUE_BS_RELUX_CMP_DAT).offset);
    return stage;
  }

 private:
  [[nodiscard]] RegisterField at(RegisterField field) const {
    field.offset = static_cast<std::uint16_t>(field.offset + distance_);
    return field;
  }
  [[nodiscard]] std::uint32_t get(const RegisterField& field) const { return dpu_[at(field)]; }
  [[nodiscard]] std::string stage_name() const { return name_ ? "DPU_BN" : "DPU_BS"; }

  const RegisterView& dpu_;
  std::uint16_t distance_;
  bool name_;
};

Modelled<EwConfig> element_wise(const RegisterView& dpu) {
  EwConfig ew;
  if (dpu[DPU_EW_CFG_EW_BYPASS] != 0 || !dpu.written(DPU_EW_CFG)) return ew;
  ew.look_up = dpu[DPU_EW_CFG_EW_LUT_BYPASS] == 0;
  if (dpu[DPU_EW_CFG_EW_OP_BYPASS] == 0) {
    constexpr EwOperation algorithms[] = {
        EwOperation::maximum, EwOperation::minimum,  EwOperation::add,
        EwOperation::divide,  EwOperation::subtract, EwOperation::absolute,
        EwOperation::negate,  EwOperation::floor,    EwOperation::ceiling};
    const std::uint32_t algorithm = dpu[DPU_EW_CFG_EW_ALU_ALGO];
    if (dpu[DPU_EW_CFG_EW_OP_TYPE] != 0)
      ew.operation = EwOperation::multiply;
    else if (algorithm < std::size(algorithms))
      ew.operation = algorithms[algorithm];
    else
      return refuse(fmt::format("DPU_EW_CFG.EW_ALU_ALGO {}", algorithm));
    if (dpu[DPU_EW_CFG_EW_BINARY_EN] != 0 || dpu[DPU_EW_CFG_EW_EQUAL_EN] != 0)
      return refuse("DPU_EW_CFG.EW_BINARY_EN, EW_EQUAL_EN");
    ew.from_memory = dpu[DPU_EW_CFG_EW_OP_SRC] != 0;
    ew.negative_only = dpu[DPU_EW_CFG_EW_MUL_PRELU] != 0;
    const std::uint32_t size = dpu[DPU_EW_CFG_EDATA_SIZE];
    ew.operand_bytes = size == 0 ? 0 : 1U << (size - 1);
    ew.converts = dpu[DPU_EW_CFG_EW_OP_CVT_BYPASS] == 0;
  }
  if (!ew.from_memory && ew.operation != EwOperation::none)
    for (std::size_t i = 0; i < ew.operands.size(); ++i)
      ew.operands[i] = dpu.raw(static_cast<std::uint16_t>(DPU_EW_OP_VALUE_0 + 4 * i));
  if (ew.converts) {
    ew.offset_first = dpu[DPU_EW_CFG_EW_CVT_TYPE] != 0;
    ew.offset = static_cast<std::int32_t>(dpu.raw(DPU_EW_CVT_OFFSET_VALUE));
    ew.scale = static_cast<std::uint16_t>(dpu[DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SCALE]);
    ew.shift = dpu[DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SHIFT];
    ew.truncate = dpu[DPU_EW_CVT_SCALE_VALUE_EW_TRUNCATE];
  }
  ew.relu = dpu[DPU_EW_CFG_EW_RELU_BYPASS] == 0;
  ew.relu_limited = ew.relu && dpu[DPU_EW_CFG_EW_RELUX_EN] != 0;
  if (ew.relu_limited) ew.limit = dpu.raw(DPU_EW_RELUX_CMP_VALUE);
  return ew;
}

LutConfig lookup(const RegisterView& dpu) {
  LutConfig lut;
  lut.configuration = dpu.raw(DPU_LUT_CFG);
  lut.low_start = static_cast<std::int32_t>(dpu.raw(DPU_LUT_LE_START));
  lut.high_start = static_cast<std::int32_t>(dpu.raw(DPU_LUT_LO_START));
  lut.high_end = static_cast<std::int32_t>(dpu.raw(DPU_LUT_LO_END));
  lut.low_select = dpu[DPU_LUT_INFO_LUT_LE_INDEX_SELECT];
  lut.high_select = dpu[DPU_LUT_INFO_LUT_LO_INDEX_SELECT];
  lut.underflow_slope = dpu.signed_at(DPU_LUT_LE_SLOPE_SCALE_LUT_LE_SLOPE_UFLOW_SCALE);
  lut.underflow_shift = dpu[DPU_LUT_LE_SLOPE_SHIFT_LUT_LE_SLOPE_UFLOW_SHIFT];
  lut.overflow_slope = dpu.signed_at(DPU_LUT_LO_SLOPE_SCALE_LUT_LO_SLOPE_OFLOW_SCALE);
  lut.overflow_shift = dpu[DPU_LUT_LO_SLOPE_SHIFT_LUT_LO_SLOPE_OFLOW_SHIFT];
  return lut;
}

OutputConverter converter(const RegisterView& dpu) {
  OutputConverter cvt;
  cvt.offset = static_cast<std::int32_t>(dpu.raw(DPU_OUT_CVT_OFFSET));
  cvt.scale = static_cast<std::uint16_t>(dpu[DPU_OUT_CVT_SCALE_OUT_CVT_SCALE]);
  cvt.shift = dpu[DPU_OUT_CVT_SHIFT_OUT_CVT_SHIFT];
  cvt.minus_exponent = dpu[DPU_OUT_CVT_SHIFT_MINUS_EXP];
  cvt.float_scaling = dpu[DPU_OUT_CVT_SHIFT_CVT_TYPE] != 0 || cvt.minus_exponent != 0;
  return cvt;
}

StoreConfig store(const RegisterView& dpu) {
  StoreConfig store;
  store.address = dpu.raw(DPU_DST_BASE_ADDR) & ~0xfU;
  store.surface_stride = dpu[DPU_DST_SURF_STRIDE_DST_SURF_STRIDE];
  store.group_surfaces = dpu[DPU_BS_OW_CFG_SIZE_E_0] + 1;
  store.surface_add = dpu[DPU_SURFACE_ADD_SURF_ADD];
  store.notch = dpu[DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_0];
  store.transposes_channels = dpu[DPU_BS_OW_CFG_TP_ORG_EN] != 0;
  store.transposes_columns = dpu[DPU_FEATURE_MODE_CFG_TP_EN] != 0;
  if (store.transposes_channels || store.transposes_columns) {
    store.wide_transpose = dpu[DPU_WDMA_SIZE_0_TP_PRECISION] != 0;
    store.blocks_x = dpu[DPU_WDMA_SIZE_1_WIDTH_WDMA] + 1;
    store.blocks_y = dpu[DPU_WDMA_SIZE_1_HEIGHT_WDMA] + 1;
    store.blocks_c = dpu[DPU_WDMA_SIZE_0_SIZE_C_WDMA] + 1;
  }
  return store;
}

// In a task of floats the codes for 16-bit numbers are containers: FP32TOFP16_EN makes them f16.
Modelled<Precision> stored_precision(const RegisterView& dpu, bool integer) {
  const Precision out = precision_of(dpu[DPU_DATA_FORMAT_OUT_PRECISION]);
  const bool halves = dpu[DPU_OUT_CVT_SCALE_FP32TOFP16_EN] != 0;
  if (integer) {
    if (out == Precision::i8 || out == Precision::i16 || out == Precision::i32 ||
        out == Precision::f32 || out == Precision::f16)
      return out;
  } else if (out == Precision::f16 || (out == Precision::i16 && halves)) {
    return Precision::f16;
  } else if (out == Precision::f32) {
    return out;
  }
  return refuse(fmt::format("DPU_DATA_FORMAT.OUT_PRECISION {} of a{} task", name_of(out),
                            integer ? "n integer" : " float"));
}

Modelled<void> check_modes(const RegisterView& dpu) {
  const Precision process = precision_of(dpu[DPU_DATA_FORMAT_PROC_PRECISION]);
  if (process == Precision::bf16 || process == Precision::i4 || process == Precision::tf32)
    return refuse(fmt::format("DPU_DATA_FORMAT.PROC_PRECISION {}", name_of(process)));
  if (dpu[DPU_FEATURE_MODE_CFG_OUTPUT_MODE] != 2)
    return refuse(fmt::format("DPU_FEATURE_MODE_CFG.OUTPUT_MODE {}: output elsewhere than memory",
                              dpu[DPU_FEATURE_MODE_CFG_OUTPUT_MODE]));
  if (dpu[DPU_FEATURE_MODE_CFG_RGP_TYPE] != 0 || dpu[DPU_BS_OW_CFG_RGP_CNTER] != 0)
    return refuse("DPU_FEATURE_MODE_CFG.RGP_TYPE: regrouped output");
  if (dpu[DPU_DATA_FORMAT_MC_SURF_OUT] != 0)
    return refuse("DPU_DATA_FORMAT.MC_SURF_OUT: several surfaces at once");
  if (dpu[DPU_DATA_CUBE_HEIGHT_MINMAX_CTL] != 0) return refuse("DPU_DATA_CUBE_HEIGHT.MINMAX_CTL");
  return {};
}

}  // namespace

bool DpuConfig::computes() const {
  return bias_scale.computes() || batch_norm.computes() || element_wise.look_up ||
         element_wise.operation != EwOperation::none || element_wise.relu ||
         converter.offset != 0 || converter.scale > 1 || converter.shift != 0 ||
         converter.float_scaling;
}

Modelled<DpuConfig> dpu_config(const RegisterView& dpu) {
  if (auto modes = check_modes(dpu); !modes) return tl::unexpected(modes.error());
  DpuConfig config;
  const Precision process = precision_of(dpu[DPU_DATA_FORMAT_PROC_PRECISION]);
  config.flying = dpu[DPU_FEATURE_MODE_CFG_FLYING_MODE] != 0;
  config.integer = process != Precision::f16 && process != Precision::f32;
  const auto output = stored_precision(dpu, config.integer);
  if (!output) return tl::unexpected(output.error());
  config.output = *output;
  config.width = dpu[DPU_DATA_CUBE_WIDTH_WIDTH] + 1;
  config.height = dpu[DPU_DATA_CUBE_HEIGHT_HEIGHT] + 1;
  config.channels = dpu[DPU_DATA_CUBE_CHANNEL_CHANNEL] + 1;
  config.adds_window_sums = dpu[DPU_BS_OW_CFG_OD_BYPASS] == 0;
  config.window_factor_from_memory = dpu[DPU_BS_OW_CFG_OW_SRC] != 0;
  config.window_factor = dpu.signed_at(DPU_BS_OW_OP_OW_OP);
  const auto bias_scale = StageReader(dpu, false).read();
  if (!bias_scale) return tl::unexpected(bias_scale.error());
  const auto batch_norm = StageReader(dpu, true).read();
  if (!batch_norm) return tl::unexpected(batch_norm.error());
  const auto ew = element_wise(dpu);
  if (!ew) return tl::unexpected(ew.error());
  config.bias_scale = *bias_scale;
  config.batch_norm = *batch_norm;
  config.element_wise = *ew;
  if (ew->look_up) config.lut = lookup(dpu);
  config.converter = converter(dpu);
  config.store = store(dpu);
  return config;
}

}  // namespace npuscope::sim
