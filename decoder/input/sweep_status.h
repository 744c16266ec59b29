// The words by which sweeps of public clients say how a shape ended.
//
//   is_sweep_status("FENCED")   // true
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace npuscope {

inline constexpr std::array<std::string_view, 8> sweep_statuses{
    "PASS", "FAIL", "FENCED", "ERROR", "SKIP", "TIMEOUT", "CRASH", "UNSUPPORTED"};

[[nodiscard]] constexpr bool is_sweep_status(std::string_view word) {
  return std::find(sweep_statuses.begin(), sweep_statuses.end(), word) != sweep_statuses.end();
}

}  // namespace npuscope
