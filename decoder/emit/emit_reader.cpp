#include "decoder/emit/emit_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "decoder/emit/digits.h"
#include "decoder/named_word.h"

namespace npuscope {

namespace {

constexpr char escape = '\x1b';
constexpr std::size_t word_digits = 16;
constexpr std::size_t usual_word_end = 33;  // of "[0xfff9c800] lsb 02010000001b1040"
// What is written anew to compare with; registers whose text may be longer are read by names.
constexpr std::size_t most_text = 4096;
constexpr std::size_t strip_slack = 8;
constexpr std::size_t most_plain = 2048;  // of a line without its colours

// The end of the colour code that begins at `at`: `ESC [ digits ; letter`.
const char* skip_colour(const char* at, const char* end) {
  ++at;
  if (at != end && *at == '[') ++at;
  while (at != end && (*at == ';' || (*at >= '0' && *at <= '9'))) ++at;
  return at == end ? at : at + 1;
}

// The same for the eight bytes from the escape on: nearly all codes are `ESC[0m` or `ESC[92m`.
inline const char* skip_usual_colour(const char* at, const char* end) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (end - at >= 8 && at[1] == '[' && is_digit(at[2])) {
    if (at[3] == 'm') return at + 4;
    if (is_digit(at[3]) && at[4] == 'm') return at + 5;
  }
  return skip_colour(at, end);
}

// Copies a line without its colour codes until `enough` bytes are there; returns the new end.
// Writes up to strip_slack bytes beyond `enough`.
char* strip_colours(std::string_view line, char* out, std::size_t enough) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  const char* at = line.data();
  const char* const end = at + line.size();
  const char* const last = out + enough;
  while (end - at >= 8 && out < last) {
    std::uint64_t eight;
    std::memcpy(&eight, at, 8);
    std::memcpy(out, &eight, 8);
    const std::uint64_t other = eight ^ ones * static_cast<unsigned char>(escape);
    // The lowest set bit is exact: a borrow only disturbs the bytes above the first escape.
    const std::uint64_t found = (other - ones) & ~other & ones << 7U;
    const auto plain = found == 0 ? 8 : std::countr_zero(found) / 8;
    at += plain;
    out += plain;
    if (found != 0) at = skip_usual_colour(at, end);
  }
  while (at != end && out < last) {
    if (*at == escape) {
      at = skip_colour(at, end);
    } else {
      *out++ = *at++;
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

bool read_address(std::string_view text, std::uint64_t& address) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.size() == 8) {
    std::uint32_t value;
    if (!digits::read_hex8(text.data(), value)) return false;
    address = value;
    return true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), address, 16);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Result<Word> EmitReader::from_names(std::string_view emit) const {
  return word_from_names(format_->db(), emit);
}

Result<Word> EmitReader::named_in(std::string_view line) const {
  std::array<char, most_plain + strip_slack> plain;
  const std::string_view text(plain.data(), strip_colours(line, plain.data(), most_plain));
  const std::size_t at = text.find("EMIT(");
  return from_names(at == std::string_view::npos ? text : text.substr(at));
}

void EmitReader::verify(std::string_view explanation, EmitLine& result) const {
  const std::size_t at = explanation.find("EMIT(");
  if (at == std::string_view::npos) return;
  const std::string_view emit = trim(explanation.substr(at));
  // Fast: our own text of the word is the same. Otherwise by names, which also reads other
  // databases' field names.
  std::array<char, most_text> expected;
  if (format_->max_line() <= expected.size()) {
    const char* end = format_->write_emit(expected.data(), result.word);
    const auto length = static_cast<std::size_t>(end - expected.data());
    if (emit.size() == length && std::memcmp(emit.data(), expected.data(), length) == 0) {
      result.named = result.word;
      result.agreement = Agreement::agrees;
      return;
    }
  }
  const auto named = from_names(emit);
  if (!named) {
    result.agreement = Agreement::unreadable;
    return;
  }
  result.named = *named;
  result.agreement = *named == result.word ? Agreement::agrees : Agreement::disagrees;
}

inline bool EmitReader::read_plain(std::string_view line, EmitCheck check, EmitLine& result) const {
  // "[0xfff9c800] lsb " and sixteen digits: `lsb` stands at one of few columns, look there before
  // searching.
  constexpr std::string_view key = "] lsb ";
  std::size_t at = 11;
  if (line.size() < at + key.size() + word_digits || line.substr(at, key.size()) != key) {
    at = line.find(key);
    if (at == std::string_view::npos || line.size() < at + key.size() + word_digits) return false;
  }
  if (!digits::read_hex16(line.data() + at + key.size(), result.word.raw)) return false;
  const std::size_t open = line.front() == '[' ? 0 : line.rfind('[', at);
  result.has_address = open != std::string_view::npos &&
                       read_address(line.substr(open + 1, at - open - 1), result.address);
  result.has_word = true;
  if (check == EmitCheck::verified) verify(line.substr(at + key.size() + word_digits), result);
  return true;
}

// "[0xfff9c800] lsb 02010000001b1040" and our own explanation: nearly every line of a large text.
// False: look closer.
inline bool EmitReader::read_usual(std::string_view line, EmitCheck check, EmitLine& result) const {
  constexpr std::string_view opening = "[0x";
  constexpr std::string_view key = "] lsb ";
  constexpr std::size_t key_at = 11;
  constexpr std::size_t word_at = key_at + key.size();
  constexpr std::size_t end = usual_word_end;
  static_assert(end == word_at + word_digits);
  if (line.size() < end || !line.starts_with(opening) || line.substr(key_at, key.size()) != key)
    return false;
  std::uint32_t address;
  if (!digits::read_hex8(line.data() + opening.size(), address) ||
      !digits::read_hex16(line.data() + word_at, result.word.raw))
    return false;
  if (check == EmitCheck::verified) {
    if (format_->max_line() > most_text) return false;
    std::array<char, most_text> expected;
    const char* stop = format_->write_explanation(expected.data(), result.word);
    if (line.back() == '\r') line.remove_suffix(1);
    if (stop == nullptr || line.size() - end != static_cast<std::size_t>(stop - expected.data()) ||
        std::memcmp(line.data() + end, expected.data(), line.size() - end) != 0)
      return false;
    result.named = result.word;
    result.agreement = Agreement::agrees;
  }
  result.address = address;
  result.has_address = result.has_word = true;
  return true;
}

bool EmitReader::read(std::string_view line, EmitCheck check, EmitLine& result) const {
  result = EmitLine{};
  if (line.empty()) return false;
  if (read_usual(line, check, result)) return true;
  std::array<char, most_plain + strip_slack> plain;
  if (std::memchr(line.data(), escape, line.size()) != nullptr) {
    if (check == EmitCheck::word_only) {
      const char* end = strip_colours(line, plain.data(), usual_word_end);
      if (read_usual({plain.data(), end}, check, result)) return true;
    }
    line = {plain.data(), strip_colours(line, plain.data(), most_plain)};
    if (line.empty()) return false;
    if (read_usual(line, check, result)) return true;
  }
  if (read_plain(line, check, result)) return true;
  const std::size_t at = line.find("EMIT(REG_");
  if (at == std::string_view::npos || line.find("lsb ") != std::string_view::npos) return false;
  const auto named = from_names(line.substr(at));
  if (!named) {
    result.agreement = Agreement::unreadable;
    return true;
  }
  result.word = result.named = *named;
  result.agreement = Agreement::agrees;
  return true;
}

}  // namespace npuscope
