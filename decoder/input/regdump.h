// gem<N>_regdump.bin, a lossy relative of the raw dump: 8 bytes for each word, i16 offset, u32
// value, i16 target. It looks like the word itself, but the tool that writes it clears bit 0 of
// targets, writes 0 for the two special targets, and (newer variant) leaves zero words out.
//
//   if (is_regdump(bytes)) { Regdump dump = restore_regdump(bytes); ... dump.words ... }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "decoder/word.h"

namespace npuscope {

struct Regdump {
  std::vector<Word> words;                      // with their targets restored; in file order
  std::uint64_t restored_targets = 0;           // words whose target differs from the file's
  std::optional<std::uint32_t> constant_value;  // set when all words have one value: a broken file
};

// Decided by content: no target of a real word, and nearly all targets own the page of their
// offset.
[[nodiscard]] bool is_regdump(std::span<const std::byte> bytes);
[[nodiscard]] Regdump restore_regdump(std::span<const std::byte> bytes);

}  // namespace npuscope
