// The pieces of a shape's name between underscores. Internal to the readers of names.
//
//   tokens_of("gen:b1_c64")   // {"b1", 4}, {"c64", 7}: letters "c", value "64"
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace npuscope {

inline constexpr std::size_t longest_name = 256;
inline constexpr std::string_view command_prefix = "gen:";
inline constexpr std::string_view remedy_of_form =
    "a name looks like b1_c64_h56_w56_oc128_wic64_k1x1_g1, then _s2 _p1 _d2 _i8 _bias _relu ...";

// "wic64" at character 30: letters "wic", value "64".
struct Token {
  std::string_view text;
  std::size_t at = 0;  // index of its first character in the whole name

  [[nodiscard]] std::string_view letters() const {
    const auto* end = std::find_if_not(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
  }
  [[nodiscard]] std::string_view value() const { return text.substr(letters().size()); }
};

// Without the "gen:" that the command puts before names. At least one token, which may be empty.
[[nodiscard]] inline std::vector<Token> tokens_of(std::string_view name) {
  std::vector<Token> tokens;
  std::size_t begin = name.starts_with(command_prefix) ? command_prefix.size() : 0;
  while (true) {
    const std::size_t end = std::min(name.find('_', begin), name.size());
    tokens.push_back({name.substr(begin, end - begin), begin});
    if (end == name.size()) return tokens;
    begin = end + 1;
  }
}

}  // namespace npuscope
