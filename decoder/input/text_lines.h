// Lines of a text as captures come: LF or CR LF, any encoding, terminal colours.
//
//   LineReader lines(file.text());
//   std::string_view line;
//   while (lines.next(line)) ...      // valid until the next call
//
// Nothing is copied unless a line holds an escape sequence (ESC [ digits and ; letter).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npuscope {

class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  bool next(std::string_view& line);
  [[nodiscard]] std::uint64_t number() const { return number_; }  // of the last line, from 1

 private:
  std::string_view rest_;
  std::uint64_t number_ = 0;
  std::string plain_;  // the line without colours; reused
};

// `line` without escape sequences, in `buffer`; incomplete sequences at its end are dropped.
std::string_view without_colours(std::string_view line, std::string& buffer);

}  // namespace npuscope
