#include "regdb/lookup.h"

#include <algorithm>
#include <charconv>

#include "regdb/spelling.h"

namespace npuscope {
namespace {

constexpr std::size_t suggestion_count = 5;

std::string normalised(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else {
      name += c == '.' || c == ':' || c == '-' || c == ' ' || c == '\t' ? '_' : c;
    }
  }
  const auto first = name.find_first_not_of('_');
  if (first == std::string::npos) return {};
  name = name.substr(first, name.find_last_not_of('_') - first + 1);
  return name.substr(0, 4) == "REG_" ? name.substr(4) : name;
}

std::string_view without_rdma(std::string_view name) {
  return name.substr(0, 5) == "RDMA_" ? name.substr(5) : name;
}

struct HexNumber {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  bool prefixed = false;
};

std::optional<HexNumber> hex_number(std::string_view name) {
  HexNumber number;
  number.prefixed = name.substr(0, 2) == "0X";
  if (number.prefixed) name.remove_prefix(2);
  number.digits = name.size();
  const auto* end = name.data() + name.size();
  const auto result = std::from_chars(name.data(), end, number.value, 16);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// `upper` against a name of the database, which may be of a person's own and in any case.
bool same(std::string_view upper, std::string_view name) {
  return std::equal(upper.begin(), upper.end(), name.begin(), name.end(),
                    [](char a, char b) { return a == (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b); });
}

// The spellings of a register. Fields append "_" and their name to each.
struct Spellings {
  explicit Spellings(const Register& reg)
      : full(reg.full_name),
        full_short(reg.domain + "_" + std::string(without_rdma(reg.name))),
        bare(reg.name),
        bare_short(without_rdma(reg.name)) {}

  [[nodiscard]] bool contain(std::string_view name) const {
    return same(name, full) || same(name, full_short) || same(name, bare) || same(name, bare_short);
  }

  // True if `name` is one of the spellings, "_" and `field`.
  [[nodiscard]] bool contain_field(std::string_view name, std::string_view field) const {
    if (name.size() < field.size() + 2 || !same(name.substr(name.size() - field.size()), field)) {
      return false;
    }
    const auto rest = name.substr(0, name.size() - field.size());
    return rest.back() == '_' && contain(rest.substr(0, rest.size() - 1));
  }

  std::string full;
  std::string full_short;
  std::string bare;
  std::string bare_short;
};

void add_fields(const Register& reg, std::string_view name, std::vector<LookupMatch>& matches) {
  const Spellings spellings(reg);
  for (const auto* list : {&reg.fields, &reg.aliases}) {
    for (const auto& field : *list) {
      if (same(name, field.name) || spellings.contain_field(name, field.name)) {
        matches.push_back({&reg, &field});
      }
    }
  }
}

std::vector<LookupMatch> matches_by_name(const RegisterDb& db, std::string_view name) {
  for (const auto& reg : db.registers()) {
    if (same(name, reg.full_name)) return {{&reg, nullptr}};
  }
  std::vector<LookupMatch> block;
  std::vector<LookupMatch> partial;
  for (const auto& reg : db.registers()) {
    for (const auto* list : {&reg.fields, &reg.aliases}) {
      for (const auto& field : *list) {
        if (same(name, field.full_name)) return {{&reg, &field}};
      }
    }
    if (same(name, reg.domain)) block.push_back({&reg, nullptr});
    if (Spellings(reg).contain(name)) partial.push_back({&reg, nullptr});
    add_fields(reg, name, partial);
  }
  return block.empty() ? partial : block;
}

std::vector<std::string> suggest_names(const RegisterDb& db, std::string_view name) {
  std::vector<std::string> full;
  std::vector<std::string> bare;
  for (const auto& reg : db.registers()) {
    full.push_back(reg.full_name);
    full.push_back(reg.domain);
    bare.push_back(reg.name);
    for (const auto& field : reg.fields) {
      full.push_back(field.full_name);
      bare.push_back(field.name);
    }
  }
  auto suggestions = closest_names(name, full, suggestion_count);
  for (const auto& item : closest_names(name, bare, suggestion_count)) {
    // A short name stands for what it names in full, where that is one thing only.
    const auto meant = matches_by_name(db, item);
    const bool one = meant.size() == 1;
    suggestions.push_back(!one                        ? item
                          : meant[0].field != nullptr ? meant[0].field->full_name
                                                      : meant[0].reg->full_name);
  }
  std::vector<std::string> unique;
  for (auto& item : suggestions) {
    if (std::find(unique.begin(), unique.end(), item) == unique.end()) unique.push_back(item);
  }
  if (unique.size() > suggestion_count) unique.resize(suggestion_count);
  return unique;
}

// The registers before and after an offset that has none.
std::vector<std::string> neighbours(const RegisterDb& db, std::uint64_t offset) {
  const auto& registers = db.registers();
  const auto after = std::find_if(registers.begin(), registers.end(),
                                  [&](const Register& reg) { return reg.offset > offset; });
  std::vector<std::string> names;
  if (after != registers.begin()) names.push_back(std::prev(after)->full_name);
  if (after != registers.end()) names.push_back(after->full_name);
  return names;
}

Lookup look_up_word(const RegisterDb& db, std::uint64_t word) {
  Lookup found;
  found.word =
      CommandWord{static_cast<std::uint16_t>(word >> 48U), static_cast<std::uint32_t>(word >> 16U),
                  static_cast<std::uint16_t>(word)};
  // OPERATION_ENABLE goes to all blocks at once, from the page of the program controller.
  const bool broadcast = found.word->target == target_operation_enable;
  const auto block = broadcast ? Block::pc : block_of_target(found.word->target);
  const auto* reg = db.at(found.word->offset);
  if (reg != nullptr && block && reg->block == block) found.matches.push_back({reg, nullptr});
  return found;
}

}  // namespace

Lookup look_up(const RegisterDb& db, std::string_view text) {
  const auto name = normalised(text);
  Lookup found;
  if (name.empty()) return found;
  found.matches = matches_by_name(db, name);
  if (!found.matches.empty()) return found;
  if (const auto number = hex_number(name)) {
    const bool word = number->digits == 16 || (number->prefixed && number->digits >= 13);
    if (word && number->digits <= 16) return look_up_word(db, number->value);
    const auto* reg =
        number->value <= 0xffff ? db.at(static_cast<std::uint16_t>(number->value)) : nullptr;
    if (reg != nullptr) {
      found.matches.push_back({reg, nullptr});
    } else {
      found.suggestions = neighbours(db, number->value);
    }
    return found;
  }
  found.suggestions = suggest_names(db, name);
  return found;
}

}  // namespace npuscope
