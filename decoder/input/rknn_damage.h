// Says where a payload is damaged, after the FlatBuffers verifier has refused it.
//
//   describe_rknn_damage(payload, RknnGeneration::v6)
//     == "graph 0, tensor 17: name reaches outside the payload (byte 0x4c)"
//
// The verifier answers only yes or no. This walk repeats its checks table by table, in file order,
// and stops at the first that fails; it is slow and runs only for damaged files.
#pragma once

#include <span>
#include <string>

#include "decoder/input/rknn_container.h"

namespace npuscope {

[[nodiscard]] std::string describe_rknn_damage(std::span<const std::byte> payload,
                                               RknnGeneration generation);

}  // namespace npuscope
