// Programs that must not run unasked: public notes say what they did to a board.
//
//   if (const DeniedShape* denied = find_denied(key_of(shape))) ... denied->effect, denied->reason
//
// The list is denylist.txt, linked into the library: evidence, not code.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace npuscope::preflight {

enum class DeniedEffect : std::uint8_t {
  crash,   // the board hangs or starts again
  poison,  // its own result is right, the next job fails
};

struct DeniedShape {
  DeniedEffect effect = DeniedEffect::crash;
  std::string_view key;     // key_of(ConvShape)
  std::string_view reason;  // what was seen
};

[[nodiscard]] const std::vector<DeniedShape>& denylist();
[[nodiscard]] const DeniedShape* find_denied(std::string_view key);

}  // namespace npuscope::preflight
