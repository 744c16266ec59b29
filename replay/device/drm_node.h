// The nodes of NPU drivers on this machine, found by the driver's name.
//
//   for (const DrmNode& node : find_nodes("rknpu")) ... node.path ...     // "/dev/dri/renderD129"
//   Result<DrmPort> port = open_node("rocket", NodeUse::render);
//
// Numbers of nodes say nothing: on most boards card0 is the display (KABI-N1). Without libdrm
// (NPUSCOPE_WITH_DRM=OFF) there are no nodes, and open_node() says why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"
#include "replay/device/drm_port.h"

namespace npuscope {

enum class NodeUse : std::uint8_t {
  render,   // enough for everything but names of buffers
  primary,  // also GEM_FLINK
};

struct DrmNode {
  std::string path;
  bool primary = false;
  std::string version;  // "0.9.8", as DRM_IOCTL_VERSION has it
};

// Nodes that can be opened. Opens each node of /dev/dri and /dev/accel for a moment.
[[nodiscard]] std::vector<DrmNode> find_nodes(std::string_view driver);

// Opens the node of the driver; the descriptor ends with the last copy of the port. Errors
// (device): no such node, or it cannot be opened.
[[nodiscard]] Result<DrmPort> open_node(std::string_view driver, NodeUse use);

}  // namespace npuscope
