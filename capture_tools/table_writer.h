// Rows of a result as aligned text, CSV, JSON lines or Markdown.
//
//   TableWriter table("csv", "npuscope.ops/1", {"value", "tasks"}, sink);
//   table.row({Cell::of(11), Cell::of(70)});
//   table.finish();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "decoder/emit/sink.h"

namespace npuscope::cli {

struct Cell {
  std::string text;
  bool missing = false;  // null in JSON, empty elsewhere
  bool number = false;
  [[nodiscard]] static Cell of(std::string_view text) { return {std::string(text), false, false}; }
  template <typename Integer, typename = std::enable_if_t<std::is_integral_v<Integer>>>
  [[nodiscard]] static Cell of(Integer value) {
    return {std::to_string(value), false, true};
  }
  [[nodiscard]] static Cell none() { return {"", true, false}; }
};

class TableWriter {
 public:
  // `format` is text, csv, jsonl or md; JSON lines begin with the schema. Text is written at
  // finish(), when the widths are known.
  TableWriter(std::string_view format, std::string_view schema, std::vector<std::string> names,
              Sink& sink);
  void row(std::vector<Cell> cells);
  void finish();

 private:
  void write_text();
  void write_separated(const std::vector<std::string>& cells);
  std::string format_;
  std::vector<std::string> names_;
  std::vector<std::vector<Cell>> rows_;  // of text
  Sink& sink_;
};

}  // namespace npuscope::cli
