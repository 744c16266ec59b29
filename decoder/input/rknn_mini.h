// Reader of container 0x1004, the format of the "mini" runtime of RV1103 and RV1106: its task table
// is listed, its words are not decoded. See read_rknn.
#pragma once

#include "decoder/input/rknn_tables.h"

namespace npuscope {

[[nodiscard]] Result<Capture> read_rknn_mini(const FileBytes& file, const RknnContainer& box);

}  // namespace npuscope
