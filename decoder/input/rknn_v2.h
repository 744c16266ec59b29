// Reader of container versions 1 and 2, the formats of RKNN-Toolkit2 1.2 to 1.4. See read_rknn.
#pragma once

#include "decoder/input/rknn_tables.h"

namespace npuscope {

[[nodiscard]] Result<Capture> read_rknn_v2(RknnSource& source);

}  // namespace npuscope
