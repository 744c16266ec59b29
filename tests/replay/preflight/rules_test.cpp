// Every rule of the table is tripped by one program, exactly, and not by another that is close.
#include "replay/preflight/rules.h"

#include <gtest/gtest.h>

#include <set>

#include "replay/preflight/lint.h"
#include "tests/replay/preflight/rule_cases.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
// For the reports of failures.
static void PrintTo(const ProgramCase& test, std::ostream* out) {
  *out << test.rule;
}
static void PrintTo(const ModelCase& test, std::ostream* out) {
  *out << test.rule;
}

namespace {

using Ids = std::set<std::string>;

Ids fired(const Opened& opened, const preflight::DeviceFacts& device) {
  preflight::LintOptions options;
  options.device = device;
  Ids ids;
  for (const preflight::Finding& finding : preflight::lint(opened, options).findings)
    ids.insert(std::string(finding.rule->id));
  return ids;
}

Ids fired(const ProgramCase& test, const std::function<void(PatchedProgram&)>& change) {
  PatchedProgram program(test.shape);
  if (change) change(program);
  return fired(program.open(), program.device);
}

Ids without(Ids ids, const Ids& others) {
  for (const std::string& id : others) ids.erase(id);
  return ids;
}

Ids expected_of(const std::string& rule, const std::vector<std::string>& also) {
  Ids expected(also.begin(), also.end());
  expected.insert(rule);
  return expected;
}

std::vector<ProgramCase> program_level_cases() {
  std::vector<ProgramCase> all;
  for (const auto& cases : {submit_cases(), task_cases(), record_cases(), program_cases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

std::string test_name(std::string rule) {
  std::replace(rule.begin(), rule.end(), '-', '_');
  return rule;
}

class ProgramRule : public ::testing::TestWithParam<ProgramCase> {};

TEST_P(ProgramRule, IsTrippedByOneProgramAndNotByAnother) {
  const ProgramCase& test = GetParam();
  ASSERT_NE(preflight::find_rule(test.rule), nullptr);
  const Ids base = fired(test, {});
  EXPECT_EQ(without(fired(test, test.trip), base), expected_of(test.rule, test.also));
  EXPECT_FALSE(fired(test, test.near).contains(test.rule));
}

INSTANTIATE_TEST_SUITE_P(Rules, ProgramRule, ::testing::ValuesIn(program_level_cases()),
                         [](const auto& test) { return test_name(test.param.rule); });

class ModelRule : public ::testing::TestWithParam<ModelCase> {};

Ids fired(const ModelChange& change) {
  SyntheticModel model = small_convolution();
  if (change.model) change.model(model);
  std::vector<std::byte> bytes = write_rknn(model);
  if (change.bytes) {
    const auto untouched = read_rknn(as_file(bytes));
    if (!untouched) return {untouched.error().text()};
    change.bytes(*untouched, bytes);
  }
  auto capture = read_rknn(as_file(bytes));
  if (!capture) return {capture.error().text()};
  if (change.capture) change.capture(*capture);
  return fired(open_capture(std::move(*capture), RegisterDb::builtin()), {});
}

// A synthetic model leaves most registers zero, about which rules have much to say: what counts is
// the difference of two models.
TEST_P(ModelRule, IsTrippedByOneModelAndNotByAnother) {
  const ModelCase& test = GetParam();
  ASSERT_NE(preflight::find_rule(test.rule), nullptr);
  const Ids near = fired(test.near);
  EXPECT_EQ(without(fired(test.trip), near), expected_of(test.rule, test.also));
  EXPECT_FALSE(near.contains(test.rule));
}

INSTANTIATE_TEST_SUITE_P(Rules, ModelRule, ::testing::ValuesIn(model_cases()),
                         [](const auto& test) { return test_name(test.param.rule); });

TEST(Rules, EachHasAProgramThatTripsItAndOneThatDoesNot) {
  Ids tested;
  for (const ProgramCase& test : program_level_cases()) tested.insert(test.rule);
  for (const ModelCase& test : model_cases()) tested.insert(test.rule);
  for (const preflight::Rule& rule : preflight::all_rules())
    EXPECT_TRUE(tested.contains(std::string(rule.id))) << rule.id << " has no case";
}

TEST(Rules, HaveDifferentIdsAndNamesAndSayWhatTheyAreAbout) {
  Ids ids;
  for (const preflight::Rule& rule : preflight::all_rules()) {
    EXPECT_TRUE(ids.insert(std::string(rule.id)).second) << rule.id;
    EXPECT_TRUE(ids.insert(std::string(rule.name)).second) << rule.name;
    EXPECT_NE(rule.check, nullptr) << rule.id;
    for (const std::string_view text : {rule.title, rule.reason, rule.source, rule.remedy})
      EXPECT_FALSE(text.empty()) << rule.id;
  }
}

TEST(Rules, AreFoundByIdNameAndTheIdsOfOtherDocuments) {
  const preflight::Rule* rule = preflight::find_rule("HW-E2");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(preflight::find_rule("bank-sum"), rule);
  EXPECT_EQ(preflight::find_rule("sched-l1"), rule);
  EXPECT_EQ(preflight::find_rule("SCHED-L5"), preflight::find_rule("reuse-legal"));
  EXPECT_EQ(preflight::find_rule("KABI-X10"), preflight::find_rule("reuse-legal"));
  for (const char* nobody : {"", "HW", "HW-E", "SCHED-L1 ", "SCHED"})
    EXPECT_EQ(preflight::find_rule(nobody), nullptr) << nobody;
}

}  // namespace
}  // namespace npuscope::testing
