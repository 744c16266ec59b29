#include "decoder/emit/effective.h"

#include <fmt/format.h>

#include <map>

namespace npuscope {

std::vector<EffectiveRegister> effective_registers(const RegisterDb& db, const TaskView& task) {
  std::vector<EffectiveRegister> result;
  for (std::size_t b = 0; b < block_count; ++b) {
    const int bit = block_facts[b].enable_bit;
    if (bit < 0 || (task.entry.task.enable_mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
    const auto block = static_cast<Block>(b);
    std::map<std::uint16_t, const Cell*> offsets;
    for (const Register& reg : db.registers()) {
      if (reg.block == block && (reg.offset & 0xfffU) >= 8) offsets.emplace(reg.offset, nullptr);
    }
    task.state->for_each(block,
                         [&](std::uint16_t offset, const Cell& cell) { offsets[offset] = &cell; });
    for (const auto& [offset, cell] : offsets) {
      const Register* reg = db.at(offset);
      const bool ours = reg != nullptr && reg->block == block;
      result.push_back(
          {block, ours ? reg->full_name : fmt::format("{}_UNKNOWN_{:04x}", name_of(block), offset),
           ours ? reg : nullptr, cell});
    }
  }
  return result;
}

}  // namespace npuscope
