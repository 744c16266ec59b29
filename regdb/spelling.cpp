#include "regdb/spelling.h"

#include <algorithm>
#include <utility>

namespace npuscope {
namespace {

// No register name comes near it; keeps the distance table small for any input.
constexpr std::size_t longest_word = 100;

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * columns);
  const auto at = [&](std::size_t row, std::size_t column) -> std::size_t& {
    return table[row * columns + column];
  };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      auto best = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) best = std::min(best, at(i - 2, j - 2) + 1);
      at(i, j) = best;
    }
  }
  return table.back();
}

std::vector<std::string> closest_names(std::string_view word, const std::vector<std::string>& names,
                                       std::size_t count) {
  if (word.empty() || word.size() > longest_word) return {};
  const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const auto& name : names) {
    const auto longer = std::max(name.size(), word.size());
    if (longer - std::min(name.size(), word.size()) > limit) continue;
    const auto distance = edit_distance(word, name);
    if (distance <= limit) near.emplace_back(distance, name);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  if (near.size() > count) near.resize(count);
  std::vector<std::string> result;
  result.reserve(near.size());
  for (const auto& item : near) result.emplace_back(item.second);
  return result;
}

}  // namespace npuscope
