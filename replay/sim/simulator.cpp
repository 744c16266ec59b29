#include "replay/sim/simulator.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::sim {

Simulator::Simulator(SimulatorOptions options) : options_(options), memory_(options.fill) {
  power_up();
}

void Simulator::reset() {
  for (const auto& core : cores_) core->reset();
}

void Simulator::power_up() {
  for (unsigned i = 0; i < core_count; ++i) cores_[i] = std::make_unique<NpuCore>(i);
}

TaskSink Simulator::sink_into(RunResult& result, EventLog& events) const {
  return [this, &result, &events](const TaskReport& report) {
    ++result.tasks;
    result.macs += report.macs;
    if (options_.trace) result.reports.push_back(report);
    return !(options_.strict && events.has(EventKind::violation));
  };
}

void Simulator::finish(RunResult& result, EventLog& events) {
  result.events = events.take();
  const auto kind = result.status == RunStatus::unsupported ? EventKind::unsupported
                    : result.status == RunStatus::timeout   ? EventKind::timeout
                                                            : EventKind::violation;
  if (result.status == RunStatus::done) return;
  const auto cause = std::ranges::find(result.events, kind, &Event::kind);
  if (cause != result.events.end()) result.reason = cause->text;
}

RunResult Simulator::run_chain(const ChainStart& start) {
  return std::move(run_chains({&start, 1}).front());
}

std::vector<RunResult> Simulator::run_chains(std::span<const ChainStart> starts) {
  std::vector<RunResult> results(starts.size());
  std::vector<EventLog> events(starts.size());
  std::vector<ChainRun> chains;
  for (const ChainStart& start : starts) {
    NpuCore& core = *cores_[start.core % core_count];
    core.begin_job();
    chains.emplace_back(core, start);
  }
  const auto context_of = [&](std::size_t i) {
    return CoreContext{memory_, events[i], inner_products(options_.isa), options_.knobs};
  };
  const auto ended = [](const ChainRun& chain) { return chain.ended(); };
  const auto failed = [](const ChainRun& chain) { return chain.status() != RunStatus::done; };
  while (!std::ranges::all_of(chains, ended) && std::ranges::none_of(chains, failed))
    for (std::size_t i = 0; i < chains.size(); ++i)
      chains[i].run_phase(context_of(i), sink_into(results[i], events[i]));
  const auto culprit = std::ranges::find_if(chains, failed);
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if (!chains[i].ended())
      chains[i].hang(context_of(i), fmt::format("waits for core {} for ever", culprit->core()));
    results[i].status = chains[i].status();
    finish(results[i], events[i]);
  }
  return results;
}

namespace {

// Runs the tables of several cores side by side.
class LaneRunner {
 public:
  LaneRunner(std::span<const CoreTasks> lanes, const CoreContext& context, const TaskSink& sink)
      : lanes_(lanes),
        context_(context),
        sink_(sink),
        next_(lanes.size()),
        numbered_through_(lanes.size() > 1 && no_node_on_two_cores(lanes)) {}

  RunStatus run(std::array<std::unique_ptr<NpuCore>, core_count>& cores) {
    for (const CoreTasks& lane : lanes_) cores[lane.core % core_count]->begin_job();
    while (const npuscope::Task* first = lowest()) {
      const std::uint32_t node = node_of(*first);
      for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const RunStatus status = phase(i, node, *cores[lanes_[i].core % core_count]);
        if (status != RunStatus::done) return status;
      }
    }
    return RunStatus::done;
  }

 private:
  // Whether each table goes on with the numbers where the one before ended: then op_idx counts
  // tasks and names no nodes, and the cores wait at barriers alone.
  static bool no_node_on_two_cores(std::span<const CoreTasks> lanes) {
    return std::ranges::adjacent_find(lanes, [](const CoreTasks& a, const CoreTasks& b) {
             return a.tasks.empty() || b.tasks.empty() ||
                    b.tasks.front().op_idx <= a.tasks.back().op_idx;
           }) == lanes.end();
  }
  [[nodiscard]] std::uint32_t node_of(const npuscope::Task& task) const {
    return numbered_through_ ? 0 : task.op_idx;
  }

  // The waiting task of the lowest node; nullptr: all lanes are at their end.
  [[nodiscard]] const npuscope::Task* lowest() const {
    const npuscope::Task* found = nullptr;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (next_[i] == lanes_[i].tasks.size()) continue;
      const npuscope::Task& task = lanes_[i].tasks[next_[i]];
      if (found == nullptr || node_of(task) < node_of(*found)) found = &task;
    }
    return found;
  }

  // The tasks of a node in a lane, up to a barrier.
  RunStatus phase(std::size_t lane, std::uint32_t node, NpuCore& core) {
    const std::vector<npuscope::Task>& tasks = lanes_[lane].tasks;
    bool barrier = false;
    for (std::size_t& i = next_[lane]; i < tasks.size() && node_of(tasks[i]) == node && !barrier;
         ++i) {
      const std::size_t index = lanes_[lane].first + i;
      context_.events.at(lanes_[lane].core, index);
      const Outcome outcome = run_entry(core, tasks[i], index, context_, sink_, barrier);
      if (outcome.status != RunStatus::done) return outcome.status;
    }
    return RunStatus::done;
  }

  std::span<const CoreTasks> lanes_;
  const CoreContext& context_;
  const TaskSink& sink_;
  std::vector<std::size_t> next_;
  bool numbered_through_;
};

}  // namespace

RunResult Simulator::run_table(std::span<const CoreTasks> lanes) {
  power_up();
  return continue_table(lanes);
}

void Simulator::write_register(unsigned core, Word word) {
  EventLog events;
  cores_[core % core_count]->deliver(word, events);
}

RunResult Simulator::continue_table(std::span<const CoreTasks> lanes) {
  RunResult result;
  EventLog events;
  const CoreContext context{memory_, events, inner_products(options_.isa), options_.knobs};
  const TaskSink sink = sink_into(result, events);
  result.status = LaneRunner(lanes, context, sink).run(cores_);
  finish(result, events);
  return result;
}

}  // namespace npuscope::sim
