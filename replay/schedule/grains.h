// FEATURE_GRAINS, CONV_CON2[13:4]: how many input rows are fetched ahead. A performance field:
// other software writes a constant and computes correctly, but much larger values made depthwise
// runs unstable.
#pragma once

#include <cstdint>

#include "replay/schedule/tiles.h"
#include "replay/shape/conv_site.h"

namespace npuscope {

// Rows that the vendor writes for a record of `channels` input channels that reads `rows`.
// Source: 693 of 693 decoded rows, 7,943 of 7,955 records of models; the misses are all depthwise
// 7x7 with stride 7.
[[nodiscard]] std::uint32_t feature_grains(const ConvShape& shape, const ConvSite& site,
                                           std::uint32_t channels, InputRows rows);

}  // namespace npuscope
