// What a report counts, and that a report of nothing wrong is worth something.
#include "replay/preflight/lint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "regdb/register_fields.h"
#include "replay/generate/generated.h"
#include "replay/preflight/denylist.h"
#include "replay/preflight/rules.h"
#include "replay/shape/shape_list.h"
#include "tests/support/patched_program.h"

namespace npuscope::testing {
namespace {

using preflight::LintOptions;
using preflight::LintReport;
using preflight::RuleState;

constexpr const char* shape = "b1_c64_h112_w112_oc64_wic1_k3x3_g64";

const preflight::RuleOutcome& outcome_of(const LintReport& report, std::string_view id) {
  return *std::find_if(report.outcomes.begin(), report.outcomes.end(),
                       [&](const preflight::RuleOutcome& o) { return o.rule->id == id; });
}

// All that the vendor's formulas and ours generate passes, and nothing but what the denylist names.
TEST(Lint, EveryListedShapeIsGeneratedClean) {
  std::size_t denied = 0;
  for (const ListedShape* listed : distinct_shapes(false)) {
    const auto made = generate_program(listed->shape, {});
    ASSERT_TRUE(made) << listed->name << ": " << made.error().text();
    const Opened opened = open_capture(capture_of(*made), RegisterDb::builtin());
    for (const preflight::Finding& finding : preflight::lint(opened, {}).findings) {
      if (finding.severity == preflight::Severity::note) continue;
      EXPECT_EQ(finding.rule->id, "KABI-L29") << listed->name << ": " << finding.found;
      ++denied;
    }
  }
  EXPECT_EQ(denied, preflight::denylist().size());
}

TEST(Lint, FindingsBeyondTheLimitAreCounted) {
  PatchedProgram program(shape);
  for (std::size_t i = 0; i < program.tasks(); ++i)
    if (program.has(i, reg::CNA_CBUF_CON0)) program.set(i, reg::CNA_CBUF_CON0, 0x87);
  const LintReport all = preflight::lint(program.open(), {});
  LintOptions options;
  options.findings_per_rule = 2;
  const LintReport few = preflight::lint(program.open(), options);
  EXPECT_EQ(outcome_of(few, "HW-E2").found, outcome_of(all, "HW-E2").found);
  EXPECT_GT(outcome_of(few, "HW-E2").found, 10U);
  EXPECT_EQ(few.count(preflight::Severity::error), all.count(preflight::Severity::error));
  EXPECT_EQ(std::count_if(few.findings.begin(), few.findings.end(),
                          [](const preflight::Finding& f) { return f.rule->id == "HW-E2"; }),
            2);
}

TEST(Lint, LostWordsAreNotEvaluatedAndNeverPass) {
  PatchedProgram program(shape);
  const LintReport whole = preflight::lint(program.open(), {});
  EXPECT_EQ(outcome_of(whole, "HW-E2").not_judged(), 0U);
  program.set(1, reg::CNA_CBUF_CON0, 0x87);
  program.lose(1, 0, program.task(1).regcfg_amount);
  const LintReport lost = preflight::lint(program.open(), {});
  EXPECT_EQ(outcome_of(lost, "HW-E2").state(), RuleState::passed);
  EXPECT_LT(outcome_of(lost, "HW-E2").checked, outcome_of(whole, "HW-E2").checked);
  EXPECT_GT(outcome_of(lost, "HW-E2").not_judged(), 0U);
  for (std::size_t i = 0; i < program.tasks(); ++i) program.lose(i, 0, 30);
  const LintReport nothing = preflight::lint(program.open(), {});
  EXPECT_EQ(outcome_of(nothing, "HW-E2").state(), RuleState::not_evaluated);
}

TEST(Lint, DenyAndAllowChangeTheDegreeAndDenyWins) {
  PatchedProgram program(shape);
  program.submit().flags = 7;  // NONBLOCK: unsafe
  const preflight::Rule* rule = preflight::find_rule("nonblock");
  EXPECT_TRUE(preflight::lint(program.open(), {}).failed());
  LintOptions allowed;
  allowed.allowed = {rule};
  EXPECT_FALSE(preflight::lint(program.open(), allowed).failed());
  allowed.denied = {rule};
  EXPECT_EQ(preflight::lint(program.open(), allowed).count(preflight::Severity::error), 1U);
}

TEST(Lint, WorstFindingsComeFirst) {
  PatchedProgram program(shape);
  program.submit().flags = 7;
  program.set(0, reg::CNA_CBUF_CON0, 0x87);
  const LintReport report = preflight::lint(program.open(), {});
  EXPECT_TRUE(std::is_sorted(report.findings.begin(), report.findings.end(),
                             [](const preflight::Finding& a, const preflight::Finding& b) {
                               return a.severity > b.severity;
                             }));
  EXPECT_EQ(report.findings.front().severity, preflight::Severity::error);
}

TEST(Lint, UnknownRulesAreNamed) {
  const auto rules = preflight::rules_named({"bank-sum", "HW-E99"});
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().text(), "there is no rule `HW-E99` (`npuscope lint --list` lists them)");
}

// The address of the task is written into the buffer that the submit names, and the driver reads
// it: entries that no table test would accept are judged as the driver sees them.
TEST(Lint, TheLastMaskIsJudgedWhereNoTableTestAcceptsTheEntry) {
  for (const std::uint32_t mask : {0U, 0x100U, 0x200U, 0x303U, 0x1000U}) {
    PatchedProgram program(shape);
    program.task(5, [&](Task& task) { task.int_mask = mask; });
    const LintReport report = preflight::lint(program.open(), {});
    EXPECT_EQ(outcome_of(report, "KABI-L11").state(), RuleState::found) << mask;
  }
}

// Any word may be anything: every rule still comes to an end and has an outcome.
TEST(Lint, AnyWordMayBeAnything) {
  PatchedProgram program(shape);
  for (std::size_t i = 0; i < program.words(); i += 19) {
    for (const std::uint64_t bits : {~std::uint64_t{0}, std::uint64_t{0x8000} << 16U,
                                     std::uint64_t{0xffffffff} << 16U, std::uint64_t{4}}) {
      program.flip(i, bits);
      EXPECT_EQ(preflight::lint(program.open(), {}).outcomes.size(), preflight::all_rules().size());
      program.flip(i, bits);
    }
  }
}

}  // namespace
}  // namespace npuscope::testing
