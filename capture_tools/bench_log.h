// Logs of benchmark runs, and what their fixtures are expected to do.
//
//   Testing fixtures/conv_small
//   BENCH train_cycles=1200 opt_cycles=800 weight_sram=4096
//
//   BenchLog log = read_bench_log(text);      log.at("fixtures/conv_small").values.at("opt_cycles")
//
// Everything between two banners belongs to the first; of lines that begin with SKIP, FAIL, ERROR
// or TIMEOUT the last is the reason why there are no numbers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "regdb/error.h"

namespace npuscope::cli {

struct BenchEntry {
  std::map<std::string, double> values;  // of the last BENCH line
  std::string reason;
};

using BenchLog = std::map<std::string, BenchEntry>;  // by fixture

[[nodiscard]] BenchLog read_bench_log(std::string_view text);

struct FixtureRule {
  std::string expect;  // "run", "skip" or "fail"
  std::string reason, since;
};

// CSV with the columns fixture, expect, reason, since, in any order. An Error names the line.
[[nodiscard]] Result<std::map<std::string, FixtureRule>> read_fixtures(std::string_view text,
                                                                       const std::string& name);

}  // namespace npuscope::cli
