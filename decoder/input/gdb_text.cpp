#include "decoder/input/gdb_text.h"

#include <algorithm>

namespace npuscope {

namespace {

constexpr std::size_t most_foreign_text = 4096;  // inside a line

}  // namespace

void GdbText::move_to(std::size_t position) {
  const auto passed = text_.substr(position_, position - position_);
  line_number_ += static_cast<std::uint64_t>(std::ranges::count(passed, '\n'));
  position_ = position;
}

bool GdbText::next(GdbLine& line) {
  while (true) {
    const std::size_t start = text_.find(gdb_line_mark, position_);
    if (start == std::string_view::npos) return false;
    move_to(start);
    const auto length = gdb_line_length(text_.substr(start));
    if (length && parse_gdb_line(text_.substr(start, *length), line)) {
      // The next search must not begin before the end: values hold no marks.
      position_ = start + *length;
      return true;
    }
    position_ = start + gdb_line_mark.size();
    if (length && mend(start, *length, line)) {
      ++mended_;
      return true;
    }
    ++damaged_;
  }
}

// The foreign text is as long as the end of the line is late.
bool GdbText::mend(std::size_t start, std::size_t length, GdbLine& line) {
  const std::size_t next_line = std::min(text_.find(gdb_line_mark, position_), text_.size());
  const std::size_t limit = std::min(next_line, start + length + most_foreign_text);
  for (std::size_t end = start + length + 1; end <= limit; ++end) {
    if (text_[end - 1] != '.') continue;
    const std::size_t foreign = end - start - length;
    for (std::size_t kept = gdb_line_head; kept < length; ++kept) {
      if (tries_left_ == 0) return false;
      --tries_left_;
      joined_.assign(text_.substr(start, kept));
      joined_ += text_.substr(start + kept + foreign, length - kept);
      if (parse_gdb_line(joined_, line)) return true;
    }
  }
  return false;
}

}  // namespace npuscope
