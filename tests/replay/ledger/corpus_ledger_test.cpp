// The ledger of the corpus says what is on record: every result of every sweep, every capture, and
// what is missing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "replay/ledger/campaigns.h"
#include "replay/ledger/import.h"
#include "replay/ledger/next.h"
#include "replay/ledger/status.h"
#include "tests/support/manifest.h"

namespace npuscope::ledger {
namespace {

using npuscope::testing::corpus_path;

const Imported& corpus() {
  static const Imported imported = import_input(corpus_path("MANIFEST.csv"));
  return imported;
}

const Ledger& corpus_ledger() {
  static const Ledger ledger = make_ledger(corpus().entries);
  return ledger;
}

const std::vector<ShapeStatus>& statuses() {
  static const std::vector<ShapeStatus> all = assess(corpus_ledger());
  return all;
}

const ShapeStatus& status_of(std::string_view key) {
  return *std::ranges::find(statuses(), key, &ShapeStatus::key);
}

const Campaign& campaign(std::string_view name) {
  static const std::vector<Campaign> all = campaigns(corpus_ledger());
  for (const Campaign& each : all)
    if (each.name.find(name) != std::string::npos) return each;
  static const Campaign none;
  return none;
}

using Counts = std::map<std::string, std::size_t>;

TEST(CorpusLedger, RecordedStatesOfTheSweeps) {
  NPUSCOPE_NEEDS_CORPUS();
  EXPECT_EQ(campaign("status_seed").statuses, (Counts{{"PASS", 145}, {"FENCED", 72}}));
  EXPECT_EQ(campaign("conv_py_217_sweep").statuses, (Counts{{"PASS", 136}, {"FENCED", 81}}));
  const Counts first{{"PASS", 152}, {"FAIL", 59}, {"ERROR", 6}}, newest{{"PASS", 217}};
  EXPECT_EQ(campaign("grok_first_20260710_104525").statuses, first);
  EXPECT_EQ(campaign("20260710_104525_detail").statuses, first);
  EXPECT_EQ(campaign("sweep_live").statuses, first);
  EXPECT_EQ(campaign("status_newest").statuses, newest);
  EXPECT_EQ(campaign("150352_detail").statuses, newest);
  EXPECT_EQ(campaign("150352_summary").statuses, newest);
}

// schedules.md 11.2: 24 + 14 + 19 + 7 + 3 + 3 + 1 + 1.
TEST(CorpusLedger, FencesAsReasons) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::map<Fence, std::size_t> expected{
      {{FenceCause::no_capture, "kernels", ""}, 24},
      {{FenceCause::not_in_table, "kernels", "depthwise"}, 14},
      {{FenceCause::not_in_table, "rows and kernels", "depthwise"}, 19},
      {{FenceCause::unresolved, "rows and kernels", ""}, 7},
      {{FenceCause::not_in_table, "rows", "depthwise"}, 3},
      {{FenceCause::no_capture, "none", "pointwise"}, 3},
      {{FenceCause::no_capture, "rows", "pointwise"}, 1},
      {{FenceCause::crash, "", ""}, 1}};
  EXPECT_EQ(campaign("status_seed").fences, expected);
}

TEST(CorpusLedger, SevenNamesHaveNoCaptureAnywhere) {
  NPUSCOPE_NEEDS_CORPUS();
  std::set<std::string> fenced, missing;
  for (const Entry& entry : corpus_ledger().entries)
    if (const auto* report = std::get_if<ReportEvidence>(&entry.evidence))
      if (report->campaign == "status_seed" && report->fence) fenced.insert(report->name);
  for (const ShapeStatus& status : statuses())
    for (const Reason& reason : status.programs[0].reasons)
      if (reason.code == ReasonCode::searched)
        missing.insert(status.names.begin(), status.names.end());
  EXPECT_EQ(missing, (std::set<std::string>{"conv2d_cc_b1_c256_h28_w28_oc256_wic256_k1x1_g1",
                                            "b1_c256_h28_w28_oc256_wic256_k1x1_g1",
                                            "conv2d_cc_b1_c1024_h7_w7_oc1024_wic1_k7x7_g1024",
                                            "b1_c1024_h7_w7_oc1024_wic1_k7x7_g1024",
                                            "b1_c576_h20_w20_oc576_wic1_k5x5_g576_s1_pvalid",
                                            "b1_c768_h20_w20_oc768_wic1_k3x3_g768_s1_pvalid",
                                            "b1_c960_h10_w10_oc960_wic1_k5x5_g960_s1_pvalid"}));
  // All of them among the 72 of which the notes say that each was captured.
  EXPECT_TRUE(std::ranges::includes(fenced, missing));
}

// The table of the corpus says which names have a capture in it, by geometry.
TEST(CorpusLedger, CapturesStandWithTheirGeometry) {
  NPUSCOPE_NEEDS_CORPUS();
  std::ifstream file(corpus_path("shapes_217.csv"));
  std::string line;
  std::getline(file, line);
  const auto columns = npuscope::testing::csv_cells(line);
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin());
  };
  std::size_t captured = 0;
  while (std::getline(file, line)) {
    const auto cells = npuscope::testing::csv_cells(line);
    const bool listed = !cells[column("capture_json")].empty() || !cells[column("raw_log")].empty();
    const std::string& name = cells[column("name")];
    for (const ShapeStatus& status : statuses())
      if (std::ranges::find(status.names, name) != status.names.end() && listed) {
        EXPECT_GE(status.captures, 1U) << name;
        EXPECT_NE(status.programs[0].status, Status::no_capture) << name;
        ++captured;
      }
  }
  EXPECT_GE(captured, 30U);
}

