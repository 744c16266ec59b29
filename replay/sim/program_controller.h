// The program controller of one core: fetches records, delivers their words, starts tasks, and
// follows the links in the tails.
//
//   ChainStart start{.core = 0, .address = 0xfff94000, .amount = 62, .task_number = 3};
//   Outcome outcome = run_chain(core, start, context, sink);
//
// The kernel supplies address and amount of the first record and the number of tasks; everything
// else is in the words. Source: the driver's code and chained public clients.
#pragma once

#include <functional>

#include "decoder/task.h"
#include "replay/sim/npu_core.h"

namespace npuscope::sim {

struct ChainStart {
  unsigned core = 0;
  std::uint32_t address = 0;  // of the first word; bits 3:0 are ignored
  std::uint32_t amount = 0;   // REGISTER_AMOUNTS: pairs of words, minus one
  std::uint32_t task_number = 1;
};

enum class RunStatus : std::uint8_t {
  done,
  unsupported,  // a task is not modelled; what follows was not run
  timeout,      // the board would wait until its driver gives up
  board_fails,  // strict: a rule is broken
};

[[nodiscard]] std::string_view name_of(RunStatus status);

// Receives the report of each task; returns false to stop.
using TaskSink = std::function<bool(const TaskReport&)>;

struct Outcome {
  RunStatus status = RunStatus::done;
  std::size_t tasks = 0;  // that ran to their end
};

// Runs a chain to its last task.
Outcome run_chain(NpuCore& core, const ChainStart& start, const CoreContext& context,
                  const TaskSink& sink);

// Runs one entry of a task table without looking at its tail: body words, then the enable mask of
// the entry. `index` counts the tasks of this core. `barrier` says whether it was one.
Outcome run_entry(NpuCore& core, const npuscope::Task& task, std::size_t index,
                  const CoreContext& context, const TaskSink& sink, bool& barrier);

}  // namespace npuscope::sim
