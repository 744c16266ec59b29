#include "replay/generate/conv_registers.h"

#include <algorithm>

#include "regdb/register_fields.h"
#include "replay/generate/tensor_layout.h"

namespace npuscope {

namespace {

using namespace reg;

// Two's complement in a field of 28 bits.
constexpr std::uint32_t signed28(std::int64_t value) {
  return static_cast<std::uint32_t>(value) & 0x0fffffffU;
}

constexpr std::uint32_t precision_f16 = 2, precision_i8 = 0, precision_f32 = 5;
constexpr std::uint32_t mode_depthwise = 3;

class ConvRecord {
 public:
  ConvRecord(const ConvPlan& plan, const ConvTile& tile, const ConvNumbers& numbers)
      : shape_(plan.shape), site_(plan.site), tile_(tile), numbers_(numbers) {}

  RecordRegisters make() {
    convolution();
    input_size();
    weights();
    input_address();
    core();
    output_cube();
    bias_and_scale();
    element_wise();
    output_converter();
    if (shape_.fusion.table != TableFunction::none) table();
    if (reads_operands(shape_)) operands();
    return registers_;
  }

 private:
  void put(const RegisterField& field, std::uint64_t value) { registers_.put(field, value); }
  void address(std::uint16_t offset, Base base, std::uint64_t addend) {
    registers_.set(offset, static_cast<std::uint32_t>(addend), base);
  }

  [[nodiscard]] bool f16() const { return shape_.element == Element::f16; }
  [[nodiscard]] bool depthwise() const { return shape_.depthwise(); }
  [[nodiscard]] std::uint32_t precision() const { return f16() ? precision_f16 : precision_i8; }
  [[nodiscard]] std::uint32_t channels() const { return tile_.channels.count; }
  [[nodiscard]] std::uint32_t kernels() const { return tile_.kernels.count; }
  // Output channels of the record: whole kernel units.
  [[nodiscard]] std::uint64_t whole_kernels() const {
    return align_up(kernels(),
                    depthwise() ? depthwise_unit(shape_.element) : kernel_unit(shape_.element));
  }
  // Kernels whose weights are stored: i8 stores them in pairs (1 -> 2 was seen; other odd counts
  // rest on files outside the developers' set).
  [[nodiscard]] std::uint64_t stored_kernels() const {
    return f16() ? kernels() : align_up(kernels(), 2);
  }
  // Surfaces of the output that one group of kernels fills, minus one.
  [[nodiscard]] std::uint32_t surfaces_of_group() const {
    return (depthwise() ? 4U : 2U) * (site_.writes_f32 ? 2U : 1U) - 1;
  }

  void convolution() {
    // With a table in the node the two register groups are switched off.
    const bool groups = shape_.fusion.table == TableFunction::none;
    for (const PointerFields& pointer : {dpu_pointer, rdma_pointer}) {
      for (const RegisterField& field : pointer.ping_pong) put(field, groups ? 1 : 0);
      for (const RegisterField& field : pointer.clear) put(field, groups ? 0 : 1);
    }

    put(CNA_CONV_CON1_IN_PRECISION, precision());
    put(CNA_CONV_CON1_PROC_PRECISION, precision());
    if (depthwise()) put(CNA_CONV_CON1_CONV_MODE, mode_depthwise);
    if (site_.pixel_input) {
      put(CNA_CONV_CON1_NONALIGN_DMA, 1);
      put(CNA_CONV_CON1_GROUP_LINE_OFF, 1);
      put(CNA_CONV_CON1_ARGB_IN, 7 + shape_.in_channels);
    }
    put(CNA_CONV_CON2_TILE_FAMILY, tile_.family);
    put(CNA_CONV_CON2_FEATURE_GRAINS, tile_.grains);
    put(CNA_CONV_CON3_CONV_X_STRIDE, shape_.stride_x);
    put(CNA_CONV_CON3_CONV_Y_STRIDE, shape_.stride_y);
    put(CNA_CONV_CON3_ATROUS_X_DILATION, shape_.dilation_x - 1);
    put(CNA_CONV_CON3_ATROUS_Y_DILATION, shape_.dilation_y - 1);
  }

