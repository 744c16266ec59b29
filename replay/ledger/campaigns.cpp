#include "replay/ledger/campaigns.h"

#include <set>

namespace npuscope::ledger {

std::vector<Campaign> campaigns(const Ledger& ledger) {
  std::map<std::string, Campaign> by_name;
  // A file that came in by itself and through a manifest says everything twice.
  std::set<std::pair<std::string, std::string>> counted;
  for (const Entry& entry : ledger.entries) {
    const auto* report = std::get_if<ReportEvidence>(&entry.evidence);
    if (report == nullptr) continue;
    if (!counted.emplace(entry.source.hash, entry.source.part).second) continue;
    Campaign& campaign = by_name[report->campaign];
    campaign.name = report->campaign;
    ++campaign.rows;
    ++campaign.statuses[report->status];
    if (report->fence) ++campaign.fences[*report->fence];
  }
  std::vector<Campaign> all;
  all.reserve(by_name.size());
  for (auto& [name, campaign] : by_name) all.push_back(std::move(campaign));
  return all;
}

}  // namespace npuscope::ledger
