// The expectations of the corpus: MANIFEST.csv, one line per file.
//
//   for (const ManifestRow& row : manifest()) if (row.format.starts_with("rknn")) ...
//   row.number("tasks") ...
#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/corpus.h"

namespace npuscope::testing {

struct ManifestRow {
  std::string path, format;
  std::map<std::string, std::string> expected;  // "tasks" -> "11"

  [[nodiscard]] std::string full_path() const { return corpus_path(path); }
  [[nodiscard]] bool has(const std::string& key) const { return expected.contains(key); }
  [[nodiscard]] std::string text(const std::string& key) const {
    return has(key) ? expected.at(key) : std::string();
  }
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& key) const {
    if (!has(key)) return std::nullopt;
    return std::stoull(expected.at(key), nullptr, 0);
  }
};

inline std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

inline std::vector<ManifestRow> manifest() {
  std::vector<ManifestRow> rows;
  std::ifstream file(corpus_path("MANIFEST.csv"));
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto cells = csv_cells(line);
    ManifestRow row{cells.at(0), cells.at(7), {}};
    std::stringstream expectations(cells.at(9));
    std::string item;
    while (std::getline(expectations, item, ';')) {
      const std::size_t begin = item.find_first_not_of(' ');
      const std::size_t equal = item.find('=');
      if (begin == std::string::npos || equal == std::string::npos ||
          row.has(item.substr(begin, equal - begin)))
        continue;
      row.expected[item.substr(begin, equal - begin)] = item.substr(equal + 1);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// "108x2,104" -> {108, 108, 104}
inline std::vector<std::uint32_t> amounts_of(const std::string& text) {
  std::vector<std::uint32_t> amounts;
  std::stringstream stream(text);
  std::string item;
  while (std::getline(stream, item, ',')) {
    const std::size_t times = item.find('x');
    const std::size_t count = times == std::string::npos ? 1 : std::stoul(item.substr(times + 1));
    amounts.insert(amounts.end(), count, static_cast<std::uint32_t>(std::stoul(item)));
  }
  return amounts;
}

}  // namespace npuscope::testing
