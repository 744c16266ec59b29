#include "decoder/input/scan.h"

namespace npuscope {

Arguments key_values(std::string_view text) {
  Arguments result;
  Scanner scan(text);
  for (scan.blanks(); !scan.at_end(); scan.blanks()) {
    std::string_view token = scan.until(" ");
    while (token.ends_with(',')) token.remove_suffix(1);
    const std::size_t equals = token.find('=');
    if (equals != std::string_view::npos) {
      result.emplace_back(token.substr(0, equals), token.substr(equals + 1));
    } else if (token.starts_with('#')) {
      result.emplace_back("number", token.substr(1));
    } else if (!result.empty() && !token.empty()) {
      result.back().second.append(" ").append(token);
    }
  }
  return result;
}

Arguments comma_values(std::string_view text) {
  Arguments result;
  Scanner scan(text);
  while (!scan.at_end()) {
    const std::string_view item = scan.until(",");
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos) continue;
    result.emplace_back(trimmed(item.substr(0, colon)), trimmed(item.substr(colon + 1)));
  }
  return result;
}

std::string_view argument(const Arguments& arguments, std::string_view key) {
  for (const auto& [name, value] : arguments) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace npuscope
