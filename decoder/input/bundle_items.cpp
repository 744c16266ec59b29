#include "decoder/input/bundle_items.h"

#include <algorithm>
#include <array>

#include "decoder/bundle/event_fields.h"

namespace npuscope {

namespace {

// The value whose name_of() the member holds.
template <typename Value, std::size_t size>
Value named_value(EventMembers& members, const char* member,
                  const std::array<Value, size>& values) {
  const auto text = members.text(member);
  if (!text) return {};
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](Value value) { return name_of(value) == *text; });
  if (found != values.end()) return *found;
  members.misfit(member);
  return {};
}

}  // namespace

Buffer buffer_of(EventMembers& members) {
  Buffer buffer;
  buffer.name = members.text("name").value_or("");
  buffer.role = named_value(members, "role", bundle_roles);
  buffer.role_reason = members.text("role_reason").value_or("");
  buffer.trust = named_value(members, "trust", bundle_trusts);
  buffer.size = members.number("size").value_or(0);
  buffer.exact_size = members.number("exact_size").value_or(0);
  for (const auto& [name, member] : buffer_addresses) buffer.*member = members.number(name);
  buffer.address_source = members.text("address_source").value_or("");
  for (const auto& [name, member] : buffer_numbers) buffer.*member = members.small(name);
  buffer.place = members.place();
  return buffer;
}

Submit submit_of(EventMembers& members) {
  Submit submit;
  for (const auto& [name, member] : submit_numbers) submit.*member = members.small(name);
  for (const auto& [name, member] : submit_addresses) submit.*member = members.number(name);
  for (const auto& [name, member] : submit_signed_numbers) {
    if (const auto number = members.number(name)) {
      submit.*member = static_cast<std::int64_t>(*number);
    }
  }
  const auto cores = members.number_pairs("subcore");
  if (cores.size() > submit.subcore.size()) members.misfit("subcore");
  std::copy_n(cores.begin(), std::min(cores.size(), submit.subcore.size()), submit.subcore.begin());
  submit.jobs = members.jobs("jobs");
  submit.uncaptured = members.text("uncaptured").value_or("");
  submit.place = members.place();
  return submit;
}

Event call_of(EventMembers& members) {
  Event event;
  event.kind = members.text("kind").value_or("");
  event.arguments = members.pairs("arguments");
  event.place = members.place();
  return event;
}

SweepEntry sweep_entry_of(EventMembers& members) {
  SweepEntry entry;
  entry.status = members.text("status").value_or("");
  entry.name = members.text("name").value_or("");
  entry.text = members.text("text").value_or("");
  entry.place = members.place();
  return entry;
}

Diagnostic diagnostic_of(EventMembers& members) {
  Diagnostic diagnostic;
  const std::string severity = members.text("severity").value_or("note");
  if (severity != "note" && severity != "warning") members.misfit("severity");
  diagnostic.severity = severity == "warning" ? Severity::warning : Severity::note;
  diagnostic.text = members.text("text").value_or("");
  diagnostic.place = members.place();
  return diagnostic;
}

std::optional<Fact> fact_of(EventMembers& members) {
  auto key = members.text("key");
  auto value = members.text("value");
  Place place = members.place();
  if (!key || !value) return std::nullopt;
  return Fact{std::move(*key), std::move(*value), std::move(place)};
}

std::optional<NamedWrite> named_write_of(EventMembers& members) {
  auto name = members.text("register");
  auto argument = members.text("argument");
  Place place = members.place();
  if (!name || !argument) return std::nullopt;
  return NamedWrite{std::move(*name), std::move(*argument), std::move(place)};
}

std::optional<LineCount> line_count_of(EventMembers& members) {
  auto format = members.text("format");
  const auto lines = members.count("lines");
  if (!format || !lines) return std::nullopt;
  return LineCount{std::move(*format), *lines};
}

}  // namespace npuscope
