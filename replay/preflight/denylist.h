// Programs that must not run unasked: public notes say what they did to a board.
//
//   if (const DeniedShape* denied = find_denied(key_of(shape))) ... denied->reason ...
//
// The list is denylist.txt, linked into the library: evidence, not code.
#pragma once

#include <string_view>
#include <vector>

namespace npuscope::preflight {

struct DeniedShape {
  std::string_view key;     // key_of(ConvShape)
  std::string_view reason;  // what was seen
};

[[nodiscard]] const std::vector<DeniedShape>& denylist();
[[nodiscard]] const DeniedShape* find_denied(std::string_view key);

}  // namespace npuscope::preflight
