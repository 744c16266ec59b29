// Texts and 64-bit numbers as JSON values, in both directions.
//
//   json_of_text("a\xff")  ->  {"base16": "61ff"}     // no UTF-8: a log may hold any byte
//   json_of_number(5)      ->  "0x0000000000000005"   // JSON numbers end at 53 bits for many
//   readers
//
// Internal to the bundle: nlohmann's types show here and nowhere else.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace npuscope {

[[nodiscard]] nlohmann::ordered_json json_of_text(std::string_view text);
[[nodiscard]] std::string json_of_number(std::uint64_t number);

// The same as the bytes of a file, put behind what is there.
void append_json_text(std::string& out, std::string_view text);
void append_json_number(std::string& out, std::uint64_t number);

// Two lower-case digits for each byte.
[[nodiscard]] std::string base16(std::string_view text);

[[nodiscard]] std::optional<std::string> text_of_json(const nlohmann::json& value);
// 0x and 1 to 16 digits.
[[nodiscard]] std::optional<std::uint64_t> number_of_json(const nlohmann::json& value);

// As RFC 3629 has it: no surrogates, no overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace npuscope
