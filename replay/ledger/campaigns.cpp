#include "replay/ledger/campaigns.h"

namespace npuscope::ledger {

std::vector<Campaign> campaigns(const Ledger& ledger) {
  std::map<std::string, Campaign> by_name;
  for (const Entry& entry : ledger.entries) {
    const auto* report = std::get_if<ReportEvidence>(&entry.evidence);
    if (report == nullptr) continue;
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
