#include "replay/ledger/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/capture.h"

namespace npuscope {

namespace {

// Takes rows off the front of a text.
class RowReader {
 public:
  RowReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  Result<std::vector<std::string>> row() {
    const std::size_t first_line = line_;
    std::vector<std::string> cells;
    do {
      cells.emplace_back();
      if (take('"') ? !quoted(cells.back()) : !plain(cells.back()))
        return unreadable("a quote is not closed, or something stands behind it",
                          Place{name_, first_line, true}.text(), "RFC 4180 says how to quote");
    } while (take(','));
    take('\r');
    take('\n');
    ++line_;
    return cells;
  }

 private:
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool plain(std::string& cell) {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    cell = text_.substr(at_, end - at_);
    at_ = end;
    return at_end() || text_[at_] != '"';
  }

  bool quoted(std::string& cell) {
    while (!at_end()) {
      const char c = text_[at_++];
      if (c == '"' && !take('"'))
        return at_end() || std::string_view(",\r\n").find(text_[at_]) != std::string_view::npos;
      if (c == '\n') ++line_;
      cell += c;
    }
    return false;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0, line_ = 1;
};

}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string_view CsvTable::cell(std::size_t row, std::string_view column_name) const {
  const auto index = column(column_name);
  return index ? std::string_view(rows[row][*index]) : std::string_view();
}

Result<CsvTable> parse_csv(std::string_view text, const std::string& name) {
  CsvTable table;
  RowReader reader(text, name);
  while (!reader.at_end()) {
    const std::size_t line = reader.line();
    auto row = reader.row();
    if (!row) return tl::unexpected(row.error());
    if (table.columns.empty()) {
      table.columns = std::move(*row);
      continue;
    }
    if (row->size() != table.columns.size())
      return unreadable(fmt::format("{} cells under {} columns", row->size(), table.columns.size()),
                        Place{name, line, true}.text());
    table.rows.push_back(std::move(*row));
    table.lines.push_back(line);
  }
  return table;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace npuscope
