#include "decoder/program/register_state.h"

#include <algorithm>

namespace npuscope {

namespace {

// Bits of S_POINTER, the same in every block.
constexpr std::uint32_t pointer_select = 1U << 0U;
constexpr std::uint32_t pointer_ping_pong = 1U << 1U;
constexpr std::uint32_t pointer_clear = 1U << 4U;

std::size_t index_of(std::uint16_t offset) {
  return (offset & 0xfffU) >> 2U;
}

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
  const unsigned bank_before = state.bank;
  Cell& cell = state.cell_for_write(index_of(word.offset()), state.bank, task);
  cell = {word.value(), static_cast<std::uint32_t>(word_index), task};
  if (word.offset() != facts_of(*block).s_pointer || facts_of(*block).s_pointer == 0) return;
  state.ping_pong = (cell.value & pointer_ping_pong) != 0;
  if ((cell.value & pointer_clear) != 0) {
    state.bank = 0;
  } else if (!state.ping_pong) {
    state.bank = cell.value & pointer_select;
  }
  state.moved = state.moved || state.bank != bank_before;
}

Cell& RegisterState::BlockState::cell_for_write(std::size_t index, unsigned number,
                                                std::size_t task) {
  const bool banked = index >= first_banked;
  Cell& cell = banked ? banks[number][index] : single[index];
  const bool seen_by_last_launch = has_run && (!banked || number == last_bank);
  const auto is_this = [index](const auto& pair) { return pair.first == index; };
  if (seen_by_last_launch && cell.task != task &&
      std::none_of(replaced.begin(), replaced.end(), is_this))
    replaced.emplace_back(index, cell);
  return cell;
}

void RegisterState::BlockState::forget_unwritten(unsigned number, std::size_t task) {
  for (std::size_t index = first_banked; index < page_registers; ++index) {
    const Cell& cell = banks[number][index];
    if (cell.task == task || cell.lost) continue;
    cell_for_write(index, number, task) = Cell{.lost = true};
  }
}

void RegisterState::forget_unwritten(std::size_t task) {
  for (BlockState& state : blocks_) {
    state.forget_unwritten(state.bank, task);
    // A missing word may stand before the S_POINTER that changed the bank.
    if (state.moved) state.forget_unwritten(state.bank ^ 1U, task);
  }
}

void RegisterState::launch(std::uint32_t enable_mask) {
  for (BlockState& state : blocks_) state.moved = false;
  for (std::size_t i = 0; i < block_count; ++i) {
    const int bit = block_facts[i].enable_bit;
    if (bit < 0 || (enable_mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
    BlockState& state = blocks_[i];
    state.has_run = true;
    state.last_bank = state.bank;
    state.replaced.clear();
    if (state.ping_pong) state.bank ^= 1U;
  }
}

const RegisterState::BlockState* RegisterState::block_at(std::uint16_t offset) const {
  const auto block = block_of_offset(offset);
  return block ? &blocks_[static_cast<std::size_t>(*block)] : nullptr;
}

const Cell* RegisterState::find(std::uint16_t offset) const {
  const BlockState* state = block_at(offset);
  if (state == nullptr) return nullptr;
  const Cell& cell = state->current(index_of(offset));
  return cell.known() ? &cell : nullptr;
}

bool RegisterState::lost(std::uint16_t offset) const {
  const BlockState* state = block_at(offset);
  return state != nullptr && state->current(index_of(offset)).lost;
}

const Cell* RegisterState::previous(std::uint16_t offset) const {
  const BlockState* state = block_at(offset);
  if (state == nullptr || !state->has_run) return nullptr;
  const std::size_t index = index_of(offset);
  for (const auto& [changed, cell] : state->replaced) {
    if (changed == index) return cell.known() ? &cell : nullptr;
  }
  const Cell& cell =
      index < first_banked ? state->single[index] : state->banks[state->last_bank][index];
  return cell.known() ? &cell : nullptr;
}

}  // namespace npuscope
