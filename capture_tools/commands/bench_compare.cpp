#include <fmt/format.h>

#include <set>

#include "capture_tools/bench_log.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/report_table.h"
#include "decoder/input/load_file.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("fixtures", po::value<std::string>()->default_value("", ""),
       "CSV with fixture, expect (run, skip, fail), reason, since");
  add_report_options(options);
}

Result<FileBytes> load(const std::string& path) {
  return load_plain_file(path, LoadLimits{}.file_bytes);
}

using Rules = std::map<std::string, FixtureRule>;

Result<Rules> rules_of(const po::variables_map& options) {
  const auto& path = options["fixtures"].as<std::string>();
  if (path.empty()) return Rules{};
  const auto file = load(path);
  if (!file) return tl::unexpected(file.error());
  return read_fixtures(file->text(), path);
}

// Why a fixture has no numbers in one of the logs.
std::string absence(const BenchLog& log, const std::string& fixture, const Rules& rules) {
  const auto found = log.find(fixture);
  if (found != log.end() && !found->second.reason.empty()) return found->second.reason;
  const auto rule = rules.find(fixture);
  if (rule != rules.end() && rule->second.expect != "run")
    return fmt::format("expected to {}: {} (since {})", rule->second.expect, rule->second.reason,
                       rule->second.since);
  return found == log.end() ? "not in the log" : "no BENCH line";
}

std::string number(double value) {
  return fmt::format("{:.12g}", value);
}

class Join {
 public:
  Join(const BenchLog& a, const BenchLog& b, const Rules& rules) : a_(a), b_(b), rules_(rules) {
    for (const BenchLog* log : {&a, &b})
      for (const auto& [fixture, entry] : *log) {
        fixtures_.insert(fixture);
        for (const auto& [key, value] : entry.values) keys_.insert(key);
      }
    for (const auto& [fixture, rule] : rules) fixtures_.insert(fixture);
  }

  [[nodiscard]] ReportTable table() {
    ReportTable table{"npuscope.bench-compare/1", "Benchmarks", {"fixture", "status"}, {}};
    for (const std::string& key : keys_)
      for (const char* side : {" a", " b", " b/a"}) table.names.push_back(key + side);
    table.names.emplace_back("reason");
    for (const std::string& fixture : fixtures_) table.rows.push_back(row(fixture));
    return table;
  }
  // Something that nobody expects: a skip that is none any more, numbers that are missing.
  [[nodiscard]] bool findings() const { return findings_; }

 private:
  std::vector<Cell> row(const std::string& fixture) {
    const auto a = a_.find(fixture), b = b_.find(fixture);
    const bool in_a = a != a_.end() && !a->second.values.empty();
    const bool in_b = b != b_.end() && !b->second.values.empty();
    const auto rule = rules_.find(fixture);
    const bool excused = rule != rules_.end() && rule->second.expect != "run";
    std::string status = "both", reason;
    if (excused && (in_a || in_b)) {
      status = "stale " + rule->second.expect;
      reason = fmt::format("it runs now: {} (since {})", rule->second.reason, rule->second.since);
      findings_ = true;
    } else if (!in_a || !in_b) {
      status = in_a ? "only a" : in_b ? "only b" : "none";
      reason = absence(in_a ? b_ : a_, fixture, rules_);
      findings_ = findings_ || !excused;
    }
    std::vector<Cell> cells{Cell::of(fixture), Cell::of(status)};
    for (const std::string& key : keys_) {
      const double* left =
          in_a && a->second.values.contains(key) ? &a->second.values.at(key) : nullptr;
      const double* right =
          in_b && b->second.values.contains(key) ? &b->second.values.at(key) : nullptr;
      cells.push_back(left == nullptr ? Cell::none() : Cell{number(*left), false, true});
      cells.push_back(right == nullptr ? Cell::none() : Cell{number(*right), false, true});
      cells.push_back(left == nullptr || right == nullptr || *left == 0
                          ? Cell::none()
                          : Cell{fmt::format("{:.4f}", *right / *left), false, true});
    }
    cells.push_back(Cell::of(reason));
    return cells;
  }

  const BenchLog& a_;
  const BenchLog& b_;
  const Rules& rules_;
  std::set<std::string> fixtures_, keys_;
  bool findings_ = false;
};

Result<int> run(const po::variables_map& options) {
  const auto names = inputs_of(options);
  if (names.size() != 2)
    return wrong_usage("bench-compare takes two logs", "`npuscope bench-compare --help`");
  const auto a = load(names[0]);
  if (!a) return tl::unexpected(a.error());
  const auto b = load(names[1]);
  if (!b) return tl::unexpected(b.error());
  const auto rules = rules_of(options);
  if (!rules) return tl::unexpected(rules.error());
  const BenchLog left = read_bench_log(a->text()), right = read_bench_log(b->text());
  if (left.empty() || right.empty())
    return unreadable("no `Testing DIR` line in it", names[left.empty() ? 0 : 1],
                      "is it the log of a benchmark run?");
  Join join(left, right, *rules);
  if (auto written = write_report(options, join.table()); !written)
    return tl::unexpected(written.error());
  return join.findings() ? ExitCode::different : ExitCode::done;
}

}  // namespace

const Verb bench_compare_verb{
    "bench-compare",
    "two benchmark logs joined by fixture, with ratios and reasons",
    "A B",
    "Joins the numbers of `BENCH key=value ...` lines behind `Testing DIR` banners of two logs. "
    "Fixtures without numbers\n"
    "on one side say why: a SKIP, FAIL, ERROR or TIMEOUT line of the log, or the expectation of "
    "--fixtures. Expected\n"
    "skips and failures that run now are stale. Exit code 1: stale expectations, or numbers "
    "missing "
    "that nobody excused.",
    "npuscope bench-compare before.log after.log\n"
    "npuscope bench-compare --fixtures=fixtures.csv --format=md before.log after.log",
    add_options,
    run};

}  // namespace npuscope::cli
