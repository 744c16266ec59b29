#include "decoder/emit/walk.h"

#include <fmt/format.h>

namespace npuscope {

std::string blocks_of(std::uint32_t enable_mask) {
  std::string text;
  std::uint32_t named = 0;
  for (const BlockFacts& block : block_facts) {
    if (block.enable_bit < 0) continue;
    const std::uint32_t bit = 1U << static_cast<unsigned>(block.enable_bit);
    named |= bit;
    if ((enable_mask & bit) == 0) continue;
    if (!text.empty()) text += '+';
    text += block.name;
  }
  if ((enable_mask & ~named) != 0)
    text += fmt::format("{}{:#x}", text.empty() ? "" : "+", enable_mask & ~named);
  return text.empty() ? "nothing" : text;
}

std::string link_text(const TaskEntry& entry, const Record* record) {
  if (record == nullptr) return "words not captured";
  if (entry.link == LinkKind::end || entry.link == LinkKind::unknown)
    return std::string(name_of(entry.link));
  const auto word = record->word(record->body_words);
  const std::string address = word ? fmt::format("{:#010x}", word->value()) : std::string("?");
  if (entry.link_task == no_index) return fmt::format("{} {}", name_of(entry.link), address);
  return fmt::format("{}: task {} at {}", name_of(entry.link), entry.link_task, address);
}

}  // namespace npuscope
