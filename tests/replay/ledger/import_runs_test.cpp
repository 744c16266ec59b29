// The journal of guarded runs as evidence: what ended how, and what did not end.
#include <gtest/gtest.h>

#include "replay/ledger/import.h"

namespace npuscope::ledger {
namespace {

constexpr char key[] = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

std::string begin(const std::string& boot) {
  return R"({"schema":"npuscope.run/1","event":"begin","run":"r","time":"t0","boot_id":")" + boot +
         R"(","device":{"driver":"rknpu","driver_version":908},"unsafe":[]})"
         "\n";
}

std::string submit(const std::string& program, const std::string& shape = key, int attempt = 1) {
  return R"({"schema":"npuscope.run/1","event":"submit","run":"r","time":"t1","input":"gen:x",)"
         R"("shape":")" +
         shape + R"(","cores":1,"program":")" + program + R"(","attempt":)" +
         std::to_string(attempt) +
         R"(,"submit":{"flags":5,"subcore_task":[[0,2]]},"lanes":[{"core":0,"first":0,)"
         R"("records":[{"address":"0x0","words":108},{"address":"0x380","words":108}]}],)"
         R"("overridden":[{"rule":"KABI-L29","text":"x"}]})"
         "\n";
}

std::string result(const std::string& program, const std::string& ended) {
  return R"({"schema":"npuscope.run/1","event":"result","run":"r","time":"t2","shape":"x",)"
         R"("program":")" +
         program + R"(","class":")" + ended +
         R"(","reason":"why","values":"max_diff 0.0010 from an f64 reference",)"
         R"("health_before":"well","health_after":"polluted"})"
         "\n";
}

Imported import_text(const std::string& text) {
  return import_runs(text, {"runs.jsonl", "h", "", ""});
}

const RunEvidence& run_of(const Imported& imported, std::size_t index = 0) {
  return std::get<RunEvidence>(imported.entries.at(index).evidence);
}

TEST(ImportRuns, ARunWithItsResult) {
  const Imported imported = import_text(begin("b1") + submit("p") + result("p", "pass"));
  ASSERT_EQ(imported.entries.size(), 1U);
  EXPECT_TRUE(imported.refused.empty());
  EXPECT_EQ(imported.entries[0].shape, key);
  EXPECT_EQ(imported.entries[0].source.part, "line 2");
  const RunEvidence& run = run_of(imported);
  EXPECT_EQ(run.result, RunResult::pass);
  EXPECT_EQ(run.program, "p");
  EXPECT_EQ(run.ran_tasks, 2U);
  EXPECT_EQ(run.max_diff, 0.001);
  EXPECT_EQ(run.health_before, "well");
  EXPECT_EQ(run.health_after, "polluted");
  EXPECT_EQ(run.device, "rknpu");
  EXPECT_EQ(run.driver, "0.9.8");
  EXPECT_EQ(run.boot, "b1");
  EXPECT_EQ(run.date, "t1");
  EXPECT_EQ(run.overridden, std::vector<std::string>{"KABI-L29"});
  const std::vector<std::pair<std::string, std::string>> fields{{"flags", "5"},
                                                                {"subcore_task", "[[0,2]]"}};
  EXPECT_EQ(run.submit, fields);
}

TEST(ImportRuns, EveryClassOfTheJournal) {
  const std::pair<const char*, RunResult> classes[] = {
      {"pass", RunResult::pass},
      {"not compared", RunResult::not_compared},
      {"wrong values", RunResult::wrong_values},
      {"never written", RunResult::never_written},
      {"dispatch miss", RunResult::dispatch_miss},
      {"timeout", RunResult::timeout},
      {"failed", RunResult::failed},
      {"device gone", RunResult::device_gone},
      {"poisons the next job", RunResult::poisons_next_job},
      {"poisoned boot", RunResult::poisoned_boot},
      {"something new", RunResult::unfinished}};
  for (const auto& [name, expected] : classes)
    EXPECT_EQ(run_of(import_text(begin("b1") + submit("p") + result("p", name))).result, expected)
        << name;
}

TEST(ImportRuns, ASubmitWithoutAResult) {
  // The journal ends; or a program was killed, and the board went on.
  EXPECT_EQ(run_of(import_text(begin("b1") + submit("p"))).result, RunResult::unfinished);
  EXPECT_EQ(run_of(import_text(begin("b1") + submit("p") + begin("b1"))).result,
            RunResult::unfinished);
  // The board began anew.
  EXPECT_EQ(run_of(import_text(begin("b1") + submit("p") + begin("b2"))).result,
            RunResult::board_lost);
}

TEST(ImportRuns, ARepeatedSubmitIsOneRun) {
  const Imported imported =
      import_text(begin("b1") + submit("p") + submit("p", key, 2) + result("p", "pass"));
  ASSERT_EQ(imported.entries.size(), 1U);
  EXPECT_EQ(run_of(imported).result, RunResult::pass);
}

TEST(ImportRuns, TheFakeNpuIsNoBoard) {
  std::string text = begin("b1") + submit("p") + result("p", "pass");
  text.replace(text.find("\"rknpu\","), 8, "\"rknpu\",\"fake\":true,");
  const Imported imported = import_text(text);
  EXPECT_TRUE(imported.entries.empty());
  ASSERT_EQ(imported.refused.size(), 1U);
  EXPECT_NE(imported.refused[0].what.find("fake NPU"), std::string::npos);
}

TEST(ImportRuns, WhatSaysNothingIsRefused) {
  EXPECT_EQ(import_text(result("p", "pass")).refused.size(), 1U);
  EXPECT_EQ(import_text(submit("p", "")).refused.size(), 1U);
  // A torn last line, as a board leaves it that dies while it is written.
  const Imported torn = import_text(begin("b1") + submit("p") + "{\"schema\":\"npusc");
  EXPECT_EQ(torn.entries.size(), 1U);
  ASSERT_EQ(torn.refused.size(), 1U);
  EXPECT_EQ(torn.refused[0].where, "runs.jsonl:3");
  // A result of another program than the one that was submitted.
  const Imported other = import_text(begin("b1") + submit("p") + result("q", "pass"));
  EXPECT_EQ(run_of(other).result, RunResult::unfinished);
  EXPECT_EQ(other.refused.size(), 1U);
}

}  // namespace
}  // namespace npuscope::ledger
