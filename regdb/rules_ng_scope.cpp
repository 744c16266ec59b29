#include "regdb/rules_ng_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace npuscope::rules_ng {
namespace {

// Attributes that describe without changing how a word is decoded.
constexpr std::array<std::string_view, 8> descriptive{"brief", "inline", "bare",     "access",
                                                      "radix", "varset", "variants", "prefix"};

}  // namespace

bool Scope::enter(const Element& element) {
  if (report.failed() || element.node.type() != pugi::node_element) return false;
  if (++steps > max_steps) {
    report.fail(element.place(), fmt::format("more than {} elements", max_steps),
                "groups and arrays multiply; use fewer");
    return false;
  }
  // Siblings without prefix and own xmlns share the namespace of their parent: asked once, not for
  // each.
  const auto parent = element.node.parent();
  const bool plain = std::string_view(element.node.name()).find(':') == std::string_view::npos &&
                     !element.node.attribute("xmlns");
  if (plain && parent == default_parent_) return true;
  const auto uri = namespace_of(element.node);
  if (plain && uri == nouveau_namespace) default_parent_ = parent;
  if (uri == nouveau_namespace || (uri.empty() && without_namespace)) return true;
  report.notice(element.place(),
                fmt::format("element {} of another namespace is skipped", element.node.name()));
  return false;
}

void Scope::check_attributes(const Element& element,
                             std::initializer_list<std::string_view> known) {
  for (const auto& attribute : element.node.attributes()) {
    const std::string_view name = attribute.name();
    if (name.find(':') != std::string_view::npos || name == "xmlns") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (std::find(descriptive.begin(), descriptive.end(), name) != descriptive.end()) continue;
    report.notice(element.place(),
                  fmt::format("attribute {} of {} is not supported and has no effect", name,
                              local_name(element.node)));
  }
}

std::optional<std::uint32_t> Scope::number(const Element& element, const char* attribute,
                                           std::uint64_t max) {
  if (!element.has(attribute)) {
    report.fail(element.place(),
                fmt::format("{} {} has no attribute {}", local_name(element.node),
                            element.text("name"), attribute),
                fmt::format("add {}=\"...\"", attribute));
    return std::nullopt;
  }
  const auto text = element.text(attribute);
  const auto value = parse_number(text);
  if (!value) {
    report.fail(element.place(),
                fmt::format("{} '{}' of {} {} is not a number", attribute, text,
                            local_name(element.node), element.text("name")),
                "write it as 4160 or 0x1040");
    return std::nullopt;
  }
  if (*value > max) {
    report.fail(element.place(),
                fmt::format("{} {} of {} {} is above {:#x}", attribute, text,
                            local_name(element.node), element.text("name"), max),
                "a command word has 16 bits for the offset and 32 for the value");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*value);
}

std::optional<std::string> Scope::name(const Element& element) {
  auto text = element.text("name");
  if (!text.empty()) return std::string(text);
  report.fail(element.place(), fmt::format("{} without a name", local_name(element.node)),
              "add name=\"...\"");
  return std::nullopt;
}

bool Scope::note_variants(const Element& element) {
  if (!element.has("variants")) return false;
  report.notice(element.place(),
                fmt::format("{} {} is of the variants '{}' only; kept", local_name(element.node),
                            element.text("name"), element.text("variants")));
  return true;
}

bool Scope::depth_is_sane(const Element& element, int depth) {
  if (depth <= max_depth) return true;
  report.fail(element.place(), fmt::format("nested deeper than {} levels", max_depth),
              "look for a group or bitset that uses itself");
  return false;
}

}  // namespace npuscope::rules_ng
