#include "regdb/semantics_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace npuscope {
namespace {

bool is_pattern(std::string_view name) {
  return name.find('*') != std::string_view::npos;
}

// The words of a list in one attribute: "kernel-size stride".
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (true) {
    const auto begin = list.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    list.remove_prefix(begin);
    const auto end = std::min(list.find(' '), list.size());
    words.emplace_back(list.substr(0, end));
    list.remove_prefix(end);
  }
}

class Overlay {
 public:
  Overlay(const XmlFile& file, std::vector<Register>& registers, std::deque<Enum>& enums,
          std::vector<Group>& groups, Diagnostics& report)
      : file_(file), registers_(registers), enums_(enums), groups_(groups), report_(report) {}

  void read();

 private:
  void read_enum(pugi::xml_node node);
  void read_register(pugi::xml_node node);
  void read_register_over(pugi::xml_node node, Register& reg, bool must_exist);
  void read_register_attributes(pugi::xml_node node, Register& reg);
  void read_field(pugi::xml_node node, Register& reg, bool must_exist);
  void read_field_attribute(pugi::xml_node node, const pugi::xml_attribute& attribute,
                            Field& field);
  void read_alias(pugi::xml_node node, Register& reg);
  void read_group(pugi::xml_node node);
  void read_member(pugi::xml_node node, Group& group);
  void check_groups();
  Register* find_register(std::string_view full_name);

  std::uint8_t small_number(pugi::xml_node node, const pugi::xml_attribute& attribute);
  bool yes(pugi::xml_node node, const pugi::xml_attribute& attribute);
  void fail(pugi::xml_node node, std::string what, std::string remedy) {
    report_.fail(file_.place(node), std::move(what), std::move(remedy));
  }
  void notice(pugi::xml_node node, const std::string& text) {
    report_.notice(file_.place(node), text);
  }
  void unknown_element(pugi::xml_node node) {
    fail(node, fmt::format("element {} is not part of the overlay schema", node.name()),
         "the schema is described at the top of regdb/semantics.xml");
  }
  void unknown_attribute(pugi::xml_node node, std::string_view name) {
    fail(node, fmt::format("{} has an unknown attribute {}", node.name(), name),
         "the schema is described at the top of regdb/semantics.xml");
  }

  const XmlFile& file_;
  std::vector<Register>& registers_;
  std::deque<Enum>& enums_;
  std::vector<Group>& groups_;
  Diagnostics& report_;
  std::unordered_map<std::string, const Enum*> enum_by_name_;
  std::unordered_map<std::string_view, Register*> register_by_name_;
};

void Overlay::read() {
  const auto root = file_.root();
  if (std::string_view(root.name()) != "semantics") {
    return fail(root, fmt::format("the root element is {}, not semantics", root.name()),
                "give an overlay in the schema of regdb/semantics.xml");
  }
  for (const auto& node : root.children()) {
    if (report_.failed()) return;
    const std::string_view kind = node.name();
    if (kind == "enum") {
      read_enum(node);
    } else if (kind == "register") {
      read_register(node);
    } else if (kind == "group") {
      read_group(node);
    } else if (node.type() == pugi::node_element) {
      unknown_element(node);
    }
  }
  check_groups();
}

// What a group may follow from is a group.
void Overlay::check_groups() {
  for (const auto& node : file_.root().children("group")) {
    for (const std::string& cause : words_of(node.attribute("after").value())) {
      const bool known = std::any_of(groups_.begin(), groups_.end(),
                                     [&](const Group& group) { return group.name == cause; });
      if (!known)
        notice(node, fmt::format("group {}: there is no group {}", node.attribute("name").value(),
                                 cause));
    }
  }
}

