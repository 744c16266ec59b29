#include "replay/shape/shape_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "regdb/spelling.h"
#include "replay/shape/name_tokens.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_numbers.h"

namespace npuscope {

namespace {

// What a name says that has channels and height but neither kernel nor groups; none if it is no
// such slug.
std::optional<SlugFacts> slug_of(std::string_view name) {
  SlugFacts facts;
  const std::array<std::pair<std::string_view, std::uint32_t*>, 5> numbers{
      {{"b", &facts.batch},
       {"c", &facts.channels},
       {"h", &facts.height},
       {"w", &facts.width},
       {"oc", &facts.out_channels}}};
  for (const Token& token : tokens_of(name)) {
    if (token.text == "dw") facts.depthwise = true;
    if (token.text == "pw") facts.pointwise = true;
    for (const std::string_view key : {"k", "kx", "wic", "g"})
      if (token.letters() == key) return std::nullopt;
    for (const auto& [key, out] : numbers) {
      if (token.letters() != key) continue;
      if (const auto number = parse_number(token.value())) *out = *number;
    }
  }
  if (facts.channels == 0 || facts.height == 0) return std::nullopt;
  return facts;
}

Error ambiguous(std::string_view name, const SlugFacts& facts) {
  constexpr std::size_t most = 6;
  const auto candidates = shapes_of_slug(facts);
  Error error{ErrorKind::usage,
              "an alias that does not say kernel and groups, captures of different operators share "
              "such names",
              quoted(name), ""};
  if (candidates.empty()) {
    error.remedy = "no listed shape has these numbers; " + std::string(remedy_of_form);
    return error;
  }
  error.remedy = candidates.size() == 1 ? "the list has" : "write one of";
  for (std::size_t i = 0; i < std::min(most, candidates.size()); ++i)
    error.remedy += (i == 0 ? " " : ", ") + key_of(candidates[i]->shape);
  if (candidates.size() > most)
    error.remedy += fmt::format(" or {} more", candidates.size() - most);
  return error;
}

// Names of the list are long and alike: only a slip of the pen is worth a suggestion.
void add_suggestions(std::string_view name, Error& error) {
  constexpr std::size_t slips = 3;
  std::vector<std::string> names;
  for (const ListedShape& item : shape_list()) {
    // A difference in length is a distance already, and cheap to see.
    const std::size_t listed = item.name.size();
    if (listed <= name.size() + slips && name.size() <= listed + slips) names.push_back(item.name);
  }
  std::string near;
  for (const std::string& candidate : closest_names(name, names, slips)) {
    if (edit_distance(name, candidate) <= slips) near += (near.empty() ? "" : ", ") + candidate;
  }
  if (!near.empty()) error.remedy = fmt::format("did you mean {}? {}", near, error.remedy);
}

}  // namespace

Result<ConvShape> parse_shape(std::string_view name) {
  const std::string_view bare =
      name.starts_with(command_prefix) ? name.substr(command_prefix.size()) : name;
  if (const ListedShape* item = find_listed(bare)) return item->shape;
  auto shape = parse_encoded_shape(name);
  if (shape || name.size() > longest_name) return shape;
  if (const auto slug = slug_of(name)) return tl::unexpected(ambiguous(name, *slug));
  add_suggestions(bare, shape.error());
  return shape;
}

}  // namespace npuscope
