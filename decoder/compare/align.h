// Which records of two lanes belong together.
//
//   align(keys_a, keys_b)     // {0,0} {1,-} {2,1}: the second record of A has no counterpart
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace npuscope {

// Positions in both lists; no_index where one has no counterpart. Lists of equal length are paired
// by position. Else equal keys are anchors, by a longest common subsequence, and what lies between
// two anchors is paired by position as far as both sides reach.
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> align(
    std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

}  // namespace npuscope
