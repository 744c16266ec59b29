// What logs of benchmark runs say, and the manifest of what is expected of them.
#include "capture_tools/bench_log.h"

#include <gtest/gtest.h>

namespace npuscope::cli {
namespace {

TEST(BenchLog, NumbersBelongToTheBannerBeforeThem) {
  const BenchLog log = read_bench_log(
      "BENCH train_cycles=1\n"
      "Testing fixtures/a/\n"
      "compiling ...\n"
      "  BENCH train_cycles=1200 opt_cycles=800.5 weight_sram=4096\r\n"
      "Testing ./\n"
      "Testing fixtures/b...\n"
      "BENCH train_cycles=7");
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log.at("fixtures/a").values,
            (std::map<std::string, double>{
                {"opt_cycles", 800.5}, {"train_cycles", 1200}, {"weight_sram", 4096}}));
  EXPECT_TRUE(log.at(".").values.empty());
  EXPECT_EQ(log.at("fixtures/b").values.at("train_cycles"), 7);
}

TEST(BenchLog, TheLastRunOfAFixtureCounts) {
  const BenchLog log = read_bench_log(
      "Testing a\nBENCH train_cycles=1 opt_cycles=2\nBENCH train_cycles=3\n"
      "Testing b\nTesting a\nBENCH train_cycles=4\n");
  EXPECT_EQ(log.at("a").values, (std::map<std::string, double>{{"train_cycles", 4}}));
}

TEST(BenchLog, WhatIsNoNumberIsLeftOut) {
  const BenchLog log =
      read_bench_log("Testing a\nBENCH train_cycles=12x opt_cycles= weight_sram fast=yes n=-3e2\n");
  EXPECT_EQ(log.at("a").values, (std::map<std::string, double>{{"n", -300}}));
}

TEST(BenchLog, TheLastReasonIsKept) {
  const BenchLog log = read_bench_log(
      "Testing a\nSKIP: no board\nERROR: submit failed\nfailing is no reason\n"
      "Testing b\nTIMEOUT after 60 s\nTesting c\nnothing\n");
  EXPECT_EQ(log.at("a").reason, "ERROR: submit failed");
  EXPECT_EQ(log.at("b").reason, "TIMEOUT after 60 s");
  EXPECT_EQ(log.at("c").reason, "");
}

TEST(BenchLog, AnyBytesAreALog) {
  EXPECT_TRUE(read_bench_log("").empty());
  const BenchLog log = read_bench_log(std::string_view("Testing\nBENCH =1 \0=2\n\n", 22));
  EXPECT_EQ(log.size(), 1U);
}

TEST(Fixtures, ColumnsMayStandInAnyOrder) {
  const auto rules = read_fixtures(
      "since,owner,reason,expect,fixture\r\n"
      "2024-05,me,\"slow, and \"\"odd\"\"\",skip,f/a\r\n"
      "\n"
      "2024-06,,,run,f/b\n"
      "2024-07,,wrong values,fail,f/c",
      "fixtures.csv");
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 3U);
  EXPECT_EQ(rules->at("f/a").expect, "skip");
  EXPECT_EQ(rules->at("f/a").reason, "slow, and \"odd\"");
  EXPECT_EQ(rules->at("f/a").since, "2024-05");
  EXPECT_EQ(rules->at("f/b").expect, "run");
  EXPECT_EQ(rules->at("f/c").expect, "fail");
}

// The text of the Error of a manifest whose second and later lines are `rows`.
std::string complaint(const std::string& rows) {
  const auto rules = read_fixtures("fixture,expect,reason,since\n" + rows, "f.csv");
  return rules ? "" : rules.error().text();
}

TEST(Fixtures, ErrorsNameTheLine) {
  EXPECT_EQ(complaint("a,skip,why,2024\n"), "");
  EXPECT_NE(complaint("a,skip,why,2024\nb,maybe,why,2024\n").find("f.csv:3: `maybe` is not run"),
            std::string::npos);
  EXPECT_NE(complaint("a,skip,too, many,2024\n").find("f.csv:2: 5 cells instead of 4"),
            std::string::npos);
  const auto headless = read_fixtures("fixture,expect\n", "f.csv");
  ASSERT_FALSE(headless);
  EXPECT_NE(headless.error().text().find("f.csv:1"), std::string::npos);
}

}  // namespace
}  // namespace npuscope::cli
