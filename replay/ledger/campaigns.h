// What the sweeps of others said, added up: how many names ended how, and why names were fenced.
//
//   for (const Campaign& campaign : campaigns(ledger))
//     ... campaign.name, campaign.statuses.at("PASS"), campaign.fences ...
#pragma once

#include <map>
#include <string>
#include <vector>

#include "replay/ledger/ledger.h"

namespace npuscope::ledger {

struct Campaign {
  std::string name;
  std::size_t rows = 0;
  std::map<std::string, std::size_t> statuses;
  std::map<Fence, std::size_t> fences;
};

// By name.
[[nodiscard]] std::vector<Campaign> campaigns(const Ledger& ledger);

}  // namespace npuscope::ledger
