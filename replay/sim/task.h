// One task: from the registers of the enabled blocks to the bytes in memory.
//
//   Launch done = run_task(blocks, tables, context, dma, report);
#pragma once

#include "replay/sim/npu_core.h"

namespace npuscope::sim {

// What the enabled blocks run with.
struct TaskBlocks {
  std::array<bool, block_count> enabled{};
  std::array<RegisterView, block_count> views;

  [[nodiscard]] bool has(Block block) const { return enabled[static_cast<std::size_t>(block)]; }
  [[nodiscard]] const RegisterView& of(Block block) const {
    return views[static_cast<std::size_t>(block)];
  }
};

// Says in context.events what breaks a rule, what is inferred and what is not modelled.
Launch run_task(const TaskBlocks& blocks, const LutTables& tables, const CoreContext& context,
                Dma& dma, TaskReport& report);

}  // namespace npuscope::sim
