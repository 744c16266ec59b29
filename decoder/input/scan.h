// Hand-written scanners for the lines that captures are full of. RE2 is for the rare ones.
//
//   Scanner scan("  regcmd_qword[1] off=0x4808 ...");
//   if (scan.literal("  regcmd_qword[")) index = scan.decimal();   // empty when there is no number
//
// Numbers that do not fit 64 bits are no numbers. Nothing is allocated, nothing is read past the
// end of the view.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npuscope {

inline constexpr std::array<std::int8_t, 256> hex_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = std::int8_t(i);
  for (int i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = std::int8_t(10 + i);
    values[static_cast<std::size_t>('A' + i)] = std::int8_t(10 + i);
  }
  return values;
}();

[[nodiscard]] constexpr int hex_value(char c) {
  return hex_values[static_cast<unsigned char>(c)];
}

// Exactly `digits` hexadecimal digits (at most 16) at `text`, which must hold as many characters.
[[nodiscard]] constexpr bool fixed_hex(const char* text, std::size_t digits, std::uint64_t& value) {
  std::uint64_t number = 0;
  int bad = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(text[i]);
    bad |= digit;
    number = number << 4U | static_cast<std::uint64_t>(digit & 15);
  }
  value = number;
  return bad >= 0;
}

class Scanner {
 public:
  constexpr explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] constexpr std::string_view rest() const { return rest_; }
  [[nodiscard]] constexpr bool at_end() const { return rest_.empty(); }

  constexpr bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  constexpr void blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }
  // 1 to 16 digits without 0x.
  constexpr std::optional<std::uint64_t> hex() {
    std::uint64_t value = 0;
    std::size_t n = 0;
    while (n < rest_.size() && hex_value(rest_[n]) >= 0) {
      if (n == 16) return std::nullopt;
      value = value << 4U | static_cast<std::uint64_t>(hex_value(rest_[n++]));
    }
    if (n == 0) return std::nullopt;
    rest_.remove_prefix(n);
    return value;
  }
  constexpr std::optional<std::uint64_t> decimal() {
    std::uint64_t value = 0;
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') {
      const auto digit = static_cast<std::uint64_t>(rest_[n++] - '0');
      if (value > (~std::uint64_t{0} - digit) / 10) return std::nullopt;
      value = value * 10 + digit;
    }
    if (n == 0) return std::nullopt;
    rest_.remove_prefix(n);
    return value;
  }
  // 0x and hexadecimal digits, or decimal digits.
  constexpr std::optional<std::uint64_t> number() {
    if (literal("0x") || literal("0X")) return hex();
    return decimal();
  }
  // Everything before `mark`, which is skipped too; all the rest when it does not occur.
  constexpr std::string_view until(std::string_view mark) {
    const std::size_t end = rest_.find(mark);
    const std::string_view before = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + mark.size());
    return before;
  }

 private:
  std::string_view rest_;
};

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The whole of `text` as a number (0x.. or decimal), or nothing.
[[nodiscard]] constexpr std::optional<std::uint64_t> whole_number(std::string_view text) {
  Scanner scan(text);
  const auto value = scan.number();
  return scan.at_end() ? value : std::nullopt;
}

[[nodiscard]] constexpr std::optional<std::uint32_t> whole_number32(std::string_view text) {
  const auto value = whole_number(text);
  if (!value || *value > 0xffffffffU) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

using Arguments = std::vector<std::pair<std::string, std::string>>;

// "#2 size=28352 flags=0x403 error=Permission denied" -> number 2, size, flags, error. A value
// reaches to the next blank; words without "=" belong to the value before them.
[[nodiscard]] Arguments key_values(std::string_view text);
// "name: task, dma addr: 0xfff9f000" -> name, "dma addr".
[[nodiscard]] Arguments comma_values(std::string_view text);
[[nodiscard]] std::string_view argument(const Arguments& arguments, std::string_view key);

}  // namespace npuscope
