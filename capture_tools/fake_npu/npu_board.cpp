#include "capture_tools/fake_npu/npu_board.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::fake {

namespace {

// Pairs of interrupt bits by the bit of the enable mask that starts their block: CNA raises two
// pairs, for features and for weights. Source: reference manual, INT_STATUS.
std::uint32_t interrupts_of(std::uint32_t enable_mask) {
  constexpr std::uint32_t pairs[] = {0x5, 0x10, 0x40, 0x100, 0, 0x400, 0};
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < std::size(pairs); ++i)
    if ((enable_mask >> i & 1U) != 0) bits |= pairs[i];
  return bits;
}

Severity severity_of(sim::EventKind kind) {
  switch (kind) {
    case sim::EventKind::note:
      return Severity::note;
    case sim::EventKind::warning:
      return Severity::warning;
    default:
      return Severity::failure;
  }
}

KickResult result_of(const sim::RunResult& run) {
  KickResult result;
  result.tasks = run.tasks;
  result.macs = run.macs;
  result.refused = run.status == sim::RunStatus::unsupported;
  // An access outside all buffers stops the board's DMA: no interrupt comes.
  const bool fault = std::ranges::any_of(run.events, [](const sim::Event& event) {
    return event.kind == sim::EventKind::violation && event.rule == "E4";
  });
  result.completed = run.status == sim::RunStatus::done && !fault;
  for (const sim::TaskReport& task : run.reports)
    result.interrupts |= interrupts_of(task.enable_mask);
  return result;
}

}  // namespace

NpuBoard::NpuBoard(bool strict, Journal& journal)
    : simulator_({.strict = strict, .trace = true}), journal_(journal) {}

NpuBoard::Job::Job(NpuBoard& board, std::span<const BufferPointer> buffers)
    : board_(board), lock_(board.mutex_), buffers_(buffers) {
  for (const BufferPointer& buffer : buffers_)
    if (const auto mapped = board_.simulator_.memory().map(
            buffer->address, buffer->bytes, fmt::format("buffer at {:#x}", buffer->address));
        !mapped)
      board_.journal_.say(Severity::failure, "", mapped.error().text());
}

NpuBoard::Job::~Job() {
  for (const BufferPointer& buffer : buffers_) board_.simulator_.memory().unmap(buffer->address);
}

KickResult NpuBoard::Job::kick(const sim::ChainStart& start) {
  return kick({&start, 1}).front();
}

std::vector<KickResult> NpuBoard::Job::kick(std::span<const sim::ChainStart> starts) {
  std::vector<KickResult> results;
  for (const sim::RunResult& run : board_.simulator_.run_chains(starts)) {
    results.push_back(result_of(run));
    for (const sim::Event& event : run.events)
      board_.journal_.say(severity_of(event.kind), event.rule,
                          fmt::format("core {}, task {}: {}", event.core, event.task, event.text));
  }
  return results;
}

void NpuBoard::reset() {
  const std::scoped_lock lock(mutex_);
  simulator_.reset();
}

std::int64_t modelled_time(std::uint64_t macs) {
  return 16000 + static_cast<std::int64_t>(macs / 512);
}

}  // namespace npuscope::fake