void Overlay::read_enum(pugi::xml_node node) {
  Enum values;
  values.name = node.attribute("name").value();
  for (const auto& child : node.children("value")) {
    const auto number = parse_number(child.attribute("value").value());
    if (!number || *number > 0xffffffffU) {
      return fail(child,
                  fmt::format("value '{}' of {} is not a number of 32 bits",
                              child.attribute("value").value(), values.name),
                  "write it as 5 or 0x5");
    }
    values.values.push_back({child.attribute("name").value(), static_cast<std::uint32_t>(*number)});
  }
  enums_.push_back(std::move(values));
  enum_by_name_[enums_.back().name] = &enums_.back();
}

void Overlay::read_register(pugi::xml_node node) {
  const std::string_view name = node.attribute("name").value();
  if (name.empty()) return fail(node, "register without a name", "add name=\"...\"");
  if (!is_pattern(name)) {
    auto* reg = find_register(name);
    if (reg == nullptr) {
      return notice(node, fmt::format("the register database has no {}", name));
    }
    return read_register_over(node, *reg, true);
  }
  for (auto& reg : registers_) {
    if (matches_pattern(name, reg.full_name)) read_register_over(node, reg, false);
    if (report_.failed()) return;
  }
}

void Overlay::read_register_over(pugi::xml_node node, Register& reg, bool must_exist) {
  read_register_attributes(node, reg);
  for (const auto& child : node.children()) {
    if (report_.failed()) return;
    const std::string_view kind = child.name();
    if (kind == "field") {
      read_field(child, reg, must_exist);
    } else if (kind == "alias") {
      read_alias(child, reg);
    } else if (child.type() == pugi::node_element) {
      unknown_element(child);
    }
  }
}

void Overlay::read_register_attributes(pugi::xml_node node, Register& reg) {
  for (const auto& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "note") {
      reg.note = attribute.value();
    } else if (name == "performance-only") {
      reg.performance_only = yes(node, attribute);
    } else if (name == "role") {
      const auto role = role_named(attribute.value());
      if (!role) {
        return fail(node, fmt::format("there is no address role '{}'", attribute.value()),
                    "the roles are listed at the top of regdb/semantics.xml");
      }
      reg.role = *role;
    } else if (name != "name") {
      unknown_attribute(node, name);
    }
  }
}

void Overlay::read_field(pugi::xml_node node, Register& reg, bool must_exist) {
  const std::string_view name = node.attribute("name").value();
  bool found = false;
  for (auto& field : reg.fields) {
    if (!matches_pattern(name, field.name)) continue;
    found = true;
    for (const auto& attribute : node.attributes()) read_field_attribute(node, attribute, field);
  }
  if (!found && must_exist && !is_pattern(name)) {
    notice(node, fmt::format("{} has no field {}", reg.full_name, name));
  }
}

void Overlay::read_field_attribute(pugi::xml_node node, const pugi::xml_attribute& attribute,
                                   Field& field) {
  const std::string_view name = attribute.name();
  if (name == "note") {
    field.note = attribute.value();
  } else if (name == "unit") {
    field.unit = attribute.value();
  } else if (name == "minus-one") {
    field.bias = yes(node, attribute) ? 1 : 0;
  } else if (name == "shift") {
    field.shift = small_number(node, attribute);
  } else if (name == "signed") {
    field.is_signed = yes(node, attribute);
  } else if (name == "must-be-zero") {
    field.must_be_zero = yes(node, attribute);
  } else if (name == "performance-only") {
    field.performance_only = yes(node, attribute);
  } else if (name == "enum") {
    const auto found = enum_by_name_.find(attribute.value());
    if (found == enum_by_name_.end()) {
      return fail(node, fmt::format("there is no enum {}", attribute.value()),
                  "define it before its use");
    }
    field.values = found->second;
  } else if (name != "name") {
    unknown_attribute(node, name);
  }
}

