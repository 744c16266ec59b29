// What an expression can ask of a record beside its registers: task fields, place, lane, node.
//
//   const Property* amount = property_named("task.amount");    amount->read(record).number == 26
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "decoder/query/records.h"
#include "decoder/query/value.h"

namespace npuscope::query {

enum class PropertyKind : std::uint8_t { number, hexadecimal, truth, text };

struct Property {
  std::string_view name;  // lower case
  PropertyKind kind = PropertyKind::number;
  bool in_every_line = false;  // outputs show it anyway
  std::string_view meaning;    // for a person
  Value (*read)(const LaneRecord& record) = nullptr;
};

[[nodiscard]] std::span<const Property> properties();
[[nodiscard]] const Property* property_named(std::string_view name);  // any case; nullptr: none

}  // namespace npuscope::query
