#include "decoder/bundle/json_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/input/scan.h"

namespace npuscope {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::optional<std::string> from_base16(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string text;
  text.reserve(digits.size() / 2);
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    std::uint64_t byte = 0;
    if (!fixed_hex(digits.data() + at, 2, byte)) return std::nullopt;
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

// Bytes of the character that begins here, 0 if none does.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool too_large = lead == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string base16(std::string_view text) {
  std::string made(2 * text.size(), '0');
  auto at = made.begin();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    *at++ = hex_digits[byte >> 4U];
    *at++ = hex_digits[byte & 0xfU];
  }
  return made;
}

nlohmann::ordered_json json_of_text(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  return {{"base16", base16(text)}};
}

std::string json_of_number(std::uint64_t number) {
  return fmt::format("0x{:016x}", number);
}

void append_json_text(std::string& out, std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!plain) {
    out += json_of_text(text).dump();
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void append_json_number(std::string& out, std::uint64_t number) {
  constexpr std::string_view zero = R"("0x0000000000000000")";
  out += zero;
  for (auto digit = out.end() - 2; number != 0; number >>= 4U) *digit-- = hex_digits[number & 0xfU];
}

std::optional<std::string> text_of_json(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const auto digits = value.find("base16");
  if (digits == value.end() || !digits->is_string()) return std::nullopt;
  return from_base16(digits->get_ref<const std::string&>());
}

std::optional<std::uint64_t> number_of_json(const nlohmann::json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  return text.starts_with("0x") ? whole_number(text) : std::nullopt;
}

}  // namespace npuscope
