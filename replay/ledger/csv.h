// Comma-separated values as RFC 4180 has them: reading and writing.
//
//   auto table = parse_csv("a,b\r\n1,\"two, three\"\r\n");
//   table->cell(0, "b")              // "two, three"
//   csv_line({"1", "two, three"})    // 1,"two, three" and the line's end
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"

namespace npuscope {

struct CsvTable {
  std::vector<std::string> columns;            // the first line
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
  std::vector<std::size_t> lines;              // of each row: where it began, from 1

  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
  // Empty where there is no such column.
  [[nodiscard]] std::string_view cell(std::size_t row, std::string_view column_name) const;
};

// Lines end in CR LF or LF. An Error names the line where a quote is not closed, or where a row has
// more or fewer cells than the first line.
[[nodiscard]] Result<CsvTable> parse_csv(std::string_view text, const std::string& name);

// Quoted only where it has to be; ends in CR LF.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace npuscope
