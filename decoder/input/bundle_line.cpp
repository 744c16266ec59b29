#include "decoder/input/bundle_line.h"

#include <fmt/format.h>

#include "decoder/bundle/json_text.h"
#include "decoder/input/bundle.h"

namespace npuscope {

namespace {

using Json = nlohmann::json;

std::optional<std::uint64_t> count_of(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<std::uint64_t>();
}

std::optional<std::uint32_t> small_of(const Json& value) {
  const auto number = count_of(value);
  if (!number || *number > 0xffffffffU) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

ParsedObject parse_object(std::string_view text) {
  if (text.size() > max_bundle_line_bytes) {
    return {{}, fmt::format("is longer than {} bytes", max_bundle_line_bytes)};
  }
  // What is beyond a limit is counted and dropped, so that it costs no memory.
  bool too_deep = false;
  std::size_t values = 0;
  const auto within_limits = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > max_bundle_depth;
    return !too_deep && ++values <= max_bundle_line_values;
  };
  try {
    Json object = Json::parse(text.begin(), text.end(), within_limits, false);
    if (too_deep) return {{}, fmt::format("is nested deeper than {} levels", max_bundle_depth)};
    if (values > max_bundle_line_values) {
      return {{}, fmt::format("has more than {} values", max_bundle_line_values)};
    }
    if (object.is_discarded()) return {{}, "is no valid JSON"};
    if (!object.is_object()) return {{}, "is no JSON object"};
    return {std::move(object), {}};
  } catch (const std::exception& error) {
    return {{}, fmt::format("cannot be parsed: {}", error.what())};
  }
}

const Json* EventMembers::find(const std::string& name) {
  const auto found = object_.find(name);
  if (found == object_.end()) return nullptr;
  asked_.insert(name);
  return &*found;
}

std::optional<std::string> EventMembers::text(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  auto text = text_of_json(*value);
  if (!text) misfit(name);
  return text;
}

std::optional<std::uint64_t> EventMembers::number(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = number_of_json(*value);
  if (!number) misfit(name);
  return number;
}

std::optional<std::uint32_t> EventMembers::small(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = small_of(*value);
  if (!number) misfit(name);
  return number;
}

std::optional<std::uint64_t> EventMembers::count(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = count_of(*value);
  if (!number) misfit(name);
  return number;
}

Place EventMembers::place() {
  const Json* value = find("place");
  if (value == nullptr) return {};
  if (!value->is_object()) {
    misfit("place");
    return {};
  }
  EventMembers members(*value, source_);
  Place place;
  place.file = members.text("file").value_or(source_);
  place.is_line = value->contains("line");
  place.at = (place.is_line ? members.count("line") : members.number("byte")).value_or(0);
  if (!members.misfits().empty()) misfit("place");
  for (const std::string& name : members.unknown()) unknown_inside_.push_back("place." + name);
  return place;
}

std::vector<std::pair<std::string, std::string>> EventMembers::pairs(const std::string& name) {
  std::vector<std::pair<std::string, std::string>> list;
  const Json* value = find(name);
  if (value == nullptr) return list;
  bool fits = value->is_array();
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    const Json& pair = (*value)[i];
    const bool two = pair.is_array() && pair.size() == 2;
    auto first = two ? text_of_json(pair[0]) : std::nullopt;
    auto second = two ? text_of_json(pair[1]) : std::nullopt;
    fits = first && second;
    if (fits) list.emplace_back(std::move(*first), std::move(*second));
  }
  if (!fits) misfit(name);
  return list;
}

std::vector<std::optional<EventMembers::NumberPair>> EventMembers::number_pairs(
    const std::string& name) {
  std::vector<std::optional<NumberPair>> list;
  const Json* value = find(name);
  if (value == nullptr) return list;
  bool fits = value->is_array();
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    const Json& pair = (*value)[i];
    const bool two = pair.is_array() && pair.size() == 2;
    const auto first = two ? small_of(pair[0]) : std::nullopt;
    const auto second = two ? small_of(pair[1]) : std::nullopt;
    fits = pair.is_null() || (first && second);
    if (fits)
      list.push_back(pair.is_null() ? std::nullopt : std::optional(std::pair(*first, *second)));
  }
  if (!fits) misfit(name);
  return list;
}

std::vector<RocketJob> EventMembers::jobs(const std::string& name) {
  std::vector<RocketJob> list;
  const Json* value = find(name);
  if (value == nullptr) return list;
  bool fits = value->is_array();
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    if (!(*value)[i].is_object()) {
      fits = false;
      break;
    }
    EventMembers members((*value)[i], source_);
    RocketJob job;
    for (const auto& task : members.number_pairs("tasks"))
      if (task) job.tasks.push_back(*task);
    job.inputs = members.smalls("inputs");
    job.outputs = members.smalls("outputs");
    fits = members.misfits().empty();
    for (const std::string& other : members.unknown())
      unknown_inside_.push_back(fmt::format("{}.{}", name, other));
    if (fits) list.push_back(std::move(job));
  }
  if (!fits) misfit(name);
  return list;
}

std::vector<std::uint32_t> EventMembers::smalls(const std::string& name) {
  std::vector<std::uint32_t> list;
  const Json* value = find(name);
  if (value == nullptr) return list;
  bool fits = value->is_array();
  for (std::size_t i = 0; fits && i < value->size(); ++i) {
    const auto number = small_of((*value)[i]);
    fits = number.has_value();
    if (fits) list.push_back(*number);
  }
  if (!fits) misfit(name);
  return list;
}

std::vector<std::pair<std::string, std::string>> EventMembers::texts(const std::string& name) {
  std::vector<std::pair<std::string, std::string>> list;
  const Json* value = find(name);
  if (value == nullptr) return list;
  bool fits = value->is_object();
  if (fits) {
    for (const auto& [key, member] : value->items()) {
      auto text = text_of_json(member);
      fits = fits && text;
      if (text) list.emplace_back(key, std::move(*text));
    }
  }
  if (!fits) misfit(name);
  return list;
}

std::vector<std::string> EventMembers::unknown() const {
  std::vector<std::string> names = unknown_inside_;
  for (const auto& [name, value] : object_.items()) {
    if (!asked_.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace npuscope
