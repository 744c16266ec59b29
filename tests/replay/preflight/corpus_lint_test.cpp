// Lint of every public capture and model: clean, but for findings that are documented here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "replay/preflight/lint.h"
#include "replay/preflight/rules.h"
#include "tests/support/manifest.h"

namespace npuscope::testing {
namespace {

struct Known {
  std::string_view file, rule;
  std::string_view why;
};

// Errors, unsafe findings and warnings of the corpus. Notes are not listed.
constexpr Known known[] = {
    {"live-logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log",
     "KABI-L29", "the shape that public notes accuse of spoiling the job after it"},
    {"rknn/rk3588/nsbb/sub_after_block0.rknn", "HWM-L1",
     "the compiler's defect that its author saw as zeros on a board"},
};

// "file rule" of every finding above a note.
std::set<std::string> findings_of(const ManifestRow& row, std::set<std::string>& evaluated) {
  std::set<std::string> found;
  const auto inputs = open_input(row.full_path(), RegisterDb::builtin());
  if (!inputs) return found;  // refused files have tests of their own
  for (const Opened& input : *inputs) {
    const preflight::LintReport report = preflight::lint(input, {});
    for (const preflight::Finding& finding : report.findings)
      if (finding.severity != preflight::Severity::note)
        found.insert(fmt::format("{} {}", row.path, finding.rule->id));
    for (const preflight::RuleOutcome& outcome : report.outcomes)
      if (outcome.checked > 0) evaluated.insert(std::string(outcome.rule->id));
  }
  return found;
}

TEST(CorpusLint, OnlyDocumentedFindings) {
  NPUSCOPE_NEEDS_CORPUS();
  std::set<std::string> found, expected, evaluated;
  for (const ManifestRow& row : manifest()) found.merge(findings_of(row, evaluated));
  for (const Known& finding : known)
    expected.insert(fmt::format("{} {}", finding.file, finding.rule));
  EXPECT_EQ(found, expected);
  // A clean result says something only of rules that had something to look at. No public log has a
  // task table together with the entries of its submit.
  std::set<std::string> silent;
  for (const preflight::Rule& rule : preflight::all_rules())
    if (rule.scope != preflight::Scope::device && !evaluated.contains(std::string(rule.id)))
      silent.insert(std::string(rule.id));
  EXPECT_EQ(silent, (std::set<std::string>{"SCHED-L9", "SCHED-L9-part"}));
}

}  // namespace
}  // namespace npuscope::testing
