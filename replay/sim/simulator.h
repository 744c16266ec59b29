// The functional simulator of the RK3588 NPU: executes register programs from register contents
// alone.
//
//   Simulator simulator({.strict = true});
//   simulator.memory().map(0xfff90000, 65536, "weights");  ...
//   RunResult result = simulator.run_chain({.address = first, .amount = 62, .task_number = 2});
//   if (result.status == RunStatus::done) simulator.memory().read(output, bytes);
//
// Results are those of the board as far as anything is known: exact products, f32 sums in a fixed
// order (replay/sim/inner_product.h), rounding to nearest even, exact integers. What is not
// modelled ends the run and is named. Time is not modelled. Equal programs give equal bytes on
// every processor. A Simulator is a value without threads of its own; different ones may run on
// different threads.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "replay/sim/core_tasks.h"
#include "replay/sim/program_controller.h"

namespace npuscope::sim {

struct SimulatorOptions {
  bool strict = false;     // a broken rule ends the run: the board would fail there
  bool trace = false;      // keep a report of every task
  Fill fill = Fill::zero;  // of memory that is mapped
  Isa isa = Isa::best;     // of the inner products; the result does not depend on it
  Knobs knobs{};
};

struct RunResult {
  RunStatus status = RunStatus::done;
  std::string reason;     // why not done: the text of the event that says it
  std::size_t tasks = 0;  // that ran to their end
  std::uint64_t macs = 0;
  std::vector<Event> events;
  std::vector<TaskReport> reports;  // with trace
};

inline constexpr unsigned core_count = 3;

class Simulator {
 public:
  explicit Simulator(SimulatorOptions options = {});

  [[nodiscard]] AddressSpace& memory() { return memory_; }
  [[nodiscard]] const AddressSpace& memory() const { return memory_; }
  [[nodiscard]] const SimulatorOptions& options() const { return options_; }
  [[nodiscard]] const NpuCore& core(unsigned index) const { return *cores_[index]; }

  // What ACT_RESET does: pointers to zero on all cores; registers and memory stay.
  void reset();
  // As after power-up: no register was ever written. Memory stays.
  void power_up();

  // What a kick of the kernel driver starts. Registers persist between kicks.
  RunResult run_chain(const ChainStart& start);
  // Chains that the driver starts together, each on another core; a result for each. The cores run
  // in phases (ChainRun): at the end of one a core waits for the others that are still running, and
  // for ever if one of them fails.
  std::vector<RunResult> run_chains(std::span<const ChainStart> starts);

  // Runs task tables as the vendor's runtime means them: node by node (op_idx), the cores in
  // phases that end at barrier records. Tables that number through from core to core share no node:
  // only barriers part them. Links in the tails are not followed. Registers of the cores start
  // unwritten, as no value crosses a list.
  RunResult run_table(std::span<const CoreTasks> lanes);
  // The same without touching the registers: what follows of the tables that were begun.
  RunResult continue_table(std::span<const CoreTasks> lanes);

  // A register write outside all programs, as a host makes it.
  void write_register(unsigned core, Word word);

 private:
  [[nodiscard]] TaskSink sink_into(RunResult& result, EventLog& events) const;
  static void finish(RunResult& result, EventLog& events);

  SimulatorOptions options_;
  AddressSpace memory_;
  std::array<std::unique_ptr<NpuCore>, core_count> cores_;
};

}  // namespace npuscope::sim