  void input_size() {
    put(CNA_DATA_SIZE0_DATAIN_WIDTH, shape_.in_width);
    put(CNA_DATA_SIZE0_DATAIN_HEIGHT, tile_.input.count);
    put(CNA_FC_DATA_SIZE0_DMA_WIDTH, shape_.in_width);
    put(CNA_FC_DATA_SIZE0_DMA_HEIGHT, tile_.input.count);
    const std::uint32_t fetched = site_.pixel_input ? pixel_weight_channels(shape_.element)
                                                    : fetched_channels(shape_.element, channels());
    put(CNA_DATA_SIZE1_DATAIN_CHANNEL, fetched);
    // Compiler 1.6.0 writes all bits of the number, later ones the six lowest; whether the hardware
    // reads it is open.
    const bool all_bits = site_.version < CompilerVersion{1, 6, 1};
    put(CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL, all_bits ? channels() - 1 : (channels() - 1) % 64);
    put(CNA_FC_DATA_SIZE1_DMA_CHANNEL, fetched);
    put(CNA_DATA_SIZE2_DATAOUT_WIDTH, shape_.out_width());
    put(CNA_DATA_SIZE3_DATAOUT_ATOMICS, std::uint64_t{shape_.out_width()} * tile_.output.count);
    put(CNA_PAD_CON0_PAD_LEFT, shape_.pad_left);
    put(CNA_PAD_CON0_PAD_TOP, tile_.input.padding);
    put(CNA_PAD_CON1_PAD_VALUE, padding_value());
    put(CNA_CBUF_CON0_DATA_BANK, tile_.data_banks);
    put(CNA_CBUF_CON0_WEIGHT_BANK, cbuf_banks - tile_.data_banks);
    put(CNA_CBUF_CON0_WEIGHT_REUSE, tile_.reuses_weights ? 1 : 0);
    put(CNA_CBUF_CON1_DATA_ENTRIES,
        site_.pixel_input ? align_up(shape_.in_width, 8) * tile_.input.count
                          : ceil_div(row_bytes(shape_, site_, channels()), entry_bytes));
    // The converter is bypassed; its constants are the identity.
    put(CNA_CVT_CON0_CVT_BYPASS, 1);
    put(CNA_CVT_CON0_CVT_TYPE, 1);
    put(CNA_CVT_CON0_DATA_SIGN, 1);
    put(CNA_CVT_CON1_CVT_SCALE0, 1);
    put(CNA_CVT_CON2_CVT_SCALE1, 1);
    put(CNA_CVT_CON3_CVT_SCALE2, 1);
    put(CNA_CVT_CON4_CVT_SCALE3, 1);
  }

  // The zero point; a depthwise i8 record holds its byte twice, sign-extended from 16 bits (only
  // -128 was seen).
  [[nodiscard]] std::uint32_t padding_value() const {
    if (f16()) return 0;
    if (!depthwise()) return static_cast<std::uint32_t>(numbers_.input_zero_point);
    const auto byte = static_cast<std::uint8_t>(numbers_.input_zero_point);
    return static_cast<std::uint32_t>(static_cast<std::int16_t>(byte * 0x101));
  }

  void weights() {
    const std::uint64_t one = kernel_bytes(shape_, site_, channels());
    put(CNA_WEIGHT_SIZE0_WEIGHT_BYTES, depthwise() ? one : one * stored_kernels());
    put(CNA_WEIGHT_SIZE1_WEIGHT_BYTES_PER_KERNEL, one);
    put(CNA_WEIGHT_SIZE2_WEIGHT_WIDTH, shape_.kernel_width);
    put(CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT, shape_.kernel_height);
    put(CNA_WEIGHT_SIZE2_WEIGHT_KERNELS, depthwise() ? 1 : stored_kernels());
    address(CNA_DCOMP_ADDR0, Base::weights, tile_.weight_offset);
    put(CNA_DMA_CON0_DATA_BURST_LEN, 15);
    put(CNA_DMA_CON0_WEIGHT_BURST_LEN, 15);
  }