void Overlay::read_alias(pugi::xml_node node, Register& reg) {
  Field alias;
  alias.name = node.attribute("name").value();
  alias.full_name = reg.full_name + "_" + alias.name;
  const auto pos = node.attribute("pos");
  const auto low = parse_number((pos ? pos : node.attribute("low")).value());
  const auto high = parse_number((pos ? pos : node.attribute("high")).value());
  if (alias.name.empty() || !low || !high || *low > *high || *high > 31) {
    return fail(node, fmt::format("alias '{}' has no name or no bits inside 31:0", alias.name),
                "add name, and pos or low and high");
  }
  alias.low = static_cast<std::uint8_t>(*low);
  alias.high = static_cast<std::uint8_t>(*high);
  for (const auto& field : reg.fields) {
    if (field.name != alias.name) continue;
    const bool same = field.low == alias.low && field.high == alias.high;
    if (!same) notice(node, fmt::format("{} has other bits here; alias left out", field.full_name));
    return;  // a foreign database that has the old layout needs no alias
  }
  reg.aliases.push_back(std::move(alias));
}

void Overlay::read_group(pugi::xml_node node) {
  Group group;
  group.name = node.attribute("name").value();
  group.note = node.attribute("note").value();
  if (group.name.empty()) return fail(node, "group without a name", "add name=\"...\"");
  group.after = words_of(node.attribute("after").value());
  if (const auto elsewhere = node.attribute("elsewhere")) group.elsewhere = yes(node, elsewhere);
  if (const auto layer = node.attribute("layer")) group.layer = yes(node, layer);
  for (const auto& child : node.children()) {
    if (std::string_view(child.name()) == "member") {
      read_member(child, group);
    } else if (child.type() == pugi::node_element) {
      return unknown_element(child);
    }
  }
  groups_.push_back(std::move(group));
}

void Overlay::read_member(pugi::xml_node node, Group& group) {
  const std::string_view register_name = node.attribute("register").value();
  const std::string_view field_name = node.attribute("field").value();
  const auto* reg = find_register(register_name);
  if (reg == nullptr) {
    return notice(
        node, fmt::format("group {}: the register database has no {}", group.name, register_name));
  }
  const auto follows = node.attribute("follows");
  GroupMember member{reg, nullptr, follows && yes(node, follows),
                     node.attribute("together").value()};
  if (!field_name.empty()) {
    for (const auto& field : reg->fields) {
      if (field.name == field_name) member.field = &field;
    }
    if (member.field == nullptr) {
      return notice(
          node, fmt::format("group {}: {} has no field {}", group.name, register_name, field_name));
    }
  }
  group.members.push_back(member);
}

Register* Overlay::find_register(std::string_view full_name) {
  if (register_by_name_.empty()) {
    for (auto& reg : registers_) register_by_name_.emplace(reg.full_name, &reg);
  }
  const auto found = register_by_name_.find(full_name);
  return found == register_by_name_.end() ? nullptr : found->second;
}

std::uint8_t Overlay::small_number(pugi::xml_node node, const pugi::xml_attribute& attribute) {
  const auto number = parse_number(attribute.value());
  if (number && *number < 32) return static_cast<std::uint8_t>(*number);
  fail(node, fmt::format("{} '{}' is not a number below 32", attribute.name(), attribute.value()),
       "write a number of bits");
  return 0;
}

bool Overlay::yes(pugi::xml_node node, const pugi::xml_attribute& attribute) {
  const std::string_view value = attribute.value();
  if (value != "yes" && value != "no") {
    fail(node, fmt::format("{} is '{}'", attribute.name(), value), "write yes or no");
  }
  return value == "yes";
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const auto head = pattern.substr(0, star);
  const auto tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && text.substr(0, head.size()) == head &&
         text.substr(text.size() - tail.size()) == tail;
}

void apply_semantics(const XmlFile& overlay, std::vector<Register>& registers,
                     std::deque<Enum>& enums, std::vector<Group>& groups, Diagnostics& report) {
  Overlay(overlay, registers, enums, groups, report).read();
}

}  // namespace npuscope
