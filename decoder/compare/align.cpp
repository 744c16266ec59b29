#include "decoder/compare/align.h"

#include <algorithm>

#include "decoder/program.h"

namespace npuscope {

namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Lengths of the common subsequences of all pairs of endings. Lanes of hostile tables may be long:
// beyond this many cells records are paired by position only.
constexpr std::size_t most_cells = std::size_t{1} << 24U;

Pairs anchors(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> length((a.size() + 1) * width);
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      length[i * width + j] =
          a[i] == b[j] ? length[(i + 1) * width + j + 1] + 1
                       : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
  Pairs pairs;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      pairs.emplace_back(i++, j++);
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

}  // namespace

Pairs align(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  Pairs fixed;
  const bool by_position = a.size() == b.size() || (a.size() + 1) * (b.size() + 1) > most_cells;
  if (!by_position) fixed = anchors(a, b);
  fixed.emplace_back(a.size(), b.size());  // the end is an anchor too
  Pairs pairs;
  std::size_t i = 0, j = 0;
  for (const auto& [next_a, next_b] : fixed) {
    while (i < next_a || j < next_b)
      pairs.emplace_back(i < next_a ? i++ : no_index, j < next_b ? j++ : no_index);
    if (i < a.size() && j < b.size()) pairs.emplace_back(i++, j++);
  }
  return pairs;
}

}  // namespace npuscope
