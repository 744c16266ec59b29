#include "regdb/rules_ng_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::rules_ng {
namespace {

struct TypeUse {
  FieldType type = FieldType::uint;
  const Enum* values = nullptr;
  const Element* bitset = nullptr;
};

TypeUse resolve_type(Scope& scope, const Element& element) {
  const auto text = element.text("type");
  if (text.empty() || text == "uint") return {};
  if (text == "int") return {FieldType::sint};
  if (text == "boolean") return {FieldType::boolean};
  const std::string type(text);
  if (type == "hex" || type == "address" || type == "waddress") return {FieldType::hex};
  if (type == "float" || type == "fixed" || type == "ufixed") return {FieldType::other};
  if (const auto found = scope.enums.find(type); found != scope.enums.end()) {
    return {FieldType::enumeration, found->second};
  }
  if (const auto found = scope.bitsets.find(type); found != scope.bitsets.end()) {
    return {FieldType::bitset, nullptr, &found->second};
  }
  scope.report.notice(element.place(), fmt::format("type {} of {} is not known; read as a number",
                                                   type, element.text("name")));
  return {FieldType::other};
}

// True for nearly every bitfield: only its name, place and type are given.
bool has_only_layout(const Element& element) {
  for (const auto& attribute : element.node.attributes()) {
    const std::string_view name = attribute.name();
    if (name != "name" && name != "type" && name != "low" && name != "high" && name != "pos") {
      return false;
    }
  }
  return true;
}

class FieldReader {
 public:
  FieldReader(Scope& scope, std::deque<Enum>& enums, unsigned width)
      : scope_(scope), enums_(enums), width_(width) {}

  void read_bitfields(const Element& owner, unsigned base, const std::string& prefix, int depth);
  void add(const Element& element, Field&& field);
  void check_layout(const Element& reg);
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  std::vector<Field> take() { return std::move(fields_); }

 private:
  struct Range {
    unsigned low = 0;
    unsigned high = 0;
  };

  void read_bitfield(const Element& element, unsigned base, const std::string& prefix, int depth);
  std::optional<Range> read_range(const Element& element, unsigned base);
  void read_rare_attributes(const Element& element);
  void read_inline_values(const Element& element, Field& field);