  void input_address() {
    const TensorLayout input = input_layout(shape_, site_);
    const std::uint64_t surface =
        tile_.channels.first / cell_channels(shape_.element) * input.surface_bytes;
    address(CNA_FEATURE_DATA_ADDR, Base::input,
            tile_.image * input.image_bytes + tile_.input.first * input.row_bytes + surface);
    const std::int64_t width = shape_.in_width;
    if (site_.pixel_input) {
      put(CNA_DMA_CON1_LINE_STRIDE, shape_.in_width);
      put(CNA_DMA_CON2_SURF_STRIDE, signed28(width * (shape_.in_height - 1)));
    } else {
      // The fetch walks four lines, then steps to the next surface: back, where a surface has less
      // than four.
      put(CNA_DMA_CON1_LINE_STRIDE, 4 * std::uint64_t{shape_.in_width});
      put(CNA_DMA_CON2_SURF_STRIDE,
          signed28(static_cast<std::int64_t>(input.surface_bytes / cell_bytes) - 4 * width));
    }
  }

  void core() {
    put(CORE_MISC_CFG_PROC_PRECISION, precision());
    put(CORE_MISC_CFG_QD_EN, f16() ? 0 : 1);
    put(CORE_MISC_CFG_DW_EN, depthwise() ? 1 : 0);
    put(CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH, shape_.out_width() - 1);
    put(CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT, tile_.output.count - 1);
    put(CORE_DATAOUT_SIZE_1_DATAOUT_CHANNEL, whole_kernels() - 1);
  }

  void output_cube() {
    put(DPU_FEATURE_MODE_CFG_BURST_LEN, 15);
    put(DPU_FEATURE_MODE_CFG_OUTPUT_MODE, 2);
    if (depthwise()) put(DPU_FEATURE_MODE_CFG_CONV_MODE, mode_depthwise);
    if (f16()) {
      put(DPU_DATA_FORMAT_OUT_PRECISION, site_.writes_f32 ? precision_f32 : precision_f16);
      put(DPU_DATA_FORMAT_IN_PRECISION, precision_f16);
      put(DPU_DATA_FORMAT_PROC_PRECISION, precision_f16);
    } else if (!one_channel_head(shape_)) {
      put(DPU_DATA_FORMAT_BS_MUL_SHIFT_VALUE_NEG, multiplier_shift);
    }
    address(DPU_DST_BASE_ADDR, Base::output, output_offset());
    const std::uint64_t surface = output_layout(shape_, site_).surface_bytes;
    put(DPU_DST_SURF_STRIDE_DST_SURF_STRIDE, surface / cell_bytes);
    put(DPU_SURFACE_ADD_SURF_ADD, surface / cell_bytes * (surfaces_of_group() + 1));
    put(DPU_DATA_CUBE_WIDTH_WIDTH, shape_.out_width() - 1);
    put(DPU_DATA_CUBE_HEIGHT_HEIGHT, tile_.output.count - 1);
    put(DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL, kernels() - 1);
    put(DPU_DATA_CUBE_CHANNEL_CHANNEL, whole_kernels() - 1);
    put(DPU_WDMA_SIZE_0_CHANNEL_WDMA, whole_kernels() - 1);
    put(DPU_WDMA_SIZE_1_WIDTH_WDMA, shape_.out_width() - 1);
    put(DPU_WDMA_SIZE_1_HEIGHT_WDMA, tile_.output.count - 1);
    put(DPU_BS_OW_CFG_SIZE_E_0, surfaces_of_group());
    put(DPU_BS_OW_CFG_SIZE_E_1, surfaces_of_group());
    put(DPU_BS_OW_CFG_SIZE_E_2, surfaces_of_group());
    put(DPU_BS_OW_CFG_OD_BYPASS, f16() ? 1 : 0);
    put(DPU_BS_OW_CFG_OW_SRC, f16() || one_channel_head(shape_) ? 0 : 1);
    if (one_channel_head(shape_))
      registers_.set(DPU_BS_OW_OP, static_cast<std::uint32_t>(numbers_.weight_zero_point));
  }

  [[nodiscard]] std::uint64_t output_offset() const {
    const TensorLayout output = output_layout(shape_, site_);
    const std::uint32_t cell = site_.writes_f32 ? cell_bytes / 4 : cell_channels(shape_.element);
    return tile_.image * output.image_bytes + tile_.output.first * output.row_bytes +
           tile_.kernels.first / cell * output.surface_bytes;
  }

