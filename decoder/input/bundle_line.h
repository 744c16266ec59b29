// One JSON object of a bundle: parsed within limits, and read member by member so that what nobody
// asked for shows.
//
//   ParsedObject parsed = parse_object(line);
//   EventMembers members(parsed.object);
//   const auto size = members.number("size");     // "0x..."; empty: absent or not of this form
//   for (const std::string& name : members.unknown()) ...
//
// For readers of JSON lines that we wrote; it needs nlohmann-json, which no other header does.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

struct ParsedObject {
  nlohmann::json object;
  std::string problem;  // why there is no object; empty: there is one
};

[[nodiscard]] ParsedObject parse_object(std::string_view text);

class EventMembers {
 public:
  // `object` must outlive it; `source` is the file of places that name none.
  EventMembers(const nlohmann::json& object, const std::string& source)
      : object_(object), source_(source) {}

  // The value if the object has it; a value that is there but not of this form counts as misfit.
  [[nodiscard]] std::optional<std::string> text(const std::string& name);
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name);  // "0x..."
  [[nodiscard]] std::optional<std::uint32_t> small(const std::string& name);   // 32 bits
  [[nodiscard]] std::optional<std::uint64_t> count(const std::string& name);
  [[nodiscard]] Place place();
  // Pairs of texts in an array.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs(const std::string& name);
  // null, or two numbers of 32 bits, in an array.
  using NumberPair = std::pair<std::uint32_t, std::uint32_t>;
  [[nodiscard]] std::vector<std::optional<NumberPair>> number_pairs(const std::string& name);
  // Numbers of 32 bits in an array.
  [[nodiscard]] std::vector<std::uint32_t> smalls(const std::string& name);
  // Jobs of a submit: objects of lists.
  [[nodiscard]] std::vector<RocketJob> jobs(const std::string& name);
  // An object of texts; used by the head.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts(const std::string& name);
  // A value that has the right form and still means nothing to us.
  void misfit(const std::string& name) { misfits_.push_back(name); }

  // Members that nobody asked for, and members with values of another form.
  [[nodiscard]] std::vector<std::string> unknown() const;
  [[nodiscard]] const std::vector<std::string>& misfits() const { return misfits_; }

 private:
  [[nodiscard]] const nlohmann::json* find(const std::string& name);

  const nlohmann::json& object_;
  const std::string& source_;
  std::set<std::string> asked_;
  std::vector<std::string> misfits_;
  std::vector<std::string> unknown_inside_;  // of members that are objects
};

}  // namespace npuscope