  Scope& scope_;
  std::deque<Enum>& enums_;
  unsigned width_;
  std::vector<Field> fields_;
  bool in_variant_ = false;
};

void FieldReader::read_bitfields(const Element& owner, unsigned base, const std::string& prefix,
                                 int depth) {
  if (!scope_.depth_is_sane(owner, depth)) return;
  for (const auto& child : owner.node.children()) {
    const Element element{owner.file, child};
    if (!scope_.enter(element)) continue;
    const auto kind = local_name(child);
    if (kind == "bitfield") {
      read_bitfield(element, base, prefix, depth);
    } else if (kind != "doc" && kind != "brief") {
      scope_.report.notice(element.place(),
                           fmt::format("element {} inside {} {} is not supported", kind,
                                       local_name(owner.node), owner.text("name")));
    }
  }
}

void FieldReader::read_bitfield(const Element& element, unsigned base, const std::string& prefix,
                                int depth) {
  const bool plain = has_only_layout(element);
  if (!plain) read_rare_attributes(element);
  const auto name = scope_.name(element);
  const auto range = read_range(element, base);
  if (!name || !range) return;
  const auto use = resolve_type(scope_, element);
  if (use.bitset != nullptr) {
    FieldReader nested(scope_, enums_, range->high + 1);
    nested.read_bitfields(*use.bitset, range->low, prefix + *name + "_", depth + 1);
    for (auto& field : nested.fields_) fields_.push_back(std::move(field));
    return;
  }
  Field field;
  field.name = prefix + *name;
  field.low = static_cast<std::uint8_t>(range->low);
  field.high = static_cast<std::uint8_t>(range->high);
  field.type = use.type;
  field.values = use.values;
  if (!plain && element.has("shr")) {
    field.shift = static_cast<std::uint8_t>(scope_.number(element, "shr", 31).value_or(0));
  }
  if (element.node.first_child()) read_inline_values(element, field);
  add(element, std::move(field));
}

void FieldReader::read_inline_values(const Element& element, Field& field) {
  auto inside = read_enum(scope_, element, field.name);
  if (inside.values.empty()) return;
  enums_.push_back(std::move(inside));
  field.values = &enums_.back();
  field.type = FieldType::enumeration;
}

void FieldReader::add(const Element& element, Field&& field) {
  if (++scope_.fields > max_fields) {
    scope_.report.fail(element.place(), fmt::format("more than {} fields", max_fields),
                       "groups and arrays multiply; use fewer");
    return;
  }
  field.is_signed = field.type == FieldType::sint;
  if (field.type == FieldType::boolean && field.low != field.high) {
    scope_.report.notice(element.place(), fmt::format("boolean {} has {} bits; read as a number",
                                                      field.name, field.high - field.low + 1));
    field.type = FieldType::uint;
  }
  fields_.push_back(std::move(field));
}

std::optional<FieldReader::Range> FieldReader::read_range(const Element& element, unsigned base) {
  const bool single = element.has("pos");
  if (!single && !element.has("low") && !element.has("high")) {
    scope_.report.fail(
        element.place(),
        fmt::format("bitfield {} has neither pos nor low and high", element.text("name")),
        "add pos=\"...\", or low=\"...\" and high=\"...\"");
    return std::nullopt;
  }
  const auto low = scope_.number(element, single ? "pos" : "low", 63);
  const auto high = single ? low : scope_.number(element, "high", 63);
  if (!low || !high) return std::nullopt;
  if (*low > *high || *high + base >= width_) {
    scope_.report.fail(element.place(),
                       fmt::format("bits [{}:{}] of bitfield {} do not fit into {} bits", *high,
                                   *low, element.text("name"), width_ - base),
                       "low may not exceed high, and both must lie inside the register");
    return std::nullopt;
  }
  return Range{*low + base, *high + base};
}

void FieldReader::read_rare_attributes(const Element& element) {
  scope_.check_attributes(element,
                          {"name", "low", "high", "pos", "type", "shr", "min", "max", "align"});
  in_variant_ |= scope_.note_variants(element);
  // They restrict what may be written; a decoder shows what was written.
  for (const char* attribute : {"min", "max", "align"}) {
    if (!element.has(attribute) || parse_number(element.text(attribute))) continue;
    scope_.report.notice(element.place(),
                         fmt::format("{} '{}' of {} is not a number", attribute,
                                     element.text(attribute), element.text("name")));
  }
}

void FieldReader::check_layout(const Element& reg) {
  const auto higher = [](const Field& a, const Field& b) { return a.high > b.high; };
  if (!std::is_sorted(fields_.begin(), fields_.end(), higher)) {
    std::reverse(fields_.begin(), fields_.end());  // most files run from bit 0 upwards
  }
  if (!std::is_sorted(fields_.begin(), fields_.end(), higher)) {
    std::sort(fields_.begin(), fields_.end(), higher);
  }
  for (std::size_t i = 1; i < fields_.size(); ++i) {
    const auto& above = fields_[i - 1];
    const auto& field = fields_[i];
    if (field.high < above.low) continue;
    const auto text =
        fmt::format("fields {} [{}:{}] and {} [{}:{}] of {} overlap", above.name, above.high,
                    above.low, field.name, field.high, field.low, reg.text("name"));
    if (!in_variant_) {
      scope_.report.fail(reg.place(), text, "give every bit to one field");
      return;
    }
    scope_.report.notice(reg.place(), text + " in different variants; the lower one is left out");
    fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    for (std::size_t j = i + 1; j < fields_.size(); ++j) {
      if (fields_[i].name != fields_[j].name) continue;
      scope_.report.fail(
          reg.place(),
          fmt::format("two fields of {} are called {}", reg.text("name"), fields_[i].name),
          "rename one of them");
      return;
    }
  }
}

// A register without bitfields is one field under its own name.
Field whole_register(Scope& scope, const Element& reg, const TypeUse& use, unsigned width) {
  Field whole;
  whole.name = std::string(reg.text("name"));
  whole.high = static_cast<std::uint8_t>(width - 1);
  whole.type = use.type;
  whole.values = use.values;
  if (reg.has("shr")) {
    whole.shift = static_cast<std::uint8_t>(scope.number(reg, "shr", 31).value_or(0));
  }
  return whole;
}

}  // namespace

Enum read_enum(Scope& scope, const Element& element, std::string name) {
  Enum result;
  result.name = std::move(name);
  for (const auto& child : element.node.children()) {
    const Element value{element.file, child};
    if (!scope.enter(value)) continue;
    const auto kind = local_name(child);
    if (kind == "doc" || kind == "brief") continue;
    if (kind != "value") {
      scope.report.notice(value.place(), fmt::format("element {} inside {} is not supported", kind,
                                                     element.text("name")));
      continue;
    }
    scope.check_attributes(value, {"name", "value", "pos"});
    scope.note_variants(value);
    const bool by_bit = !value.has("value") && value.has("pos");
    const auto value_name = scope.name(value);
    const auto number = scope.number(value, by_bit ? "pos" : "value", by_bit ? 31 : 0xffffffffU);
    if (!value_name || !number) return result;
    result.values.push_back({*value_name, by_bit ? std::uint32_t{1} << *number : *number});
  }
  return result;
}

std::vector<Field> read_fields(Scope& scope, std::deque<Enum>& enums, const Element& reg,
                               unsigned width) {
  FieldReader reader(scope, enums, width);
  reader.read_bitfields(reg, 0, {}, 0);
  const auto use = resolve_type(scope, reg);
  if (use.bitset != nullptr) reader.read_bitfields(*use.bitset, 0, {}, 1);
  if (reader.empty()) reader.add(reg, whole_register(scope, reg, use, width));
  reader.check_layout(reg);
  return reader.take();
}

}  // namespace npuscope::rules_ng
