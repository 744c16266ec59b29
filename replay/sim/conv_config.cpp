#include "replay/sim/conv_config.h"

#include <fmt/format.h>

#include "regdb/register_fields.h"

namespace npuscope::sim {

namespace {

using namespace reg;

constexpr std::uint32_t mode_direct = 0, mode_depthwise = 3;
constexpr std::uint32_t first_pixel_mode = 8, last_pixel_mode = 11;  // 1 to 4 channels

// The register holds the real channels minus one, by some compilers modulo 64. Paddings of half of
// that and more do not occur: such a value says nothing.
std::uint32_t real_channels(std::uint32_t channels, std::uint32_t field) {
  const std::uint32_t padding = (channels - 1 - field) % 64;
  return padding < 32 && padding < channels ? channels - padding : channels;
}

Modelled<void> check_modes(const RegisterView& cna, const RegisterView& core) {
  const std::uint32_t mode = cna[CNA_CONV_CON1_CONV_MODE];
  if (mode != mode_direct && mode != mode_depthwise)
    return refuse(fmt::format("CNA_CONV_CON1.CONV_MODE {}: not known", mode));
  if ((mode == mode_depthwise) != (core[CORE_MISC_CFG_DW_EN] != 0))
    return refuse("CORE_MISC_CFG.DW_EN disagrees with CNA_CONV_CON1.CONV_MODE");
  const std::uint32_t pixel_mode = cna[CNA_CONV_CON1_ARGB_IN];
  if (pixel_mode != 0 && (pixel_mode < first_pixel_mode || pixel_mode > last_pixel_mode))
    return refuse(fmt::format("CNA_CONV_CON1.ARGB_IN {}: not known", pixel_mode));
  if (cna[CNA_DCOMP_CTRL_DECOMP_CONTROL] != 0 || cna.raw(CNA_DCOMP_REGNUM) != 0)
    return refuse("CNA_DCOMP_CTRL: compressed weights");
  if (cna[CNA_CONV_CON3_NN_MODE] != 0)
    return refuse("CNA_CONV_CON3.NN_MODE: several cores on one task");
  if (cna[CNA_FC_CON0_FC_SKIP_EN] != 0) return refuse("CNA_FC_CON0.FC_SKIP_EN: skipped data");
  return {};
}

Modelled<Precision> precision_of_task(const RegisterView& cna, const RegisterView& core) {
  const std::uint32_t in = cna[CNA_CONV_CON1_IN_PRECISION];
  if (in != cna[CNA_CONV_CON1_PROC_PRECISION] || in != core[CORE_MISC_CFG_PROC_PRECISION])
    return refuse(fmt::format("precisions of CNA input {}, CNA {} and CORE {} differ",
                              name_of(precision_of(in)),
                              name_of(precision_of(cna[CNA_CONV_CON1_PROC_PRECISION])),
                              name_of(precision_of(core[CORE_MISC_CFG_PROC_PRECISION]))));
  const Precision precision = precision_of(in);
  if (precision != Precision::i8 && precision != Precision::i16 && precision != Precision::f16)
    return refuse(fmt::format("CNA_CONV_CON1.IN_PRECISION: convolution of {}", name_of(precision)));
  return precision;
}

InputConverter converter_of(const RegisterView& cna) {
  InputConverter converter;
  converter.bypass = cna[CNA_CVT_CON0_CVT_BYPASS] != 0;
  if (converter.bypass) return converter;
  converter.offset_first = cna[CNA_CVT_CON0_CVT_TYPE] != 0;
  converter.is_signed = cna[CNA_CVT_CON0_DATA_SIGN] != 0;
  converter.scale = {cna.signed_at(CNA_CVT_CON1_CVT_SCALE0), cna.signed_at(CNA_CVT_CON2_CVT_SCALE1),
                     cna.signed_at(CNA_CVT_CON3_CVT_SCALE2),
                     cna.signed_at(CNA_CVT_CON4_CVT_SCALE3)};
  converter.offset = {
      cna.signed_at(CNA_CVT_CON1_CVT_OFFSET0), cna.signed_at(CNA_CVT_CON2_CVT_OFFSET1),
      cna.signed_at(CNA_CVT_CON3_CVT_OFFSET2), cna.signed_at(CNA_CVT_CON4_CVT_OFFSET3)};
  converter.truncate = {cna[CNA_CVT_CON0_CVT_TRUNCATE_0], cna[CNA_CVT_CON0_CVT_TRUNCATE_1],
                        cna[CNA_CVT_CON0_CVT_TRUNCATE_2], cna[CNA_CVT_CON0_CVT_TRUNCATE_3]};
  return converter;
}

void read_input(const RegisterView& cna, ConvConfig& config) {
  const std::uint32_t pixel_mode = cna[CNA_CONV_CON1_ARGB_IN];
  config.pixel_channels = pixel_mode == 0 ? 0 : pixel_mode - first_pixel_mode + 1;
  config.width = cna[CNA_DATA_SIZE0_DATAIN_WIDTH];
  config.height = cna[CNA_DATA_SIZE0_DATAIN_HEIGHT];
  config.channels = cna[CNA_DATA_SIZE1_DATAIN_CHANNEL];
  config.real = pixel_mode == 0
                    ? real_channels(config.channels, cna[CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL])
                    : std::min(config.pixel_channels, config.channels);
  config.padded = config.real;
  config.feature_address = cna.raw(CNA_FEATURE_DATA_ADDR);
  config.line_stride = cna[CNA_DMA_CON1_LINE_STRIDE];
  config.surface_stride = cna.signed_at(CNA_DMA_CON2_SURF_STRIDE);
  config.group_line_off = cna[CNA_CONV_CON1_GROUP_LINE_OFF] != 0;
  if (config.integer()) config.converter = converter_of(cna);
}

void read_geometry(const RegisterView& cna, const RegisterView& core, ConvConfig& config) {
  config.stride_x = cna[CNA_CONV_CON3_CONV_X_STRIDE];
  config.stride_y = cna[CNA_CONV_CON3_CONV_Y_STRIDE];
  config.step_x = cna[CNA_CONV_CON3_ATROUS_X_DILATION] + 1;
  config.step_y = cna[CNA_CONV_CON3_ATROUS_Y_DILATION] + 1;
  config.deconvolution = cna[CNA_CONV_CON1_DECONV] != 0;
  if (config.deconvolution) {
    config.spread_x = cna[CNA_CONV_CON3_DECONV_X_STRIDE] + 1;
    config.spread_y = cna[CNA_CONV_CON3_DECONV_Y_STRIDE] + 1;
  }
  config.pad_top = cna[CNA_PAD_CON0_PAD_TOP];
  config.pad_left = cna[CNA_PAD_CON0_PAD_LEFT];
  config.pad_value = cna.raw(CNA_PAD_CON1);
  config.out_width = core[CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH] + 1;
  config.out_height = core[CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT] + 1;
}

}  // namespace

Modelled<ConvConfig> conv_config(const RegisterView& cna, const RegisterView& core) {
  if (auto modes = check_modes(cna, core); !modes) return tl::unexpected(modes.error());
  const auto precision = precision_of_task(cna, core);
  if (!precision) return tl::unexpected(precision.error());

  ConvConfig config;
  config.precision = *precision;
  config.depthwise = cna[CNA_CONV_CON1_CONV_MODE] == mode_depthwise;
  config.window_sums = config.integer() && core[CORE_MISC_CFG_QD_EN] != 0;
  read_input(cna, config);
  read_geometry(cna, core, config);
  config.kernels = cna[CNA_WEIGHT_SIZE2_WEIGHT_KERNELS];
  config.kernel_width = cna[CNA_WEIGHT_SIZE2_WEIGHT_WIDTH];
  config.kernel_height = cna[CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT];
  config.weight_address = cna.raw(CNA_DCOMP_ADDR0) & ~0xfU;
  config.clip_truncate = core[CORE_CLIP_TRUNCATE_CLIP_TRUNCATE];

  if (config.width == 0 || config.height == 0 || config.channels == 0)
    return refuse(fmt::format("CNA_DATA_SIZE0, _SIZE1: an input of {}x{}x{} is empty", config.width,
                              config.height, config.channels));
  if (config.kernels == 0 || config.kernel_width == 0 || config.kernel_height == 0)
    return refuse(fmt::format("CNA_WEIGHT_SIZE2: {} kernels of {}x{}", config.kernels,
                              config.kernel_width, config.kernel_height));
  if (!config.converter.bypass && config.pixel_channels == 0)
    return refuse("CNA_CVT_CON0.CVT_BYPASS 0: the input converter on a feature cube");
  return config;
}

}  // namespace npuscope::sim
