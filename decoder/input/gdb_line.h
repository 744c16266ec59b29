// The lines that our gdb command files print (`npuscope record --gdb`), each of which can be
// checked by itself:
//
//   NPUSCOPE:04f 0000000000000007 MEM_MAP handle=0000000000000002 986f1df136c36c01.
//
// length of the line in characters, its number, what it is, named values (one or more words of 16
// digits each), a check, a full stop. As the length is stated and every digit is printed, a line
// that others wrote into can be put together again, and the check shows whether that was right.
//
//   GdbLine line;
//   if (parse_gdb_line(text, line)) ... line.kind, line.number_of("handle") ...
//
// The check is a polynomial, since that is what gdb can compute without Python. It finds every
// change of one word; it is no protection against a forger.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace npuscope {

inline constexpr std::string_view gdb_line_mark = "NPUSCOPE:";
inline constexpr std::size_t gdb_line_head = gdb_line_mark.size() + 4;  // with the length, a blank
inline constexpr std::size_t gdb_word_digits = 16;
inline constexpr std::size_t most_gdb_line = 0xfff;
inline constexpr std::uint64_t gdb_check_factor = 0x9e3779b97f4a7c15;

// What the check begins with: FNV-1a of the line from behind its number to before its check,
// without the digits of values: " MEM_MAP handle= ".
inline constexpr std::uint64_t gdb_seed_start = 0xcbf29ce484222325;
[[nodiscard]] constexpr std::uint64_t gdb_seed(std::string_view text,
                                               std::uint64_t hash = gdb_seed_start) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}
// With the number of the line first, then each word.
[[nodiscard]] constexpr std::uint64_t gdb_check(std::uint64_t check, std::uint64_t word) {
  return check * gdb_check_factor + word;
}

struct GdbValue {
  std::string_view name;
  std::size_t first = 0, count = 0;  // in GdbLine::words
};

// Views into the text that was parsed.
struct GdbLine {
  std::uint64_t number = 0;
  std::string_view kind;
  std::vector<GdbValue> values;
  std::vector<std::uint64_t> words;

  [[nodiscard]] std::span<const std::uint64_t> words_of(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view name) const;
};

// The length that a line states of itself; nothing if this is not the beginning of one.
[[nodiscard]] std::optional<std::size_t> gdb_line_length(std::string_view text);
// Whether the text is exactly one line, with the right check.
[[nodiscard]] bool parse_gdb_line(std::string_view text, GdbLine& line);

}  // namespace npuscope
