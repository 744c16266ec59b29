// The effective registers of a task: what it wrote itself, over what the task two back in the same
// block left.
//
//   RegisterState state;                       // one per lane; everything unknown
//   for each task of the lane:
//     state.apply(task_index, record);         // the words, in order
//     const Cell* cell = state.find(0x1070);   // what the task runs with, and the word that set it
//     state.launch(enable_mask);               // the blocks that ran change to their other bank
//
// Each block has two banks of registers; S_POINTER = 0xe makes the write bank alternate with every
// task of that block. An unwritten register therefore has the value of the task two back, and is
// unknown (never zero) before it is written. Source: of 37,486 optional writes in short vendor
// records no_index repeats the value of two tasks back, 9,545 repeat the value of the task before.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "decoder/program.h"

namespace npuscope {

// A register of one bank.
struct Cell {
  std::uint32_t value = 0;
  std::uint32_t word = 0;       // index of the word in its record
  std::size_t task = no_index;  // the task that wrote it; no_index: not known
  bool lost = false;            // not known because words that may have set it were not captured
  [[nodiscard]] bool known() const { return task != no_index; }
};

// Registers that act when their word is read and keep no value for a launch: the port that loads
// lookup tables, whose words are data. Source: 654 table loads of model files write
// LUT_ACCESS_DATA 1,027 times each.
[[nodiscard]] constexpr bool is_port(std::uint16_t offset) {
  return offset == 0x4100 || offset == 0x4104;
}

class RegisterState {
 public:
  RegisterState();

  // Executes the known words of a record. A word that was not captured makes nothing known.
  void apply(std::size_t task, const Record& record);
  void write(std::size_t task, std::size_t word_index, Word word);

  // For a task of which not all words were captured, after apply(): a missing word may have set any
  // register that no known word of the task sets, so these are unknown from here on. S_POINTER is
  // taken to be as it was.
  void forget_unwritten(std::size_t task);

  // After a task: the enabled blocks toggle their bank, unless S_POINTER switched ping-pong off.
  void launch(std::uint32_t enable_mask);

  // The register at this offset as the task in preparation sees it; nullptr if it was never written
  // in its bank.
  [[nodiscard]] const Cell* find(std::uint16_t offset) const;
  // Whether find() has nothing because words were not captured, and not because nothing was
  // written.
  [[nodiscard]] bool lost(std::uint16_t offset) const;

  // Whether the block was launched before, and the register as it was in that launch: what the
  // previous task of the same block ran with, whatever the task in preparation wrote since. nullptr
  // if it was not known then.
  [[nodiscard]] bool has_run(Block block) const {
    return blocks_[static_cast<std::size_t>(block)].has_run;
  }
  [[nodiscard]] const Cell* previous(std::uint16_t offset) const;

  // Visits the known registers of the current bank of a block in ascending order: visit(offset,
  // cell).
  template <typename Visit>
  void for_each(Block block, Visit&& visit) const {
    for_each(block, bank(block), visit);
  }
  // The same for bank 0 or 1.
  template <typename Visit>
  void for_each(Block block, unsigned number, Visit&& visit) const {
    const BlockState& state = blocks_[static_cast<std::size_t>(block)];
    const auto& bank = state.banks[number];
    for (std::size_t i = 0; i < bank.size(); ++i) {
      const Cell& cell = i < first_banked ? state.single[i] : bank[i];
      if (cell.known())
        visit(static_cast<std::uint16_t>(static_cast<std::size_t>(block) << 12U | i << 2U), cell);
    }
  }

  [[nodiscard]] unsigned bank(Block block) const {
    return blocks_[static_cast<std::size_t>(block)].bank;
  }

 private:
  static constexpr std::size_t page_registers = 0x1000 / 4;
  static constexpr std::size_t first_banked = 2;  // S_STATUS and S_POINTER exist once

  struct BlockState {
    std::array<std::vector<Cell>, 2> banks;
    std::array<Cell, first_banked> single;
    unsigned bank = 0;
    bool ping_pong = true;
    bool has_run = false;
    unsigned last_bank = 0;  // in which it ran last
    bool moved = false;      // the task in preparation changed the bank
    // What was written over since then in that bank, each register once: happens where ping-pong is
    // off.
    std::vector<std::pair<std::size_t, Cell>> replaced;

    // The cell of register `index` in bank `number`, to be set by `task`; keeps what the last
    // launch saw.
    Cell& cell_for_write(std::size_t index, unsigned number, std::size_t task);
    void forget_unwritten(unsigned number, std::size_t task);
    [[nodiscard]] const Cell& current(std::size_t index) const {
      return index < first_banked ? single[index] : banks[bank][index];
    }
  };
  [[nodiscard]] const BlockState* block_at(std::uint16_t offset) const;
  std::array<BlockState, block_count> blocks_;
};

}  // namespace npuscope
