#include "regdb/register_db.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "regdb/database_builder.h"

namespace npuscope {
namespace {

constexpr std::array<std::string_view, 11> role_names{
    "none",   "feature",    "weight",       "destination",         "main-source",
    "bias",   "bn-operand", "element-wise", "pooling-destination", "pooling-source",
    "command"};

Result<std::unique_ptr<XmlFile>> open_or_embedded(const std::string& path, const char* name,
                                                  std::string_view embedded) {
  return path.empty() ? XmlFile::parse(name, embedded) : XmlFile::open(path);
}

}  // namespace

std::string_view name_of(AddressRole role) {
  return role_names[static_cast<std::size_t>(role)];
}

std::optional<AddressRole> role_named(std::string_view name) {
  const auto* found = std::find(role_names.begin(), role_names.end(), name);
  if (found == role_names.end()) return std::nullopt;
  return static_cast<AddressRole>(found - role_names.begin());
}

const EnumValue* Enum::find(std::uint32_t value) const {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const EnumValue& item) { return item.value == value; });
  return found == values.end() ? nullptr : &*found;
}

std::int64_t Field::quantity(std::uint32_t value) const {
  std::int64_t number = extract(value);
  const auto range = std::int64_t{1} << (high - low + 1U);
  if (is_signed && number >= range / 2) number -= range;
  return (number + bias) * (std::int64_t{1} << shift);
}

std::uint32_t Register::unowned_bits() const {
  std::uint32_t owned = 0;
  for (const auto& item : fields) owned |= item.mask();
  return ~owned;
}

const Field* Register::field(std::string_view field_name) const {
  for (const auto* list : {&fields, &aliases}) {
    for (const auto& item : *list) {
      if (item.name == field_name) return &item;
    }
  }
  return nullptr;
}

const RegisterDb& RegisterDb::builtin() {
  static const RegisterDb database = [] {
    auto loaded = load({}, {});
    // The embedded files are part of the program; the tests read them. Without them nothing can be
    // decoded.
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return database;
}

Result<RegisterDb> RegisterDb::load(const std::string& registers_path,
                                    const std::string& overlay_path) {
  auto registers =
      open_or_embedded(registers_path, "registers.xml (embedded)", embedded_registers_xml());
  if (!registers) return tl::unexpected<Error>(registers.error());
  auto overlay =
      open_or_embedded(overlay_path, "semantics.xml (embedded)", embedded_semantics_xml());
  if (!overlay) return tl::unexpected<Error>(overlay.error());
  return DatabaseBuilder::build(**registers, **overlay);
}

const Register* RegisterDb::at(std::uint16_t offset) const {
  if (by_offset_.empty()) return nullptr;
  const auto index = by_offset_[offset];
  return index < 0 ? nullptr : &registers_[static_cast<std::size_t>(index)];
}

const Register* RegisterDb::named(std::string_view full_name) const {
  const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), full_name,
                                      [&](std::uint16_t index, std::string_view name) {
                                        return registers_[index].full_name < name;
                                      });
  if (found != by_name_.end() && registers_[*found].full_name == full_name)
    return &registers_[*found];
  // Only then without the prefix: a database may have a domain that begins with "REG_" itself.
  return full_name.starts_with("REG_") ? named(full_name.substr(4)) : nullptr;
}

std::vector<const Group*> RegisterDb::groups_of(const Register& reg, const Field& field) const {
  std::vector<const Group*> found;
  for (const auto& group : groups_) {
    const bool named =
        std::any_of(group.members.begin(), group.members.end(), [&](const GroupMember& member) {
          return member.reg == &reg && (member.field == nullptr || member.field == &field);
        });
    if (named) found.push_back(&group);
  }
  return found;
}

const Enum* RegisterDb::enumeration(std::string_view name) const {
  const auto found = std::find_if(enums_.begin(), enums_.end(),
                                  [&](const Enum& item) { return item.name == name; });
  return found == enums_.end() ? nullptr : &*found;
}

}  // namespace npuscope
