// What stands in for drm_node.cpp in a build without libdrm.
#include <fmt/format.h>

#include "replay/device/drm_node.h"

namespace npuscope {

std::vector<DrmNode> find_nodes(std::string_view) {
  return {};
}

Result<DrmPort> open_node(std::string_view driver, NodeUse) {
  return device_failed(fmt::format("--on={} needs libdrm, and this build has none", driver), {},
                       "build it with -DNPUSCOPE_WITH_DRM=ON");
}

}  // namespace npuscope
