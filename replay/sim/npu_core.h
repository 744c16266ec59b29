// One core: the registers of its blocks, its lookup tables, and the tasks that they run.
//
//   NpuCore core(0);
//   core.begin_job();
//   core.deliver(word, events);                    // each word of a record
//   core.launch(0x1d, context, report);            // convolution with readers
//
// Which blocks are enabled decides what runs: CNA a convolution through the DPU, the DPU without it
// a task from memory to memory ("flying"), the PPU pooling.
#pragma once

#include <array>

#include "decoder/word.h"
#include "replay/sim/dma.h"
#include "replay/sim/dpu_stages.h"
#include "replay/sim/event.h"
#include "replay/sim/register_groups.h"

namespace npuscope::sim {

// What a core works with.
struct CoreContext {
  AddressSpace& memory;
  EventLog& events;
  const InnerProducts& products;
  Knobs knobs;
};

// What the words of a record did to the program controller.
struct Launch {
  bool executed = false;  // false: not modelled, nothing was written
  bool barrier = false;   // a record that makes the cores wait for each other
};

class NpuCore {
 public:
  explicit NpuCore(unsigned index) : index_(index) {}

  // What the kernel driver does before it starts the program controller: pointers of CNA and CORE.
  void begin_job();
  // Pointers to zero; registers keep their values.
  void reset();

  // A word other than OPERATION_ENABLE: a register write, a marker, or nothing (all zero).
  void deliver(Word word, EventLog& events);
  // Starts the blocks of the mask and runs the task to its end.
  Launch launch(std::uint32_t enable_mask, const CoreContext& context, TaskReport& report);

  [[nodiscard]] const RegisterGroups& block(Block block) const {
    return blocks_[static_cast<std::size_t>(block)];
  }
  // The link that the record wrote for the program controller; 0: none since forget_link().
  [[nodiscard]] std::uint32_t next_address() const { return next_address_; }
  [[nodiscard]] std::uint32_t next_amount() const { return next_amount_; }
  void forget_link() { next_address_ = next_amount_ = 0; }
  [[nodiscard]] std::uint32_t dma_base() const { return dma_base_; }

 private:
  void write(Block block, std::uint16_t offset, std::uint32_t value);

  unsigned index_;
  std::array<RegisterGroups, block_count> blocks_;
  LutTables tables_;
  std::uint32_t next_address_ = 0, next_amount_ = 0, dma_base_ = 0;
};

}  // namespace npuscope::sim
