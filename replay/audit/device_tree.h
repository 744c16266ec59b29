// The nodes of the NPU in the device tree: which cores and IOMMUs the firmware offers the kernel.
//
//   for (const TreeNode& node : npu_tree_nodes(host))
//     if (!node.enabled()) ... node.name == "npu@fdab0000", node.status == "disabled" ...
//
// Two families: the vendor's tree has one node with "rockchip,rk3588-rknpu"; mainline has a node
// "rockchip,rk3588-rknn-core" for each of the three cores, shipped disabled. Names of nodes are by
// address and the same in both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/host/host.h"

namespace npuscope::audit {

struct TreeNode {
  std::string name;                     // "npu@fdab0000"
  std::vector<std::string> compatible;  // the most special one first
  std::string status;                   // "okay" where the tree says nothing
  [[nodiscard]] bool enabled() const { return status == "okay" || status == "ok"; }
  [[nodiscard]] bool is_core() const { return name.starts_with("npu@"); }
  [[nodiscard]] bool is(std::string_view what) const;  // one of `compatible`
};

// Cores, then IOMMUs, by address; those that exist.
[[nodiscard]] std::vector<TreeNode> npu_tree_nodes(const host::Host& host);

// Texts of a property that holds several, separated by NUL.
[[nodiscard]] std::vector<std::string> tree_texts(const host::Host& host,
                                                  const std::string& property);
// Where the tree is: /proc/device-tree, or /sys/firmware/devicetree/base where that is missing.
[[nodiscard]] std::string tree_root(const host::Host& host);

}  // namespace npuscope::audit
