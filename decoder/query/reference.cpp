#include "decoder/query/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "regdb/lookup.h"
#include "regdb/spelling.h"

namespace npuscope::query {

namespace {

constexpr std::size_t most_candidates = 6;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '.') c = '_';
  }
  return result;
}

std::string name_of(const LookupMatch& match) {
  return match.field == nullptr ? match.reg->full_name
                                : match.reg->full_name + "." + match.field->name;
}

std::string list_of(const std::vector<LookupMatch>& matches) {
  std::vector<std::string> names;
  for (const LookupMatch& match : matches) {
    if (names.size() == most_candidates) {
      names.emplace_back("...");
      break;
    }
    names.push_back(name_of(match));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Outcome<Reference> reference_to(const LookupMatch& match, std::string_view name) {
  if (!match.reg->block)
    return wrong({0, name.size()},
                 fmt::format("{} cannot be reached by command words", match.reg->full_name));
  Reference reference;
  reference.name = name_of(match);
  reference.block = *match.reg->block;
  reference.offset = match.reg->offset;
  reference.reg = match.reg;
  reference.field = match.field;
  return reference;
}

// Registers that begin so, else fields.
std::vector<LookupMatch> completions(const RegisterDb& db, std::string_view name) {
  const std::string begin = upper(name);
  std::vector<LookupMatch> found;
  const auto begins = [&begin](const std::string& full, const std::string& bare) {
    return upper(full).starts_with(begin) || upper(bare).starts_with(begin);
  };
  for (const Register& reg : db.registers())
    if (reg.block && begins(reg.full_name, reg.name)) found.push_back({&reg, nullptr});
  if (!found.empty()) return found;
  for (const Register& reg : db.registers()) {
    if (!reg.block) continue;
    for (const Field& field : reg.fields)
      if (begins(field.full_name, reg.name + "_" + field.name)) found.push_back({&reg, &field});
  }
  return found;
}

tl::unexpected<QueryError> nothing_is_called(std::string_view name,
                                             std::vector<std::string> suggestions) {
  std::vector<std::string> names;
  for (const Property& property : properties()) names.emplace_back(property.name);
  std::vector<std::string> nearest = closest_names(lower_case(name), names, 3);
  nearest.insert(nearest.end(), suggestions.begin(), suggestions.end());
  return wrong({0, name.size()}, fmt::format("nothing is called `{}`", name),
               nearest.empty() ? std::string("`npuscope regs CNA` lists the registers of a block")
                               : fmt::format("did you mean {}?", fmt::join(nearest, ", ")));
}

Outcome<FoundReference> find_register(const RegisterDb& db, std::string_view name) {
  const Lookup found = look_up(db, name);
  const auto one = [&](const LookupMatch& match,
                       std::string_view completed) -> Outcome<FoundReference> {
    auto reference = reference_to(match, name);
    if (!reference) return tl::unexpected(reference.error());
    return FoundReference{std::move(*reference), std::string(completed)};
  };
  if (found.matches.size() == 1) return one(found.matches.front(), {});
  if (!found.matches.empty())
    return wrong({0, name.size()},
                 fmt::format("`{}` is the name of {} things", name, found.matches.size()),
                 "one of " + list_of(found.matches));
  const auto longer = completions(db, name);
  if (longer.size() == 1) return one(longer.front(), name);
  if (!longer.empty())
    return wrong({0, name.size()},
                 fmt::format("`{}` is the beginning of {} names", name, longer.size()),
                 "one of " + list_of(longer));
  return nothing_is_called(name, found.suggestions);
}

}  // namespace

std::int64_t Reference::number_in(std::uint32_t register_value) const {
  if (field == nullptr) return register_value;
  return quantity ? field->quantity(register_value) : field->extract(register_value);
}

namespace {

// "@1040", "0x1040.data_bank": the register at the offset gives its name.
Outcome<FoundReference> find_at(const RegisterDb& db, std::string_view name) {
  const std::size_t begin = name.starts_with('@') ? 1 : 0;
  const std::size_t dot = std::min(name.find('.'), name.size());
  auto reference = reference_at(db, name.substr(begin, dot - begin));
  if (!reference) {
    reference.error().span = {0, dot};
    return tl::unexpected(reference.error());
  }
  if (dot == name.size()) return FoundReference{std::move(*reference), {}};
  auto found = find_reference(db, reference->name + std::string(name.substr(dot)));
  if (!found) found.error().span = {0, name.size()};
  return found;
}

}  // namespace

Outcome<FoundReference> find_reference(const RegisterDb& db, std::string_view name) {
  if (const Property* property = property_named(name))
    return FoundReference{{std::string(property->name), property}, {}};
  const std::string small = lower_case(name);
  if (small.starts_with("task.") || small.starts_with("record."))
    return nothing_is_called(name, {});
  if (small.starts_with("0x") || small.starts_with("@")) return find_at(db, name);
  const bool quantity = small.ends_with(".value");
  if (!quantity && !small.ends_with(".raw")) return find_register(db, name);
  // A database of a person's own may have a field of that name.
  if (look_up(db, name).matches.size() == 1) return find_register(db, name);
  auto found = find_register(db, name.substr(0, name.rfind('.')));
  if (!found || !quantity) return found;
  if (found->reference.field == nullptr)
    return wrong({0, name.size()}, fmt::format("{} is a register", found->reference.name),
                 "only fields have a quantity");
  found->reference.quantity = true;
  found->reference.name += ".value";
  return found;
}

Reference reference_at(const RegisterDb& db, Block block, std::uint16_t offset) {
  const Register* reg = db.at(offset);
  if (reg != nullptr && reg->block != block) reg = nullptr;
  Reference reference;
  reference.block = block;
  reference.offset = offset;
  reference.reg = reg;
  reference.name = reg != nullptr
                       ? reg->full_name
                       : fmt::format("{}_UNKNOWN_{:04x}", npuscope::name_of(block), offset);
  return reference;
}

Outcome<Reference> reference_at(const RegisterDb& db, std::string_view offset) {
  const bool prefixed = offset.starts_with("0x") || offset.starts_with("0X");
  const char* begin = offset.data() + (prefixed ? 2 : 0);
  const char* end = offset.data() + offset.size();
  std::uint16_t number = 0;
  const auto [rest, error] = std::from_chars(begin, end, number, 16);
  const auto block = block_of_offset(number);
  if (error != std::errc{} || rest != end || !block || number % 4 != 0)
    return wrong({0, offset.size()}, fmt::format("`{}` is not the offset of a register", offset),
                 "hexadecimal, a multiple of 4, below 0x8000");
  return reference_at(db, *block, number);
}

Outcome<std::vector<FoundReference>> find_references(const RegisterDb& db, std::string_view list) {
  std::vector<FoundReference> references;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::size_t from = begin, until = end;
    while (from < until && list[from] == ' ') ++from;
    while (until > from && list[until - 1] == ' ') --until;
    const std::string_view name = list.substr(from, until - from);
    begin = end + 1;
    if (name.empty()) return wrong({from, from < list.size() ? 1U : 0U}, "a name is missing");
    const Lookup all = look_up(db, name);
    const bool block = property_named(name) == nullptr && all.matches.size() > 1 &&
                       upper(name) == upper(all.matches.front().reg->domain);
    if (block && all.matches.front().reg->block) {
      for (const LookupMatch& match : all.matches)
        references.push_back({*reference_to(match, name), {}});
      continue;
    }
    auto found = find_reference(db, name);
    if (!found) {
      found.error().span.at += from;
      return tl::unexpected(found.error());
    }
    references.push_back(std::move(*found));
  }
  return references;
}

}  // namespace npuscope::query
