// Finds the checked lines (gdb_line.h) in a text that others write into too.
//
//   GdbText lines(file.text());
//   GdbLine line;
//   while (lines.next(line)) ... lines.at() ...      // views are valid until the next call
//
// A line that one other text was written into is put together again, which its check must confirm.
// One with two is not: where both lie would have to be guessed, at length squared tries. What
// cannot be used is counted, and left out: the numbers of the lines show what is missing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "decoder/input/gdb_line.h"

namespace npuscope {

class GdbText {
 public:
  explicit GdbText(std::string_view text) : text_(text) {}

  bool next(GdbLine& line);
  [[nodiscard]] std::uint64_t at() const { return line_number_; }  // in the text, from 1
  [[nodiscard]] std::uint64_t mended() const { return mended_; }
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  bool mend(std::size_t start, std::size_t length, GdbLine& line);
  void move_to(std::size_t position);

  std::string_view text_;
  std::size_t position_ = 0;
  std::uint64_t line_number_ = 1;
  std::string joined_;
  std::uint64_t mended_ = 0, damaged_ = 0;
  std::uint64_t tries_left_ = 1U << 15U;  // a hostile text must not cost more
};

}  // namespace npuscope
