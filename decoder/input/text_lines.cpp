#include "decoder/input/text_lines.h"

#include <cstring>

namespace npuscope {

namespace {

constexpr char escape = '\x1b';

// Length of the sequence at the front of `text`, which begins with ESC.
std::size_t sequence_length(std::string_view text) {
  if (text.size() < 2 || text[1] != '[') return 1;
  std::size_t n = 2;
  while (n < text.size() && ((text[n] >= '0' && text[n] <= '9') || text[n] == ';')) ++n;
  if (n == text.size()) return n;
  const char last = text[n];
  const bool letter = (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z');
  return letter ? n + 1 : n;
}

}  // namespace

std::string_view without_colours(std::string_view line, std::string& buffer) {
  buffer.clear();
  while (!line.empty()) {
    const void* found = std::memchr(line.data(), escape, line.size());
    const std::size_t plain =
        found ? static_cast<std::size_t>(static_cast<const char*>(found) - line.data())
              : line.size();
    buffer.append(line.data(), plain);
    line.remove_prefix(plain);
    if (!line.empty()) line.remove_prefix(sequence_length(line));
  }
  return buffer;
}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const void* found = std::memchr(rest_.data(), '\n', rest_.size());
  const std::size_t length =
      found ? static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data())
            : rest_.size();
  line = rest_.substr(0, length);
  rest_.remove_prefix(found ? length + 1 : length);
  ++number_;
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.empty() && std::memchr(line.data(), escape, line.size()) != nullptr) {
    line = without_colours(line, plain_);
  }
  return true;
}

}  // namespace npuscope
