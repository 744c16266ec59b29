// Which causes are roots, and which follow from others: decided for each node of the network.
//
//   CauseRoots roots(groups, {1, 2, 3});
//   roots.add({node, 1, {kernel_size, tile_height}});    // what a record of the 1-core program
//   shows roots.decide();   roots.is_root(kernel_size);   roots.follows(tile_height)
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "decoder/compare/cause_groups.h"

namespace npuscope {

// The causes that one pair of records shows.
struct ShownCauses {
  std::uint64_t node = 0;  // equal for the records of one node
  unsigned cores = 0;      // of the program; 0: the whole input
  std::set<CauseIndex> causes;
};

class CauseRoots {
 public:
  // `cores`: the programs that were compared and have records of their own.
  CauseRoots(const CauseGroups& groups, std::set<unsigned> cores)
      : groups_(groups), cores_(std::move(cores)) {}

  void add(const ShownCauses& shown);
  // What a node shows as far as it was added.
  [[nodiscard]] bool shows(std::uint64_t node, CauseIndex cause) const;
  void decide();

  [[nodiscard]] bool is_root(CauseIndex cause) const { return roots_.contains(cause); }
  // The roots that lead to it, directly or through others; empty for a root.
  [[nodiscard]] const std::set<CauseIndex>& follows(CauseIndex cause) const {
    return follows_[cause];
  }

 private:
  using Node = std::map<CauseIndex, std::set<unsigned>>;  // with the programs that show it
  [[nodiscard]] bool of_the_layer(const Node& node, CauseIndex cause) const;
  void decide_one(const Node& shown, CauseIndex cause);
  [[nodiscard]] std::set<CauseIndex> roots_behind(CauseIndex cause) const;

  const CauseGroups& groups_;
  std::set<unsigned> cores_;
  std::map<std::uint64_t, Node> nodes_;
  std::set<CauseIndex> roots_;
  std::vector<std::set<CauseIndex>> direct_;  // what each cause may follow from
  std::vector<std::set<CauseIndex>> follows_;
};

}  // namespace npuscope
