#include "replay/audit/device_tree.h"

#include <algorithm>
#include <array>

namespace npuscope::audit {

namespace {

// Source: rk3588-base.dtsi of Linux and of the vendor, which put them at the top or below soc.
constexpr std::array<const char*, 7> names{"npu@fdab0000",   "npu@fdac0000",   "npu@fdad0000",
                                           "iommu@fdab9000", "iommu@fdac9000", "iommu@fdaca000",
                                           "iommu@fdad9000"};
constexpr std::array<const char*, 3> parents{"/", "/soc/", "/soc@0/"};

}  // namespace

bool TreeNode::is(std::string_view what) const {
  return std::find(compatible.begin(), compatible.end(), what) != compatible.end();
}

std::string tree_root(const host::Host& host) {
  const std::string usual = "/proc/device-tree";
  return host.has(usual) ? usual : "/sys/firmware/devicetree/base";
}

std::vector<std::string> tree_texts(const host::Host& host, const std::string& property) {
  const host::HostText text = host.read(property, 4096);
  std::vector<std::string> list;
  std::size_t begin = 0;
  while (begin < text.text.size()) {
    const std::size_t end = std::min(text.text.find('\0', begin), text.text.size());
    if (end > begin) list.push_back(text.text.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

std::vector<TreeNode> npu_tree_nodes(const host::Host& host) {
  const std::string root = tree_root(host);
  std::vector<TreeNode> nodes;
  for (const char* name : names) {
    for (const char* parent : parents) {
      const std::string path = root + parent + name;
      if (!host.has(path)) continue;
      TreeNode node{name, tree_texts(host, path + "/compatible"), "okay"};
      if (const auto status = tree_texts(host, path + "/status"); !status.empty())
        node.status = status.front();
      nodes.push_back(std::move(node));
      break;
    }
  }
  return nodes;
}

}  // namespace npuscope::audit
