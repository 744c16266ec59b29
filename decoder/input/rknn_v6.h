// Reader of container version 6, the format of RKNN-Toolkit2 1.6 to 2.3.2. See read_rknn.
#pragma once

#include "decoder/input/rknn_tables.h"

namespace npuscope {

[[nodiscard]] Result<Capture> read_rknn_v6(RknnSource& source);

}  // namespace npuscope
