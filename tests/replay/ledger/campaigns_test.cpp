// What sweeps of other people's clients said, counted.
#include "replay/ledger/campaigns.h"

#include <gtest/gtest.h>

namespace npuscope::ledger {
namespace {

Entry report(const std::string& part, const std::string& origin, const std::string& status) {
  ReportEvidence said;
  said.campaign = "july";
  said.status = status;
  Entry entry;
  entry.source = {"shapes.csv", "0123", part, origin};
  entry.evidence = said;
  return entry;
}

TEST(Campaigns, CountAFileOnceThatCameInByItselfAndThroughAManifest) {
  Ledger ledger;
  ledger.entries = {report("line 2", "", "PASS"), report("line 2", "somebody/sweeps", "PASS"),
                    report("line 3", "", "FENCED"), report("line 4", "", "PASS")};
  const auto all = campaigns(ledger);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].rows, 3U);
  EXPECT_EQ(all[0].statuses.at("PASS"), 2U);
  EXPECT_EQ(all[0].statuses.at("FENCED"), 1U);
}

}  // namespace
}  // namespace npuscope::ledger
