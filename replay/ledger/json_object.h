// A line of somebody's JSON lines, of which any member may be missing or of another type.
//
//   JsonObject line(text);
//   if (!line.is_object()) ... line.text("class"), line.number("cores"), line.real("max_diff")
//
// Internal to the importers: nlohmann's types show here and nowhere else.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "decoder/bundle/json_text.h"

namespace npuscope::ledger {

class JsonObject {
 public:
  explicit JsonObject(std::string_view text)
      : json_(nlohmann::json::parse(text.begin(), text.end(), nullptr, false)) {}
  explicit JsonObject(nlohmann::json json) : json_(std::move(json)) {}

  [[nodiscard]] bool is_object() const { return json_.is_object(); }
  [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }
  [[nodiscard]] std::string text(const char* name) const {
    const auto* value = find(name);
    return value == nullptr ? std::string() : text_of_json(*value).value_or("");
  }
  [[nodiscard]] std::optional<std::uint64_t> number(const char* name) const {
    const auto* value = find(name);
    if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
    return value->get<std::uint64_t>();
  }
  [[nodiscard]] std::optional<double> real(const char* name) const {
    const auto* value = find(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->get<double>();
  }
  [[nodiscard]] bool flag(const char* name) const {
    const auto* value = find(name);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }
  [[nodiscard]] JsonObject object(const char* name) const {
    const auto* value = find(name);
    return JsonObject(value == nullptr ? nlohmann::json() : *value);
  }
  // The items of a list; none if it is no list.
  [[nodiscard]] std::vector<JsonObject> list(const char* name) const {
    std::vector<JsonObject> items;
    const auto* value = find(name);
    if (value == nullptr || !value->is_array()) return items;
    for (const auto& item : *value) items.emplace_back(item);
    return items;
  }
  // Names and values as they stand there.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> members() const {
    std::vector<std::pair<std::string, std::string>> all;
    if (is_object())
      for (const auto& [name, value] : json_.items())
        all.emplace_back(name, text_of_json(value).value_or(value.dump(
                                   -1, ' ', false, nlohmann::json::error_handler_t::replace)));
    return all;
  }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  nlohmann::json json_;
};

// Calls visit(line, number) for each line that is not empty; numbers count from 1.
template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++number;
    if (end > begin) visit(text.substr(begin, end - begin), number);
    begin = end + 1;
  }
}

}  // namespace npuscope::ledger
