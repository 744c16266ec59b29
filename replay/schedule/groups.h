// A convolution with groups or images as a list of operators without them: the outer loops of our
// own schedule.
//
//   for (const ConvPart& part : parts_of(shape, site)) ... part.shape.groups == 1 ...
#pragma once

#include <cstdint>
#include <vector>

#include "replay/shape/conv_site.h"

namespace npuscope {

// One operator, and where its channels, kernels and weights begin.
struct ConvPart {
  ConvShape shape;  // one image; one group, or depthwise
  std::uint32_t first_channel = 0, first_kernel = 0;
  std::uint64_t weight_offset = 0;  // bytes
};

// Groups that are computed together as one direct convolution whose weights are zero between
// groups, so that its channels start where a cell does and its kernels where a kernel unit does.
// Otherwise the padding channels of one group would fall on the next one's.
[[nodiscard]] std::uint32_t groups_together(const ConvShape& shape);

// One part for a direct or depthwise convolution.
[[nodiscard]] std::vector<ConvPart> parts_of(const ConvShape& shape, const ConvSite& site);

}  // namespace npuscope
