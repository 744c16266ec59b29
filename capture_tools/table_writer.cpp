#include "capture_tools/table_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string markdown_cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '\\') result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

}  // namespace

TableWriter::TableWriter(std::string_view format, std::string_view schema,
                         std::vector<std::string> names, Sink& sink)
    : format_(format), names_(std::move(names)), sink_(sink) {
  if (format_ == "jsonl") sink_.put(fmt::format("{{\"schema\":{}}}\n", json_string(schema)));
  if (format_ == "csv" || format_ == "md") write_separated(names_);
  if (format_ == "md") {
    sink_.put("|");
    for (std::size_t i = 0; i < names_.size(); ++i) sink_.put("---|");
    sink_.put("\n");
  }
}

void TableWriter::write_separated(const std::vector<std::string>& cells) {
  const bool markdown = format_ == "md";
  std::string line(markdown ? 1 : 0, '|');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!markdown && i > 0) line += ',';
    line += markdown ? fmt::format(" {} |", markdown_cell(cells[i])) : csv_cell(cells[i]);
  }
  line += '\n';
  sink_.put(line);
}

void TableWriter::row(std::vector<Cell> cells) {
  if (format_ == "text") {
    rows_.push_back(std::move(cells));
  } else if (format_ == "jsonl") {
    std::string line = "{";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      line += json_string(names_[i]);
      line += ':';
      if (cells[i].missing) {
        line += "null";
      } else {
        line += cells[i].number ? cells[i].text : json_string(cells[i].text);
      }
    }
    line += "}\n";
    sink_.put(line);
  } else {
    std::vector<std::string> texts;
    for (Cell& cell : cells) texts.push_back(std::move(cell.text));
    write_separated(texts);
  }
}

void TableWriter::finish() {
  if (format_ == "text") write_text();
}

void TableWriter::write_text() {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::size_t width = names_[i].size();
    for (const auto& row : rows_) width = std::max(width, row[i].text.size());
    widths.push_back(width);
  }
  const auto line = [&](const auto& text_of, const auto& right) {
    std::string text;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const std::string& cell = text_of(i);
      const std::string space(widths[i] - cell.size(), ' ');
      if (i > 0) text += "  ";
      text += right(i) ? space + cell : cell + space;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    sink_.put(text);
  };
  const auto numeric = [&](std::size_t i) { return !rows_.empty() && rows_.front()[i].number; };
  line([&](std::size_t i) -> const std::string& { return names_[i]; }, numeric);
  for (const auto& row : rows_)
    line([&](std::size_t i) -> const std::string& { return row[i].text; },
         [&](std::size_t i) { return row[i].number; });
}

}  // namespace npuscope::cli
