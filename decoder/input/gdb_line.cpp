#include "decoder/input/gdb_line.h"

#include <algorithm>

#include "decoder/input/scan.h"

namespace npuscope {

namespace {

// One word from the front of the text.
bool take_word(std::string_view& text, std::uint64_t& word) {
  if (text.size() < gdb_word_digits || !fixed_hex(text.data(), gdb_word_digits, word)) return false;
  text.remove_prefix(gdb_word_digits);
  return true;
}

}  // namespace

std::span<const std::uint64_t> GdbLine::words_of(std::string_view name) const {
  const auto found = std::ranges::find(values, name, &GdbValue::name);
  if (found == values.end()) return {};
  return std::span(words).subspan(found->first, found->count);
}

std::optional<std::uint64_t> GdbLine::number_of(std::string_view name) const {
  const auto found = words_of(name);
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

std::optional<std::size_t> gdb_line_length(std::string_view text) {
  std::uint64_t length = 0;
  if (text.size() < gdb_line_head || !text.starts_with(gdb_line_mark) ||
      !fixed_hex(text.data() + gdb_line_mark.size(), 3, length) || text[gdb_line_head - 1] != ' ')
    return std::nullopt;
  return static_cast<std::size_t>(length);
}

bool parse_gdb_line(std::string_view text, GdbLine& line) {
  const auto length = gdb_line_length(text);
  if (!length || *length != text.size() || text.back() != '.') return false;
  std::string_view rest = text.substr(gdb_line_head, text.size() - gdb_line_head - 1);
  line.values.clear();
  line.words.clear();
  if (!take_word(rest, line.number) || !rest.starts_with(' ')) return false;
  // "KIND", then " name=words" for each value, then " check".
  const std::size_t kind_end = std::min(rest.find(' ', 1), rest.size());
  line.kind = rest.substr(1, kind_end - 1);
  std::uint64_t seed = gdb_seed(rest.substr(0, kind_end));
  rest.remove_prefix(kind_end);
  while (rest.size() > 1 + gdb_word_digits) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || rest.front() != ' ') return false;
    line.values.push_back({rest.substr(1, equals - 1), line.words.size(), 0});
    seed = gdb_seed(rest.substr(0, equals + 1), seed);
    rest.remove_prefix(equals + 1);
    while (!rest.starts_with(' ')) {
      std::uint64_t word = 0;
      if (!take_word(rest, word)) return false;
      line.words.push_back(word);
      ++line.values.back().count;
    }
  }
  seed = gdb_seed(" ", seed);
  std::uint64_t stated = 0;
  if (!rest.starts_with(' ')) return false;
  rest.remove_prefix(1);
  if (!take_word(rest, stated) || !rest.empty()) return false;
  std::uint64_t check = gdb_check(seed, line.number);
  for (const std::uint64_t word : line.words) check = gdb_check(check, word);
  return check == stated;
}

}  // namespace npuscope
