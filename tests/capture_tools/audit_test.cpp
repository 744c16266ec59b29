// A board and its copy are judged alike.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

using Judgements = std::map<std::string, std::string>;

Judgements judgements(const std::string& json_lines) {
  Judgements found;
  std::istringstream text(json_lines);
  for (std::string line; std::getline(text, line);) {
    const auto object = nlohmann::json::parse(line);
    if (object.value("type", "") == "fact") found[object["id"]] = object["judgement"];
  }
  return found;
}

// On this machine, whatever it is: only what a copy cannot know may differ.
TEST(Audit, TheCollectorCopiesWhatTheAuditReads) {
  const Outcome live = run_shell("npuscope audit --format=json");
  const Outcome copied = run_shell(
      "sh capture_tools/collect_board.sh $TMP/copy && npuscope audit --format=json "
      "--root=$TMP/copy");
  EXPECT_EQ(copied.exit_code, live.exit_code) << copied.err;
  const Judgements there = judgements(live.out), here = judgements(copied.out);
  EXPECT_GT(here.size(), 10u);
  for (const std::string id : {"kernel.architecture", "kernel.release", "board.chip", "tree",
                               "memory.above_4g", "log.poison", "crash.sinks"}) {
    EXPECT_EQ(here.count(id), there.count(id)) << id;
    if (here.contains(id) && there.contains(id)) {
      EXPECT_EQ(here.at(id), there.at(id)) << id;
    }
  }
  EXPECT_FALSE(here.contains("simulator.preload"));
}

TEST(Audit, OnTheFakeNpuEverythingIsThere) {
  const Outcome outcome = run_shell(
      "npuscope fake --driver=rocket -- npuscope audit --accept-unproven-log --format=json");
  const Judgements facts = judgements(outcome.out);
  EXPECT_EQ(facts.at("node./dev/accel/accel0"), "ok");
  EXPECT_EQ(facts.at("driver.version"), "ok");
  EXPECT_EQ(facts.at("iommu"), "ok");
}

}  // namespace
}  // namespace npuscope::testing
