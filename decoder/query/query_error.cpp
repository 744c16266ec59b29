#include "decoder/query/query_error.h"

#include <algorithm>

namespace npuscope::query {

namespace {

// One column for each character: bytes that continue a character of UTF-8 have none.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::string without_control_characters(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

}  // namespace

Span joined(Span first, Span last) {
  return {first.at, last.at + last.length - first.at};
}

Error QueryError::in(std::string_view expression) const {
  const std::size_t at = std::min(span.at, expression.size());
  const std::size_t length = std::min(span.length, expression.size() - at);
  std::string text = what;
  if (!remedy.empty()) text += " (" + remedy + ")";
  text += "\n  " + without_control_characters(expression);
  text += "\n  " + std::string(columns_of(expression.substr(0, at)), ' ') + "^";
  const std::size_t columns = columns_of(expression.substr(at, length));
  if (columns > 1) text += std::string(columns - 1, '~');
  return {ErrorKind::usage, std::move(text), {}, {}};
}

}  // namespace npuscope::query
