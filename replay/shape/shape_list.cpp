#include "replay/shape/shape_list.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <unordered_map>

#include "replay/shape/shape_names.h"

extern "C" {
extern const char npuscope_shapes_begin[];
extern const char npuscope_shapes_end[];
}

namespace npuscope {

namespace {

constexpr std::array<std::string_view, 5> family_names{"pointwise", "spatial", "depthwise",
                                                       "grouped", "conv1d"};

// A line of shapes.txt: "name" or "name = key".
ListedShape read_line(std::string_view line, bool listed) {
  constexpr std::string_view equals = " = ";
  const std::size_t split = line.find(equals);
  const std::string_view name = line.substr(0, split);
  const auto shape = parse_encoded_shape(
      split == std::string_view::npos ? name : line.substr(split + equals.size()));
  // The file is part of the program; the tests read it.
  if (!shape) std::abort();
  return {std::string(name), *shape, family_of(*shape), listed};
}

std::vector<ListedShape> read_list(std::string_view text) {
  std::vector<ListedShape> list;
  bool listed = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('[')) {
      listed = line == "[listed]";
    } else {
      list.push_back(read_line(line, listed));
    }
  }
  return list;
}

// Names first: where a name is another entry's key, the entry of that name counts.
std::unordered_map<std::string_view, const ListedShape*> index_of(std::span<const ListedShape> list,
                                                                  std::vector<std::string>& keys) {
  std::unordered_map<std::string_view, const ListedShape*> index;
  keys.reserve(list.size());
  for (const ListedShape& item : list) index.emplace(item.name, &item);
  for (const ListedShape& item : list) {
    keys.push_back(key_of(item.shape));
    index.emplace(keys.back(), &item);
  }
  return index;
}

bool agrees(const SlugFacts& facts, const ListedShape& item) {
  const auto same = [](std::uint32_t said, std::uint32_t has) { return said == 0 || said == has; };
  return same(facts.batch, item.shape.batch) && same(facts.channels, item.shape.in_channels) &&
         same(facts.height, item.shape.in_height) && same(facts.width, item.shape.in_width) &&
         same(facts.out_channels, item.shape.out_channels) &&
         (!facts.depthwise || item.family == Family::depthwise) &&
         (!facts.pointwise || item.family == Family::pointwise);
}

}  // namespace

Family family_of(const ConvShape& shape) {
  if (shape.depthwise()) return Family::depthwise;
  if (shape.groups > 1) return Family::grouped;
  if (shape.kernel_height == 1) return shape.kernel_width == 1 ? Family::pointwise : Family::conv1d;
  return Family::spatial;
}

std::string_view name_of(Family family) {
  return family_names[static_cast<std::size_t>(family)];
}

std::span<const ListedShape> shape_list() {
  static const std::vector<ListedShape> list =
      read_list({npuscope_shapes_begin,
                 static_cast<std::size_t>(npuscope_shapes_end - npuscope_shapes_begin)});
  return list;
}

const ListedShape* find_listed(std::string_view name) {
  static std::vector<std::string> keys;
  static const auto index = index_of(shape_list(), keys);
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

std::vector<const ListedShape*> distinct_shapes(bool with_extra) {
  std::vector<const ListedShape*> distinct;
  std::unordered_map<std::string, const ListedShape*> seen;
  for (const ListedShape& item : shape_list()) {
    if (!item.listed && !with_extra) continue;
    if (seen.emplace(key_of(item.shape), &item).second) distinct.push_back(&item);
  }
  return distinct;
}

std::vector<const ListedShape*> shapes_of_slug(const SlugFacts& facts) {
  static const std::vector<const ListedShape*> distinct = distinct_shapes(true);
  std::vector<const ListedShape*> found = distinct;
  std::erase_if(found, [&](const ListedShape* item) { return !agrees(facts, *item); });
  return found;
}

}  // namespace npuscope
