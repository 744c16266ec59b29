#include "replay/sim/program_controller.h"

#include <fmt/format.h>

#include <vector>

#include "replay/sim/rules.h"

namespace npuscope::sim {

namespace {

// Copies the words: the task that they start may write where they stand.
std::vector<Word> fetch(NpuCore& core, std::uint32_t address, std::size_t count,
                        const CoreContext& context, TaskReport& report) {
  Dma dma(context.memory, core.dma_base(), report);
  const WordView view(std::span(dma.read(DmaPath::commands, address, count * 8), count * 8));
  std::vector<Word> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = view[i];
  return words;
}

Outcome hangs(const CoreContext& context, std::size_t tasks, std::string text) {
  context.events.add(EventKind::timeout, "E5", std::move(text));
  return {RunStatus::timeout, tasks};
}

}  // namespace

std::string_view name_of(RunStatus status) {
  constexpr std::string_view names[] = {"done", "unsupported", "timeout", "the board would fail"};
  return names[static_cast<std::size_t>(status)];
}

Outcome run_chain(NpuCore& core, const ChainStart& start, const CoreContext& context,
                  const TaskSink& sink) {
  std::uint32_t address = start.address & ~0xfU;
  std::uint32_t amount = start.amount & 0xffffU;
  for (std::size_t done = 0; done < start.task_number; ++done) {
    context.events.at(start.core, done);
    TaskReport report;
    report.index = done;
    report.address = address;
    core.forget_link();
    bool started = false;
    for (const Word word : fetch(core, address, (std::size_t{amount} + 1) * 2, context, report)) {
      ++report.words;
      // What follows in the window is not executed: fetching too much is harmless.
      if ((started = is_operation_enable(word))) {
        const Launch launch = core.launch(word.value(), context, report);
        if (!launch.executed) return {RunStatus::unsupported, done};
        break;
      }
      core.deliver(word, context.events);
    }
    if (!started) {
      check_traffic(report, context.events);
      return hangs(
          context, done,
          fmt::format("no OPERATION_ENABLE in the {} words at {:#x}", report.words, address));
    }
    if (!sink(report)) return {RunStatus::board_fails, done + 1};
    address = core.next_address() & ~0xfU;
    amount = core.next_amount() & 0xffffU;
    if (address == 0 && done + 1 < start.task_number)
      return hangs(context, done + 1,
                   fmt::format("the chain ends after {} of {} tasks", done + 1, start.task_number));
  }
  return {RunStatus::done, start.task_number};
}

Outcome run_entry(NpuCore& core, const npuscope::Task& task, std::size_t index,
                  const CoreContext& context, const TaskSink& sink, bool& barrier) {
  TaskReport report;
  report.index = index;
  report.address = static_cast<std::uint32_t>(task.regcmd_addr);
  report.words = task.regcfg_amount;
  constexpr std::uint32_t most_words = 0x10000;
  if (task.regcfg_amount > most_words)
    return hangs(context, 0, fmt::format("a record of {} words", task.regcfg_amount));
  for (const Word word : fetch(core, report.address, task.regcfg_amount, context, report))
    core.deliver(word, context.events);
  const Launch launch = core.launch(task.enable_mask, context, report);
  barrier = launch.barrier;
  if (!launch.executed) return {RunStatus::unsupported, 0};
  return {sink(report) ? RunStatus::done : RunStatus::board_fails, 1};
}

}  // namespace npuscope::sim
