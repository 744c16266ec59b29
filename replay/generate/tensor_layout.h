// How the tensors of a convolution lie in memory, as far as its registers say it: pitches and sizes
// in bytes.
//
//   TensorLayout input = input_layout(shape, site);      input.surface_bytes, input.image_bytes,
//   input.bytes
#pragma once

#include <cstdint>

#include "replay/shape/conv_site.h"

namespace npuscope {

struct TensorLayout {
  std::uint64_t row_bytes = 0;      // one row of cells, or of pixels
  std::uint64_t surface_bytes = 0;  // from one surface of cells to the next; pixels have one
  std::uint64_t image_bytes = 0;    // from one image of the batch to the next
  std::uint64_t bytes = 0;          // all
};

// Graph inputs are read with unpadded surfaces though their buffers are sized for padded ones.
[[nodiscard]] TensorLayout input_layout(const ConvShape& shape, const ConvSite& site);
// The output as the NPU writes it: whole kernel units, surfaces padded to four cells. Also the
// layout of a residual.
[[nodiscard]] TensorLayout output_layout(const ConvShape& shape, const ConvSite& site);

// Bytes of the stored weights: of each group one after the other, kernels of i8 in pairs.
[[nodiscard]] std::uint64_t stored_weight_bytes(const ConvShape& shape, const ConvSite& site);
// Bytes of the bias records: 4 for each channel, or 64 for 8 channels where i8 keeps zero point and
// multiplier too.
[[nodiscard]] std::uint64_t bias_bytes(const ConvShape& shape);

// An i8 convolution with a single output channel: its weights' zero point is in a register, its
// bias has 4 bytes. Source: nine nodes of public models.
[[nodiscard]] constexpr bool one_channel_head(const ConvShape& shape) {
  return shape.element == Element::i8 && shape.out_channels == 1 && !shape.depthwise();
}

}  // namespace npuscope
