// The registers that a task runs with, for the outputs of `decode --state`.
//
//   for (const EffectiveRegister& r : effective_registers(db, task)) ... r.name, r.cell ...
//
// Every register of the enabled blocks that the database knows or that was written: a register
// without a cell was not written in this lane and is unknown, which is not zero.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/walk.h"
#include "regdb/register_db.h"

namespace npuscope {

struct EffectiveRegister {
  Block block = Block::pc;
  std::string name;               // "CNA_CBUF_CON0", or "CNA_UNKNOWN_1ffc"
  const Register* reg = nullptr;  // nullptr: not in the database
  const Cell* cell = nullptr;     // nullptr: unknown

  // "written" by the task itself, "inherited" from an earlier one, or "unknown".
  [[nodiscard]] std::string_view origin(const TaskView& task) const {
    if (cell == nullptr) return "unknown";
    return cell->task == task.index ? "written" : "inherited";
  }
};

// In the order of blocks, then offsets. `task` must have a state.
[[nodiscard]] std::vector<EffectiveRegister> effective_registers(const RegisterDb& db,
                                                                 const TaskView& task);

}  // namespace npuscope
