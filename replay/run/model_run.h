// A whole model on the simulator: its nodes in order, on the NPU or on the host, from inputs to
// outputs.
//
//   Result<ModelRun> run = ModelRun::prepare(opened, {.cores = 3});
//   run->set_input(0, plain_bytes);                       // order of the logical shape
//   const ModelResult result = run->run();
//   if (result.status == sim::RunStatus::done)
//     Result<std::vector<std::byte>> logits = run->tensor(model.graph_outputs[0]);
//
// Nodes of the NPU run the entries of the task table that carry their number: the table is what the
// vendor's runtime follows, links in the tails leave it at some nodes. Nodes of the CPU are
// computed where they are trivial (replay/run/host_operators.h), else the run stops there and says
// so; so it does at a task that is not modelled. `opened` must outlive the run.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "decoder/model.h"
#include "replay/prepare/link_model.h"
#include "replay/sim/simulator.h"

namespace npuscope {

struct ModelRunOptions {
  unsigned cores = 1;
  sim::SimulatorOptions simulator{};
  ModelPlaces places{};
  // Changes the linked program before it is loaded: patches, cuts, other addresses.
  std::function<Result<void>(LinkedModel&)> edit{};
  // Runs tasks on another device, those of nodes of the NPU in a row at a time; the simulator only
  // keeps the memory. Given all buffers as they are, it returns their bytes after the tasks.
  std::function<Result<std::vector<std::vector<std::byte>>>(Image part)> run_elsewhere{};
  // Elsewhere too, one node at a time: its tensors can be looked at before the next one runs.
  bool nodes_alone = false;
  // Called before each node, or row of nodes that runs elsewhere, with its index; returning false ends the run there (status done).
  std::function<bool(std::size_t node)> before_node{};
};

struct ModelResult {
  sim::RunStatus status = sim::RunStatus::done;
  std::string reason;      // why not done
  std::size_t nodes = 0;   // that ran to their end
  std::size_t tasks = 0;   // likewise
  std::uint64_t macs = 0;  // of the tasks
  std::vector<sim::Event> events;
  std::vector<sim::TaskReport> reports;  // with SimulatorOptions::trace
};

class ModelRun {
 public:
  // Links the program and fills the memory. Errors as link_model() and `edit`.
  [[nodiscard]] static Result<ModelRun> prepare(const Opened& opened, ModelRunOptions options = {});

  // The graph's input number `index`, in the order of its logical shape, codes as the file's type
  // says. Errors (usage): no such input, bytes that do not fit its shape.
  [[nodiscard]] Result<void> set_input(std::size_t index, std::span<const std::byte> plain);

  // Runs all nodes. May be repeated: registers start anew, memory stays as it is.
  [[nodiscard]] ModelResult run();

  // A tensor as it stands in memory now, in the order of its logical shape. Internal tensors share
  // memory: one is valid from the node that writes it until another takes its place.
  [[nodiscard]] Result<std::vector<std::byte>> tensor(std::size_t index) const;

  [[nodiscard]] const Model& model() const { return *opened_->capture.model; }
  [[nodiscard]] const LinkedModel& linked() const { return linked_; }
  [[nodiscard]] const sim::Simulator& simulator() const { return *simulator_; }

 private:
  ModelRun(const Opened& opened, ModelRunOptions options, LinkedModel linked)
      : opened_(&opened), options_(std::move(options)), linked_(std::move(linked)) {}

  void load_tables();
  [[nodiscard]] Result<void> run_on_cpu(const Node& node);
  [[nodiscard]] std::size_t end_of_row(std::size_t node) const;
  [[nodiscard]] std::vector<sim::CoreTasks> take_tasks(std::size_t node, std::size_t end);
  void run_on_npu(std::size_t node, ModelResult& result);
  [[nodiscard]] Result<void> run_elsewhere(std::size_t node, std::size_t end, ModelResult& result);
  [[nodiscard]] Result<Image> part_of(std::vector<sim::CoreTasks> lanes, std::size_t node,
                                      std::size_t end) const;
  [[nodiscard]] Result<void> write(std::size_t index, std::span<const std::byte> plain);

  const Opened* opened_;
  ModelRunOptions options_;
  LinkedModel linked_;
  std::unique_ptr<sim::Simulator> simulator_;
  std::vector<std::size_t> next_;  // of each lane: the first task that did not run
};

}  // namespace npuscope
