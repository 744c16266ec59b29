#include "decoder/compare/cause_roots.h"

namespace npuscope {

void CauseRoots::add(const ShownCauses& shown) {
  Node& node = nodes_[shown.node];
  for (const CauseIndex cause : shown.causes) node[cause].insert(shown.cores);
}

bool CauseRoots::shows(std::uint64_t node, CauseIndex cause) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && found->second.contains(cause);
}

// The program for one core cuts depthwise layers into blocks of channels, the others cut kernels:
// what both show comes from the network.
bool CauseRoots::of_the_layer(const Node& node, CauseIndex cause) const {
  if (!groups_[cause].layer) return false;
  const std::set<unsigned>& cores = node.at(cause);
  return cores.contains(1) == cores_.contains(1) && (cores.size() > 1 || cores_.size() == 1);
}

// The groups stand in the order of cause and consequence, so that two which may follow from each
// other do not: the later one is the cause only if the network asks for it.
void CauseRoots::decide_one(const Node& shown, CauseIndex cause) {
  bool root = true;
  if (!of_the_layer(shown, cause)) {
    for (const auto& [from, cores] : shown) {
      if (!groups_.may_follow(cause, from)) continue;
      if (from > cause && !of_the_layer(shown, from)) continue;
      direct_[cause].insert(from);
      root = false;
    }
  }
  if (root) roots_.insert(cause);
}

void CauseRoots::decide() {
  direct_.assign(groups_.size(), {});
  follows_.assign(groups_.size(), {});
  Node anywhere;
  for (const auto& [node, shown] : nodes_) {
    for (const auto& [cause, cores] : shown) {
      anywhere[cause].insert(cores.begin(), cores.end());
      if (!groups_[cause].elsewhere) decide_one(shown, cause);
    }
  }
  for (const auto& [cause, cores] : anywhere)
    if (groups_[cause].elsewhere) decide_one(anywhere, cause);
  for (const auto& [cause, cores] : anywhere)
    if (!is_root(cause)) follows_[cause] = roots_behind(cause);
}

std::set<CauseIndex> CauseRoots::roots_behind(CauseIndex cause) const {
  std::set<CauseIndex> seen{cause}, roots;
  std::vector<CauseIndex> open{cause};
  while (!open.empty()) {
    const CauseIndex at = open.back();
    open.pop_back();
    if (is_root(at)) {
      roots.insert(at);
      continue;
    }
    for (const CauseIndex from : direct_[at])
      if (seen.insert(from).second) open.push_back(from);
  }
  return roots;
}

}  // namespace npuscope
