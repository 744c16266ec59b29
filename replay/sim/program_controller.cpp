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

RunStatus hangs(const CoreContext& context, std::string text) {
  context.events.add(EventKind::timeout, "E5", std::move(text));
  return RunStatus::timeout;
}

}  // namespace

std::string_view name_of(RunStatus status) {
  constexpr std::string_view names[] = {"done", "unsupported", "timeout", "the board would fail"};
  return names[static_cast<std::size_t>(status)];
}

ChainRun::ChainRun(NpuCore& core, const ChainStart& start)
    : core_(&core),
      start_(start),
      address_(start.address & ~0xfU),
      amount_(start.amount & 0xffffU) {}

void ChainRun::hang(const CoreContext& context, std::string why) {
  status_ = hangs(context, std::move(why));
}

void ChainRun::run_phase(const CoreContext& context, const TaskSink& sink) {
  for (waits_ = false; !ended() && !waits_;) {
    status_ = run_task(context, sink);
    if (status_ != RunStatus::done) return;
    ++done_;
    address_ = core_->next_address() & ~0xfU;
    amount_ = core_->next_amount() & 0xffffU;
    waits_ = waits_ || core_->next_amount() >> 16U != 0;
    if (address_ == 0 && !ended())
      hang(context, fmt::format("the chain ends after {} of {} tasks", done_, start_.task_number));
  }
}

RunStatus ChainRun::run_task(const CoreContext& context, const TaskSink& sink) {
  context.events.at(start_.core, done_);
  TaskReport report;
  report.index = done_;
  report.address = address_;
  core_->forget_link();
  for (const Word word : fetch(*core_, address_, (std::size_t{amount_} + 1) * 2, context, report)) {
    ++report.words;
    if (!is_operation_enable(word)) {
      core_->deliver(word, context.events);
      continue;
    }
    // What follows in the window is not executed: fetching too much is harmless.
    const Launch launch = core_->launch(word.value(), context, report);
    waits_ = launch.barrier;
    if (!launch.executed) return RunStatus::unsupported;
    return sink(report) ? RunStatus::done : RunStatus::board_fails;
  }
  check_traffic(report, context.events);
  return hangs(context,
               fmt::format("no OPERATION_ENABLE in the {} words at {:#x}", report.words, address_));
}

Outcome run_entry(NpuCore& core, const npuscope::Task& task, std::size_t index,
                  const CoreContext& context, const TaskSink& sink, bool& barrier) {
  TaskReport report;
  report.index = index;
  report.address = static_cast<std::uint32_t>(task.regcmd_addr);
  report.words = task.regcfg_amount;
  constexpr std::uint32_t most_words = 0x10000;
  if (task.regcfg_amount > most_words)
    return {hangs(context, fmt::format("a record of {} words", task.regcfg_amount)), 0};
  for (const Word word : fetch(core, report.address, task.regcfg_amount, context, report))
    core.deliver(word, context.events);
  const Launch launch = core.launch(task.enable_mask, context, report);
  barrier = launch.barrier;
  if (!launch.executed) return {RunStatus::unsupported, 0};
  return {sink(report) ? RunStatus::done : RunStatus::board_fails, 1};
}

}  // namespace npuscope::sim
