// What the registers of CNA and CORE ask a convolution task to do, in plain numbers.
//
//   Modelled<ConvConfig> config = conv_config(cna, core);
//   config->out_width, config->stride_x, ...
//
// Sizes are counts (not "minus one"), addresses bytes, strides of memory cells of 16 bytes.
#pragma once

#include <array>
#include <cstdint>

#include "replay/sim/numerics.h"
#include "replay/sim/refusal.h"
#include "replay/sim/register_groups.h"

namespace npuscope::sim {

// Converts the integer channels of pixel input: (v * scale >> truncate) + offset, or
// (v + offset) * scale >> truncate.
struct InputConverter {
  bool bypass = true;
  bool offset_first = false;  // CVT_TYPE
  bool is_signed = true;      // DATA_SIGN
  std::array<std::int32_t, 4> scale{}, offset{};
  std::array<std::uint32_t, 4> truncate{};
};

struct ConvConfig {
  Precision precision = Precision::f16;
  bool depthwise = false;
  bool window_sums = false;  // QD_EN

  // Input window.
  std::uint32_t pixel_channels = 0;  // interleaved channels of pixel input; 0: a feature cube
  std::uint32_t width = 0, height = 0;
  std::uint32_t channels = 0;  // streamed
  std::uint32_t real = 0;      // of them hold values, the others read as zero
  std::uint32_t padded = 0;    // of them have the padding value outside: the real ones
  std::uint32_t feature_address = 0;
  std::uint32_t line_stride = 0;
  std::int32_t surface_stride = 0;
  bool group_line_off = false;
  InputConverter converter;

  // Geometry. A stride of 0 reads the same row (column) for every output row (column).
  std::uint32_t stride_x = 1, stride_y = 1;
  std::uint32_t step_x = 1, step_y = 1;  // between the columns (rows) of a kernel
  bool deconvolution = false;
  std::uint32_t spread_x = 1, spread_y = 1;  // between pixels of the input: 2 with a zero inserted
  std::uint32_t pad_top = 0, pad_left = 0;
  std::uint32_t pad_value = 0;  // bits
  std::uint32_t out_width = 0, out_height = 0;

  // Weights.
  std::uint32_t kernels = 0, kernel_width = 0, kernel_height = 0;
  std::uint32_t weight_address = 0;
  bool short_remainders = false;  // replay/sim/knobs.h

  std::uint32_t clip_truncate = 0;

  [[nodiscard]] std::uint32_t element_bytes() const { return precision == Precision::i8 ? 1 : 2; }
  [[nodiscard]] std::uint32_t cell_lanes() const { return 16 / element_bytes(); }
  [[nodiscard]] bool integer() const { return precision != Precision::f16; }
  // Channels of the result: each has its own sum.
  [[nodiscard]] std::uint32_t out_channels() const { return depthwise ? channels : kernels; }
  [[nodiscard]] std::uint64_t out_pixels() const { return std::uint64_t{out_width} * out_height; }
};

// Refused: precisions other than int8, int16 and f16, precisions that disagree, unknown modes,
// compressed weights, sizes of zero.
[[nodiscard]] Modelled<ConvConfig> conv_config(const RegisterView& cna, const RegisterView& core);

}  // namespace npuscope::sim
