// What the parts of the rules-ng-ng reader share: the definitions, the limits, and careful access
// to attributes.
//
// Internal to the reader. A hostile file is stopped by three limits: depth of nesting (groups that
// use themselves), steps (groups that use groups that use groups), and results (arrays of four
// thousand million registers).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "regdb/diagnostics.h"
#include "regdb/register_db.h"
#include "regdb/xml_file.h"

namespace npuscope::rules_ng {

inline constexpr std::string_view nouveau_namespace = "http://nouveau.freedesktop.org/";
inline constexpr int max_depth = 32;
inline constexpr std::uint32_t max_steps = 1'000'000;
inline constexpr std::uint32_t max_registers =
    16'384;  // one for every 4 bytes that an offset can name
inline constexpr std::uint32_t max_fields = 262'144;
inline constexpr std::size_t max_imports = 64;

struct Element {
  const XmlFile* file = nullptr;
  pugi::xml_node node;

  [[nodiscard]] std::string place() const { return file->place(node); }
  [[nodiscard]] std::string_view text(const char* attribute) const {
    return node.attribute(attribute).value();
  }
  [[nodiscard]] bool has(const char* attribute) const { return !node.attribute(attribute).empty(); }
};

struct Scope {
  explicit Scope(Diagnostics& diagnostics) : report(diagnostics) {}

  Diagnostics& report;
  std::unordered_map<std::string, const Enum*> enums;
  std::unordered_map<std::string, Element> bitsets;
  std::unordered_map<std::string, Element> groups;
  bool without_namespace = false;  // the file declares none: its elements are taken as rules-ng-ng
  std::uint32_t steps = 0;
  std::uint32_t fields = 0;

  // True if the element is ours to read; counts it. Elements of other namespaces get a notice.
  [[nodiscard]] bool enter(const Element& element);
  // Lists the attributes that are neither in `known` nor of common, harmless kind.
  void check_attributes(const Element& element, std::initializer_list<std::string_view> known);
  // An attribute that must be there. Reports and returns nothing if it is not, or not a number up
  // to `max`.
  [[nodiscard]] std::optional<std::uint32_t> number(const Element& element, const char* attribute,
                                                    std::uint64_t max);
  [[nodiscard]] std::optional<std::string> name(const Element& element);
  // Notes an entry that only some variants of a chip have. True if there was such a note.
  bool note_variants(const Element& element);
  // False, with an error, if `depth` is beyond what any real file nests.
  [[nodiscard]] bool depth_is_sane(const Element& element, int depth);

 private:
  pugi::xml_node default_parent_;  // its children without prefix are known to be ours
};

}  // namespace npuscope::rules_ng