  // BS adds the bias and, in i8, multiplies by the channel's scale; BN applies the ReLU in front of
  // an add.
  void bias_and_scale() {
    const Fusion& fusion = shape_.fusion;
    if (!fusion.bias) {
      put(DPU_BS_CFG_BS_BYPASS, 1);
      put(DPU_BS_CFG_BS_ALU_BYPASS, 1);
      put(DPU_BS_CFG_BS_MUL_BYPASS, 1);
    } else {
      put(DPU_BS_CFG_BS_ALU_ALGO, 2);
      put(DPU_BS_CFG_BS_ALU_SRC, 1);
      const bool multiplies = !f16() && !one_channel_head(shape_);
      put(DPU_BS_CFG_BS_MUL_BYPASS, multiplies ? 0 : 1);
      if (multiplies) {
        put(DPU_BS_MUL_CFG_BS_MUL_SRC, 1);
        put(DPU_BS_MUL_CFG_BS_MUL_SHIFT_VALUE, multiplier_shift);
      }
    }
    put(DPU_BS_CFG_BS_RELU_BYPASS, 1);

    if (fusion.table != TableFunction::none) {
      put(DPU_BN_CFG_BN_ALU_ALGO, 2);
      put(DPU_BN_CFG_BN_RELU_BYPASS, 1);
      return;
    }
    put(DPU_BN_CFG_BN_ALU_BYPASS, 1);
    put(DPU_BN_CFG_BN_MUL_BYPASS, 1);
    put(DPU_BN_CFG_BN_RELU_BYPASS, fusion.relu ? 0 : 1);
    put(DPU_BN_CFG_BN_BYPASS, fusion.relu ? 0 : 1);
  }

  void element_wise() {
    const Fusion& fusion = shape_.fusion;
    const bool looks_up = fusion.table != TableFunction::none;
    put(DPU_EW_CFG_EW_LUT_BYPASS, looks_up ? 0 : 1);
    put(DPU_EW_CFG_EW_RELU_BYPASS, fusion.relu_after_add ? 0 : 1);
    put(DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SCALE, 1);
    if (!fusion.residual) {
      put(DPU_EW_CFG_EW_BYPASS, looks_up ? 0 : 1);
      put(DPU_EW_CFG_EW_OP_BYPASS, 1);
      put(DPU_EW_CFG_EW_OP_CVT_BYPASS, 1);
      return;
    }
    put(DPU_EW_CFG_EW_CVT_TYPE, f16() ? 0 : 1);
    put(DPU_EW_CFG_EW_DATA_MODE, 1);
    put(DPU_EW_CFG_EDATA_SIZE, element_bytes(shape_.element));
    put(DPU_EW_CFG_EW_ALU_ALGO, 2);
    put(DPU_EW_CFG_EW_OP_SRC, 1);
    if (!f16()) {
      registers_.set(DPU_EW_CVT_OFFSET_VALUE,
                     static_cast<std::uint32_t>(-numbers_.residual_zero_point));
      put(DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SCALE, numbers_.residual_scale);
      put(DPU_EW_CVT_SCALE_VALUE_EW_OP_CVT_SHIFT, numbers_.residual_shift);
    }
  }

  void output_converter() {
    if (f16()) {
      put(DPU_OUT_CVT_SCALE_FP32TOFP16_EN, 1);
      put(DPU_OUT_CVT_SCALE_OUT_CVT_SCALE, 1);
      return;
    }
    registers_.set(DPU_OUT_CVT_OFFSET, static_cast<std::uint32_t>(numbers_.output_zero_point));
    put(DPU_OUT_CVT_SCALE_OUT_CVT_SCALE, numbers_.output_scale);
    registers_.set(DPU_OUT_CVT_SHIFT, numbers_.output_shift);
  }

  // The range and the index of the vendor's tables; slopes and scales are numbers of the function.
  void table() {
    put(DPU_LUT_CFG_LUT_HYBRID_PRIORITY, 1);
    put(DPU_LUT_CFG_LUT_OFLOW_PRIORITY, 1);
    put(DPU_LUT_CFG_LUT_LO_LE_MUX, 2);
    put(DPU_LUT_INFO_LUT_LO_INDEX_SELECT, 5);
    put(DPU_LUT_INFO_LUT_LE_INDEX_SELECT, 5);
    registers_.set(DPU_LUT_LE_START, static_cast<std::uint32_t>(-0x4000));
    registers_.set(DPU_LUT_LO_END, 0x4000);
  }

