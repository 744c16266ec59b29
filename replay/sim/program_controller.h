// The program controller of one core: fetches records, delivers their words, starts tasks, and
// follows the links in the tails.
//
//   ChainRun chain(core, {.core = 0, .address = 0xfff94000, .amount = 62, .task_number = 3});
//   while (!chain.ended()) chain.run_phase(context, sink);
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

// A chain of records on its way. It runs in phases: at the end of one it has to wait for the other
// cores of the job. That is behind a barrier record, and at a link whose REGISTER_AMOUNTS name
// other cores in their high half. Source: 726 of 726 nodes of vendor programs for several cores
// have the same sequence of both on all cores; run as one chain, models are computed right only if
// cores wait at both (13 programs need the links, one the record).
class ChainRun {
 public:
  // `core` must outlive the run.
  ChainRun(NpuCore& core, const ChainStart& start);

  // The tasks up to the next wait, or to the end.
  void run_phase(const CoreContext& context, const TaskSink& sink);
  [[nodiscard]] bool ended() const {
    return status_ != RunStatus::done || done_ == start_.task_number;
  }
  [[nodiscard]] RunStatus status() const { return status_; }  // done: so far
  [[nodiscard]] unsigned core() const { return start_.core; }

  // Ends the run: what it waits for does not come.
  void hang(const CoreContext& context, std::string why);

 private:
  RunStatus run_task(const CoreContext& context, const TaskSink& sink);

  NpuCore* core_;
  ChainStart start_;
  std::uint32_t address_, amount_;  // of the next record
  std::size_t done_ = 0;            // tasks
  bool waits_ = false;              // after the last task, for the other cores
  RunStatus status_ = RunStatus::done;
};

// Runs one entry of a task table without looking at its tail: body words, then the enable mask of
// the entry. `index` counts the tasks of this core. `barrier` says whether it was one.
Outcome run_entry(NpuCore& core, const npuscope::Task& task, std::size_t index,
                  const CoreContext& context, const TaskSink& sink, bool& barrier);

}  // namespace npuscope::sim
