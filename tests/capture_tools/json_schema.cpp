#include "tests/capture_tools/json_schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace npuscope::testing {

namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

std::string check_object(const json& root, const json& schema, const json& value) {
  for (const json& name : schema.value("required", json::array()))
    if (!value.contains(name.get<std::string>())) return "lacks " + name.dump();
  const json properties = schema.value("properties", json::object());
  const json others = schema.value("additionalProperties", json(true));
  for (const auto& [name, member] : value.items()) {
    std::string complaint;
    if (properties.contains(name)) {
      complaint = violation(root, properties[name], member);
    } else if (others == json(false)) {
      return "has \"" + name + "\", which the schema does not know";
    } else if (others.is_object()) {
      complaint = violation(root, others, member);
    }
    if (!complaint.empty()) return name + ": " + complaint;
  }
  return {};
}

std::string check_one_of(const json& root, const json& choices, const json& value) {
  std::size_t fitting = 0;
  std::string complaints;
  for (const json& choice : choices) {
    const std::string complaint = violation(root, choice, value);
    fitting += complaint.empty() ? 1U : 0U;
    complaints += "\n  " + complaint;
  }
  if (fitting == 1) return {};
  return std::to_string(fitting) + " of the choices fit " + value.dump() + complaints;
}

}  // namespace

std::string violation(const json& root, const json& schema, const json& value) {
  static constexpr std::array<std::string_view, 15> known{
      "$schema", "$id",  "$defs",   "$ref",       "title",    "description",          "type",
      "const",   "enum", "pattern", "properties", "required", "additionalProperties", "items",
      "oneOf"};
  for (const auto& [keyword, rule] : schema.items())
    if (std::find(known.begin(), known.end(), keyword) == known.end())
      return "the test does not know the keyword " + keyword;
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"].get<std::string>().substr(1);  // "#/$defs/hex64"
    if (auto bad = violation(root, root.at(json::json_pointer(name)), value); !bad.empty())
      return bad;
  }
  if (schema.contains("type")) {
    const json& type = schema["type"];
    const json types = type.is_array() ? type : json::array({type});
    if (std::none_of(types.begin(), types.end(),
                     [&](const json& t) { return has_type(value, t.get<std::string>()); }))
      return value.dump() + " is not " + type.dump();
  }
  if (schema.contains("const") && schema["const"] != value)
    return value.dump() + " is not " + schema["const"].dump();
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return value.dump() + " is not one of " + schema["enum"].dump();
  if (schema.contains("pattern") && value.is_string() &&
      !RE2::PartialMatch(value.get<std::string>(), schema["pattern"].get<std::string>()))
    return value.dump() + " does not match " + schema["pattern"].dump();
  if (value.is_object()) {
    if (auto bad = check_object(root, schema, value); !bad.empty()) return bad;
  }
  if (value.is_array() && schema.contains("items")) {
    for (const json& item : value)
      if (auto bad = violation(root, schema["items"], item); !bad.empty()) return bad;
  }
  return schema.contains("oneOf") ? check_one_of(root, schema["oneOf"], value) : std::string();
}

}  // namespace npuscope::testing
