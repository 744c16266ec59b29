// Which capture would tell most: the one with most that nobody has seen, and what it shows counts
// once.
#include "replay/ledger/next.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "replay/shape/shape_names.h"

namespace npuscope::ledger {
namespace {

bool has(const std::vector<std::string>& list, std::string_view part) {
  return std::ranges::any_of(list, [&](const std::string& s) { return s.starts_with(part); });
}

TEST(Traits, SayWhatAProgramRestsOn) {
  // schedules.md 12.1: two records, kernels on two cores, rows on three.
  const auto pointwise = traits_of(*parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1"));
  EXPECT_TRUE(has(pointwise, "pointwise, split kernels / rows on 2 / 3 cores"));
  EXPECT_TRUE(has(pointwise, "pointwise, two records on one core"));
  // 12.3: weights that do not fit.
  const auto spatial = traits_of(*parse_shape("b1_c160_h40_w40_oc320_wic160_k3x3_g1"));
  EXPECT_TRUE(has(spatial, "spatial, weights that do not fit"));
  // 12.5: six records, in blocks and rows.
  const auto depthwise = traits_of(*parse_shape("b1_c64_h112_w112_oc64_wic1_k3x3_g64"));
  EXPECT_TRUE(has(depthwise, "depthwise 3x3 in channel blocks and rows"));
  EXPECT_TRUE(has(depthwise, "depthwise, short records on one core"));
  EXPECT_TRUE(has(depthwise, "depthwise, several parts in turn for each core"));
  const auto batch = traits_of(*parse_shape("b2_c4_h9_w9_oc4_wic4_k3x3_g1"));
  EXPECT_TRUE(has(batch, "a batch"));
  EXPECT_TRUE(has(batch, "not the vendor's: "));
}

TEST(Next, WithoutEvidenceEveryGeometryOfTheListIsOpen) {
  const Ledger empty;
  const auto statuses = assess(empty);
  const auto next = next_captures(statuses);
  EXPECT_EQ(next.size(), 190U);
  EXPECT_TRUE(std::ranges::is_sorted(next, std::greater<>(), &Suggestion::score));
  // What the first would show is no reason for the others.
  std::map<std::string, int> firsts;
  for (const Suggestion& suggestion : next)
    for (const std::string& reason : suggestion.reasons)
      if (reason.starts_with("never captured")) ++firsts[reason];
  for (const auto& [reason, count] : firsts) EXPECT_EQ(count, 1) << reason;
  EXPECT_TRUE(next_runs(statuses).empty()) << "nothing is compared or simulated";
}

TEST(Next, ACaptureTakesItsTraitsOutOfTheQuestion) {
  const std::string key = "b1_c32_h14_w14_oc128_wic32_k3x3_g1";
  const auto statuses_with = [&](Unit unit) {
    Ledger empty;
    auto first = assess(empty);
    CaptureEvidence evidence;
    evidence.unit = unit;
    evidence.program = std::ranges::find(first, key, &ShapeStatus::key)->program;
    for (unsigned cores = 1; cores <= 3; ++cores) evidence.programs.push_back({cores, 9, 0, {}});
    return make_ledger({{key, {"x", "h", "", ""}, evidence}});
  };
  const auto reasons_of = [](const Ledger& ledger) {
    std::string all;
    for (const Suggestion& s : next_captures(assess(ledger)))
      for (const std::string& reason : s.reasons) all += reason + "\n";
    return all;
  };
  const std::string trait = "spatial, split kernels / rows on 2 / 3 cores (";
  EXPECT_NE(reasons_of({}).find("never captured: " + trait), std::string::npos);
  const std::string words = reasons_of(statuses_with(Unit::words));
  EXPECT_EQ(words.find(trait), std::string::npos);
  const std::string fields = reasons_of(statuses_with(Unit::fields));
  EXPECT_NE(fields.find("known from registers only, no raw words: " + trait), std::string::npos);
}

}  // namespace
}  // namespace npuscope::ledger
