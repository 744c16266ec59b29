// What the CNA's feature DMA brings in: the padded input window of a convolution as numbers, the
// channels of a pixel side by side.
//
//   Feature<float> feature = fetch_feature<float>(config, dma, products);
//   feature.values[(y * feature.width + x) * feature.pitch + c]      // row -pad_top is y = 0
//
// Address of a cell (16 bytes of channels of one pixel), L and S being the two strides, W the width
// of the window, c1 the surface:
//
//   c1*(L + S) + (y div 4)*L + (y mod 4)*(L/4) + x        the DMA walks four lines, then adds S
//   c1*(W + S) +  y*L + x                                  with GROUP_LINE_OFF it walks one
//
// Source: boards gave exactly the wrong answers that follow from a wrong S; 2,082 vendor tasks.
#pragma once

#include <vector>

#include "replay/sim/conv_config.h"
#include "replay/sim/dma.h"
#include "replay/sim/inner_product.h"

namespace npuscope::sim {

template <typename T>
struct Feature {
  std::vector<T> values;
  std::size_t width = 0, height = 0;  // padding included, as far as any window reaches
  std::size_t pitch = 0;              // elements from one pixel to the next
};

// Elements that the feature takes; the caller decides whether that is too much.
[[nodiscard]] std::uint64_t feature_elements(const ConvConfig& config);

// T: float for f16, int16_t for integers. Outside the window stands the padding value, in channels
// that are none stands zero, there and everywhere.
template <typename T>
[[nodiscard]] Feature<T> fetch_feature(const ConvConfig& config, Dma& dma,
                                       const InnerProducts& products);

}  // namespace npuscope::sim