  void operands() {
    const Fusion& fusion = shape_.fusion;
    put(DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH, shape_.out_width() - 1);
    put(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT, tile_.output.count - 1);
    put(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL_CHANNEL, whole_kernels() - 1);
    const bool with_scales = !f16() && !one_channel_head(shape_);
    if (fusion.bias) {
      // Bias alone, or bias with zero point and multiplier of the channel.
      put(DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE, with_scales ? 7 : 1);
      address(DPU_RDMA_RDMA_BS_BASE_ADDR, Base::bias,
              std::uint64_t{tile_.kernels.first} * (with_scales ? 8 : 4));
    }
    put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_IN_PRECISION, precision());
    put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_PROC_PRECISION, precision());
    put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_BURST_LEN, 15);
    if (depthwise()) put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_CONV_MODE, mode_depthwise);
    for (const RegisterField& weight :
         {DPU_RDMA_RDMA_WEIGHT_E_WEIGHT, DPU_RDMA_RDMA_WEIGHT_N_WEIGHT,
          DPU_RDMA_RDMA_WEIGHT_B_WEIGHT, DPU_RDMA_RDMA_WEIGHT_M_WEIGHT})
      put(weight, 1);
    if (!fusion.residual) {
      put(DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE, 1);
      put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE, 1);
      return;
    }
    // Two readers share the residual: the main one takes the even surfaces, the element-wise one
    // the odd ones.
    const TensorLayout residual = output_layout(shape_, site_);
    put(DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_MODE, 1);
    put(DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_SIZE, element_bytes(shape_.element));
    put(DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE, 5);
    address(DPU_RDMA_RDMA_SRC_BASE_ADDR, Base::residual, output_offset());
    address(DPU_RDMA_RDMA_EW_BASE_ADDR, Base::residual, output_offset() + residual.surface_bytes);
    put(DPU_RDMA_RDMA_EW_SURF_STRIDE_EW_SURF_STRIDE, residual.surface_bytes / cell_bytes);
    const std::uint64_t notch =
        2 * residual.surface_bytes - tile_.output.count * residual.row_bytes;
    put(DPU_RDMA_RDMA_SURF_NOTCH_SURF_NOTCH_ADDR, notch / cell_bytes);
    put(DPU_RDMA_RDMA_EW_SURF_NOTCH_EW_SURF_NOTCH, notch / cell_bytes);
  }

  // Bits behind the point of the multipliers of i8 channels.
  static constexpr std::uint32_t multiplier_shift = 14;

  struct PointerFields {
    std::array<RegisterField, 3> ping_pong;
    std::array<RegisterField, 2> clear;
  };
  static constexpr PointerFields dpu_pointer{
      {DPU_S_POINTER_POINTER_PP_MODE, DPU_S_POINTER_EXECUTER_PP_EN, DPU_S_POINTER_POINTER_PP_EN},
      {DPU_S_POINTER_POINTER_PP_CLEAR, DPU_S_POINTER_EXECUTER_PP_CLEAR}};
  static constexpr PointerFields rdma_pointer{
      {DPU_RDMA_RDMA_S_POINTER_POINTER_PP_MODE, DPU_RDMA_RDMA_S_POINTER_EXECUTER_PP_EN,
       DPU_RDMA_RDMA_S_POINTER_POINTER_PP_EN},
      {DPU_RDMA_RDMA_S_POINTER_POINTER_PP_CLEAR, DPU_RDMA_RDMA_S_POINTER_EXECUTER_PP_CLEAR}};

  const ConvShape& shape_;
  const ConvSite& site_;
  const ConvTile& tile_;
  const ConvNumbers& numbers_;
  RecordRegisters registers_;
};

}  // namespace

bool reads_operands(const ConvShape& shape) {
  return shape.fusion.bias || shape.fusion.residual;
}

Result<RecordRegisters> conv_registers(const ConvPlan& plan, const ConvTile& tile,
                                       const ConvNumbers& numbers) {
  RecordRegisters registers = ConvRecord(plan, tile, numbers).make();
  if (!registers.misfit().empty())
    return wrong_usage(key_of(plan.shape) + ": " + registers.misfit(),
                       "the hardware cannot run this shape in one piece");
  return registers;
}

}  // namespace npuscope
