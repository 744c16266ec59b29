// Programs that must not run unasked: public notes say what they did to a board.
//
//   if (const DeniedProgram* denied = find_denied(key_of(shape))) ... denied->effect,
//   denied->reason if (const DeniedProgram* denied = find_denied(*executed_hash(set, program))) ...
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

struct DeniedProgram {
  DeniedEffect effect = DeniedEffect::crash;
  std::string_view key;     // key_of(ConvShape), or the executed_hash() of a program
  std::string_view reason;  // what was seen
};

[[nodiscard]] const std::vector<DeniedProgram>& denylist();
[[nodiscard]] const DeniedProgram* find_denied(std::string_view key);

}  // namespace npuscope::preflight
