#include "capture_tools/bench_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace npuscope::cli {

namespace {

// The first line of `text`, without its end; takes it off.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

void read_values(std::string_view line, BenchEntry& entry) {
  entry.values.clear();
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    const std::size_t equal = word.find('=');
    if (equal == std::string_view::npos) continue;
    double value = 0;
    const char* end = word.data() + word.size();
    const auto read = std::from_chars(word.data() + equal + 1, end, value);
    if (read.ec == std::errc() && read.ptr == end)
      entry.values[std::string(word.substr(0, equal))] = value;
  }
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

}  // namespace

BenchLog read_bench_log(std::string_view text) {
  constexpr std::array<std::string_view, 4> reasons{"SKIP", "FAIL", "ERROR", "TIMEOUT"};
  BenchLog log;
  BenchEntry* entry = nullptr;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    std::string_view rest = line;
    const std::string_view first = take_word(rest);
    if (first == "Testing") {
      std::string fixture(take_word(rest));
      while (fixture.size() > 1 && (fixture.back() == '/' || fixture.back() == '.'))
        fixture.pop_back();
      entry = &log[fixture];
    } else if (entry != nullptr && first == "BENCH") {
      read_values(rest, *entry);
    } else if (entry != nullptr &&
               std::ranges::any_of(reasons, [&](auto word) { return first.starts_with(word); })) {
      entry->reason = line;
    }
  }
  return log;
}

Result<std::map<std::string, FixtureRule>> read_fixtures(std::string_view text,
                                                         const std::string& name) {
  std::map<std::string, FixtureRule> rules;
  const std::vector<std::string> columns = cells_of(take_line(text));
  const auto column = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::ranges::find(columns, wanted) - columns.begin());
  };
  const std::size_t fixture = column("fixture"), expect = column("expect"),
                    reason = column("reason"), since = column("since");
  if (std::max({fixture, expect, reason, since}) >= columns.size())
    return unreadable("the first line does not name fixture, expect, reason and since", name + ":1",
                      "it is the head of a CSV table");
  for (std::size_t number = 2; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::vector<std::string> cells = cells_of(line);
    const std::string where = fmt::format("{}:{}", name, number);
    if (cells.size() != columns.size())
      return unreadable(fmt::format("{} cells instead of {}", cells.size(), columns.size()), where,
                        "quote cells with commas");
    if (cells[expect] != "run" && cells[expect] != "skip" && cells[expect] != "fail")
      return unreadable(fmt::format("`{}` is not run, skip or fail", cells[expect]), where,
                        "say what is expected");
    rules[cells[fixture]] = {cells[expect], cells[reason], cells[since]};
  }
  return rules;
}

}  // namespace npuscope::cli
