#include "decoder/program/register_state.h"

namespace npuscope {

namespace {

// Bits of S_POINTER, the same in every block.
constexpr std::uint32_t pointer_select = 1U << 0U;
constexpr std::uint32_t pointer_ping_pong = 1U << 1U;
constexpr std::uint32_t pointer_clear = 1U << 4U;

}  // namespace

RegisterState::RegisterState() {
  for (BlockState& block : blocks_) {
    for (auto& bank : block.banks) bank.resize(page_registers);
  }
}

void RegisterState::apply(std::size_t task, const Record& record) {
  record.for_each_body_word([&](std::size_t index, Word word) { write(task, index, word); });
}

void RegisterState::write(std::size_t task, std::size_t word_index, Word word) {
  const auto block = block_of_target(word.target());
  // The page of the offset decides the register, the target who gets it; words where they differ
  // reach nothing known.
  if (!block || block != block_of_offset(word.offset())) return;
  BlockState& state = blocks_[static_cast<std::size_t>(*block)];
  const std::size_t index = (word.offset() & 0xfffU) >> 2U;
  const Cell cell{word.value(), static_cast<std::uint32_t>(word_index), task};
  if (index >= first_banked) {
    state.banks[state.bank][index] = cell;
    return;
  }
  state.single[index] = cell;
  if (word.offset() != facts_of(*block).s_pointer || facts_of(*block).s_pointer == 0) return;
  state.ping_pong = (cell.value & pointer_ping_pong) != 0;
  if ((cell.value & pointer_clear) != 0) {
    state.bank = 0;
  } else if (!state.ping_pong) {
    state.bank = cell.value & pointer_select;
  }
}

void RegisterState::launch(std::uint32_t enable_mask) {
  for (std::size_t i = 0; i < block_count; ++i) {
    const int bit = block_facts[i].enable_bit;
    if (bit < 0 || (enable_mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
    if (blocks_[i].ping_pong) blocks_[i].bank ^= 1U;
  }
}

const Cell* RegisterState::find(std::uint16_t offset) const {
  const auto block = block_of_offset(offset);
  if (!block) return nullptr;
  const BlockState& state = blocks_[static_cast<std::size_t>(*block)];
  const std::size_t index = (offset & 0xfffU) >> 2U;
  const Cell& cell = index < first_banked ? state.single[index] : state.banks[state.bank][index];
  return cell.known() ? &cell : nullptr;
}

}  // namespace npuscope
