// From evidence to status: one row of facts, one answer; for each program apart.
#include "replay/ledger/status.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay/ledger/generated_side.h"
#include "replay/ledger/searches.h"
#include "replay/preflight/denylist.h"
#include "replay/shape/shape_names.h"

namespace npuscope::ledger {
namespace {

const std::string key = "b1_c32_h14_w14_oc128_wic32_k3x3_g1";

std::string hash_of(const std::string& name) {
  return generated_side(*parse_shape(name))->hash;
}

Entry capture(Unit unit = Unit::words, std::uint64_t values = 0, std::uint64_t grains = 0,
              std::string program = hash_of(key)) {
  CaptureEvidence evidence;
  evidence.kind = "live log";
  evidence.content = std::string(32, unit == Unit::words ? 'a' : 'b');
  evidence.unit = unit;
  evidence.program = std::move(program);
  evidence.one_core_tasks = 1;
  for (unsigned cores = 1; cores <= 3; ++cores) {
    ProgramDifference difference{cores, 100, 0, {}};
    // Only the program for one core differs.
    difference.differences[static_cast<std::size_t>(DifferenceClass::value)] =
        cores == 1 ? values : 0;
    difference.differences[static_cast<std::size_t>(DifferenceClass::performance)] =
        cores == 1 ? grains : 0;
    evidence.programs.push_back(difference);
  }
  return {key, {"capture.log", "h", "", ""}, evidence};
}

Entry simulation(const std::string& name, std::string status = "pass", std::string program = "") {
  SimulationEvidence evidence;
  evidence.program = program.empty() ? hash_of(name) : program;
  evidence.status = std::move(status);
  return {key_of(*parse_shape(name)), {"sweep.jsonl", "h", name, ""}, evidence};
}

RunEvidence good_run() {
  RunEvidence run;
  run.program = generated_side(*parse_shape(key))->executed[0];
  run.cores = 1;
  run.result = RunResult::pass;
  run.ran_tasks = 1;
  run.health_before = run.health_after = "well";
  return run;
}

Entry entry_of(const RunEvidence& run) {
  return {key, {"runs.jsonl", "h", "", ""}, run};
}

// The whole list passes on the simulator: what a sweep of all leaves.
std::vector<Entry> clean_sweep() {
  std::vector<Entry> entries;
  for (const ListedShape* item : distinct_shapes(false))
    entries.push_back(simulation(key_of(item->shape)));
  return entries;
}

ShapeStatus assess_one(std::vector<Entry> entries, const std::string& name = key) {
  static Ledger ledger;  // the status refers to its entries
  ledger = make_ledger(std::move(entries));
  auto statuses = assess(ledger, 1, {name});
  std::erase_if(statuses, [&](const ShapeStatus& status) { return status.key != name; });
  EXPECT_EQ(statuses.size(), 1U);
  return std::move(statuses.front());
}

std::string status_of(std::vector<Entry> entries, unsigned cores = 1) {
  return std::string(name_of(assess_one(std::move(entries)).programs[cores - 1].status));
}

bool has_reason(const ProgramStatus& program, ReasonCode code) {
  return std::ranges::any_of(program.reasons, [&](const Reason& r) { return r.code == code; });
}

TEST(Status, OfAFormulaFromItsEvidence) {
  EXPECT_EQ(status_of({}), "NO_CAPTURE");
  EXPECT_EQ(status_of({simulation(key)}), "NO_CAPTURE");
  EXPECT_EQ(status_of({capture(Unit::tasks)}), "FORMULA");
  EXPECT_EQ(status_of({capture(Unit::words, 3)}), "FORMULA");
  EXPECT_EQ(status_of({capture(Unit::words, 0, 0, "another program")}), "FORMULA");
  EXPECT_EQ(status_of({capture()}), "OFFLINE_EQUAL");
  EXPECT_EQ(status_of({capture(Unit::fields)}), "OFFLINE_EQUAL");
  EXPECT_EQ(status_of({capture(Unit::words, 0, 2)}), "OFFLINE_EQUAL");
}

TEST(Status, EvidenceForOneCoreSaysNothingOfTwo) {
  EXPECT_EQ(status_of({capture(Unit::words, 3)}, 1), "FORMULA");
  EXPECT_EQ(status_of({capture(Unit::words, 3)}, 2), "OFFLINE_EQUAL");
  std::vector<Entry> entries = clean_sweep();
  entries.push_back(capture());
  entries.push_back(entry_of(good_run()));
  EXPECT_EQ(status_of(entries, 1), "PROBED_PASS");
  EXPECT_EQ(status_of(entries, 2), "OFFLINE_EQUAL");
  EXPECT_EQ(status_of(entries, 3), "OFFLINE_EQUAL");
}

TEST(Status, LabelsSayHowEqual) {
  EXPECT_EQ(assess_one({capture()}).programs[0].label, "words");
  EXPECT_EQ(assess_one({capture(Unit::fields)}).programs[0].label, "fields");
  EXPECT_EQ(assess_one({capture(Unit::words, 0, 2)}).programs[0].label, "words, except grains");
  EXPECT_EQ(assess_one({capture(Unit::words, 0, 2), capture(Unit::fields)}).programs[0].label,
            "words, except grains");
}

TEST(Status, OneThatDiffersIsNotHiddenByOneThatIsEqual) {
  const auto status = assess_one({capture(Unit::words, 3), capture(Unit::fields)});
  EXPECT_EQ(status.captures, 2U);
  EXPECT_TRUE(has_reason(status.programs[0], ReasonCode::differs));
  // Nor does it help a promotion.
  EXPECT_FALSE(status.programs[0].promotion[0].met);
}

TEST(Status, APromotionNeedsEveryCondition) {
  const auto with = [](std::vector<Entry> entries, const RunEvidence& run) {
    entries.push_back(entry_of(run));
    return status_of(std::move(entries));
  };
  std::vector<Entry> all = clean_sweep();
  EXPECT_EQ(with(all, good_run()), "PROBED_PASS") << "the simulator stands in for a capture";
  all.push_back(capture());
  EXPECT_EQ(with(all, good_run()), "PROBED_PASS");

  EXPECT_EQ(with({capture()}, good_run()), "OFFLINE_EQUAL") << "no sweep of the list";
  std::vector<Entry> one_failed = all;
  one_failed.erase(one_failed.begin());
  EXPECT_EQ(with(one_failed, good_run()), "OFFLINE_EQUAL") << "one shape of the list is missing";

  const auto lacking = [&](auto change) {
    RunEvidence run = good_run();
    change(run);
    return with(all, run);
  };
  EXPECT_EQ(lacking([](RunEvidence& r) { r.health_before = ""; }), "OFFLINE_EQUAL");
  EXPECT_EQ(lacking([](RunEvidence& r) { r.health_after = "polluted"; }), "OFFLINE_EQUAL");
  EXPECT_EQ(lacking([](RunEvidence& r) { r.result = RunResult::not_compared; }), "OFFLINE_EQUAL");
  EXPECT_EQ(lacking([](RunEvidence& r) { r.ran_tasks = 2; }), "OFFLINE_EQUAL");
  EXPECT_EQ(lacking([](RunEvidence& r) { r.cores = 2; }), "OFFLINE_EQUAL");
  EXPECT_EQ(lacking([](RunEvidence& r) { r.program = "older"; }), "OFFLINE_EQUAL");
}

TEST(Status, RunsThatWentWrong) {
  const auto after = [](RunResult result) {
    RunEvidence run = good_run();
    run.result = result;
    std::vector<Entry> entries = clean_sweep();
    entries.push_back(capture());
    entries.push_back(entry_of(good_run()));
    entries.push_back(entry_of(run));
    return status_of(std::move(entries));
  };
  EXPECT_EQ(after(RunResult::wrong_values), "PROBED_FAIL");
  EXPECT_EQ(after(RunResult::never_written), "PROBED_FAIL");
  EXPECT_EQ(after(RunResult::dispatch_miss), "PROBED_FAIL");
  EXPECT_EQ(after(RunResult::timeout), "PROBED_FAIL");
  EXPECT_EQ(after(RunResult::poisons_next_job), "POISONS_NEXT_JOB");
  EXPECT_EQ(after(RunResult::poisoned_boot), "CRASH_FENCED");
  EXPECT_EQ(after(RunResult::board_lost), "CRASH_FENCED");
  EXPECT_EQ(after(RunResult::unfinished), "PROBED_PASS") << "says nothing";
}

TEST(Status, ACrashCountsWhateverIsGeneratedNow) {
  RunEvidence run = good_run();
  run.program = "older";
  run.result = RunResult::board_lost;
  EXPECT_EQ(status_of({entry_of(run)}), "CRASH_FENCED");
  EXPECT_EQ(status_of({entry_of(run)}, 2), "NO_CAPTURE");
}

TEST(Status, ProgramsOfTheDenylist) {
  for (const preflight::DeniedProgram& denied : preflight::denylist()) {
    if (!parse_encoded_shape(denied.key)) continue;  // the hash of a program
    const std::string name(denied.key);
    const auto status = assess_one({}, name);
    const Status expected = denied.effect == preflight::DeniedEffect::crash
                                ? Status::crash_fenced
                                : Status::poisons_next_job;
    for (const ProgramStatus& program : status.programs) EXPECT_EQ(program.status, expected);
  }
}

TEST(Status, OurOwnSchedulesNeedTheSimulator) {
  const std::string batch = "b2_c4_h9_w9_oc4_wic4_k3x3_g1";
  EXPECT_EQ(assess_one({}, batch).programs[0].status, Status::unknown);
  EXPECT_EQ(assess_one({simulation(batch)}, batch).programs[0].status, Status::fallback);
  EXPECT_EQ(assess_one({simulation(batch, "pass", "older")}, batch).programs[0].status,
            Status::unknown);
  EXPECT_EQ(assess_one({simulation(batch, "wrong-values")}, batch).programs[0].status,
            Status::unknown);
}

TEST(Status, WhatCannotBeGeneratedIsUnknownAndSaysWhy) {
  const std::string huge = "b1_c65535_h65535_w65535_oc65535_wic65535_k1x1_g1";
  const auto status = assess_one({}, huge);
  EXPECT_EQ(status.programs[0].status, Status::unknown);
  EXPECT_TRUE(has_reason(status.programs[0], ReasonCode::not_generated));
  EXPECT_EQ(status.program, "");
}

TEST(Status, ASubmitThatRunsLessIsNamed) {
  Entry entry = capture();
  auto& evidence = std::get<CaptureEvidence>(entry.evidence);
  evidence.one_core_tasks = 2;
  evidence.ran_tasks = 1;
  const auto status = assess_one({entry});
  EXPECT_TRUE(has_reason(status.programs[0], ReasonCode::incomplete_submit));
  EXPECT_FALSE(has_reason(status.programs[1], ReasonCode::incomplete_submit));
}

TEST(Status, NodesOfNetworksAreNoCapturesOfTheProgram) {
  Entry entry = capture();
  std::get<CaptureEvidence>(entry.evidence).in_network = true;
  const auto status = assess_one({entry});
  EXPECT_EQ(status.programs[0].status, Status::no_capture);
  EXPECT_EQ(status.captures, 0U);
  EXPECT_TRUE(has_reason(status.programs[0], ReasonCode::in_network));
}

TEST(Status, TheWholeListHasAnAnswer) {
  const Ledger ledger = make_ledger({simulation("b1_c8_h4_w4_oc16_wic8_k1x1_g1"), simulation(key)});
  const auto statuses = assess(ledger);
  const auto count = [&](Shapes shapes) {
    return std::ranges::count_if(statuses,
                                 [&](const ShapeStatus& s) { return belongs_to(s, shapes); });
  };
  EXPECT_EQ(count(Shapes::all), 191);
  EXPECT_EQ(count(Shapes::listed), 190);
  EXPECT_EQ(count(Shapes::known), 2);
}

TEST(Searches, AreShapesOfTheListSevenNames) {
  std::size_t names = 0;
  for (const Search& search : searches())
    for (const ListedShape& item : shape_list())
      names += item.listed && key_of(item.shape) == search.key ? 1 : 0;
  EXPECT_EQ(names, 7U);
  EXPECT_EQ(find_search("b1"), nullptr);
}

}  // namespace
}  // namespace npuscope::ledger