TEST(CorpusLedger, EveryComparedCaptureIsEqualToTheGeneratedProgram) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t captures = 0, nodes = 0;
  for (const Entry& entry : corpus_ledger().entries) {
    const auto* capture = std::get_if<CaptureEvidence>(&entry.evidence);
    if (capture == nullptr || capture->unit == Unit::tasks) continue;
    if (capture->kind == "EMIT text") {
      // A first layer whose runtime converts the pixels: 42 fields of CNA_CVT_CON0 and CON5, and
      // six links that the text left out.
      std::uint64_t differences = 0;
      for (const ProgramDifference& program : capture->programs) differences += program.counted();
      EXPECT_EQ(differences, 48U);
      continue;
    }
    for (const ProgramDifference& program : capture->programs)
      EXPECT_EQ(program.counted(), 0U) << entry.source.name << ", " << entry.source.part;
    (capture->in_network ? nodes : captures) += 1;
  }
  std::printf("%zu captures, %zu nodes of networks\n", captures, nodes);
  EXPECT_GE(captures, 40U);
  EXPECT_GE(nodes, 300U);
}

TEST(CorpusLedger, SlugsThatLieDoNotMixGeometries) {
  NPUSCOPE_NEEDS_CORPUS();
  // c256_h28_oc256 is depthwise 3x3: the pointwise shape of that slug has none.
  EXPECT_EQ(status_of("b1_c256_h28_w28_oc256_wic256_k1x1_g1").captures, 0U);
  const ShapeStatus& depthwise = status_of("b1_c256_h28_w28_oc256_wic1_k3x3_g256");
  EXPECT_EQ(depthwise.captures, 1U) << "three files of one content";
  EXPECT_EQ(std::ranges::count_if(depthwise.entries,
                                  [](const Entry* entry) {
                                    return std::holds_alternative<CaptureEvidence>(entry->evidence);
                                  }),
            3);
}

TEST(CorpusLedger, EveryFileIsThereOrRefusedWithAReason) {
  NPUSCOPE_NEEDS_CORPUS();
  std::set<std::string> seen;
  for (const Entry& entry : corpus().entries) {
    seen.insert(entry.source.name);
    EXPECT_FALSE(entry.source.origin.empty()) << entry.source.name;
    EXPECT_EQ(entry.source.hash.size(), 32U);
  }
  for (const Error& error : corpus().refused)
    for (const auto& row : npuscope::testing::manifest())
      if (error.where.find(row.path) != std::string::npos) seen.insert(row.path);
  for (const auto& row : npuscope::testing::manifest())
    EXPECT_TRUE(seen.contains(row.path)) << row.path << ": left out in silence";
}

TEST(CorpusLedger, ImportingTheCorpusAgainAddsNothing) {
  NPUSCOPE_NEEDS_CORPUS();
  std::vector<Entry> twice = corpus().entries;
  twice.insert(twice.end(), corpus().entries.begin(), corpus().entries.end());
  EXPECT_EQ(text_of(make_ledger(twice)), text_of(corpus_ledger()));
}

TEST(CorpusLedger, NextCapturesHaveReasons) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto next = next_captures(statuses());
  ASSERT_FALSE(next.empty());
  std::size_t without = 0;
  for (const ShapeStatus& status : statuses())
    without += status.captures == 0 && !status.names.empty() &&
                       status.programs[0].status != Status::crash_fenced
                   ? 1
                   : 0;
  EXPECT_GE(next.size() + 1, without);
  for (const Suggestion& suggestion : next) EXPECT_FALSE(suggestion.reasons.empty());
  EXPECT_TRUE(std::ranges::is_sorted(next, std::greater<>(), &Suggestion::score));
}

}  // namespace
}  // namespace npuscope::ledger
