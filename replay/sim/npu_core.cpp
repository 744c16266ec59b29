#include "replay/sim/npu_core.h"

#include <fmt/format.h>

#include "regdb/register_fields.h"
#include "replay/sim/task.h"

namespace npuscope::sim {

namespace {

constexpr std::uint32_t ping_pong = 0xe;  // both pointers toggle; what the kernel driver writes
constexpr std::uint16_t pc_dma_base = 0x0034;

}  // namespace

void NpuCore::begin_job() {
  const std::uint32_t value = ping_pong | index_ << 28U;
  write(Block::cna, reg::CNA_S_POINTER, value);
  write(Block::core, reg::CORE_S_POINTER, value);
}

void NpuCore::reset() {
  for (RegisterGroups& block : blocks_) block.reset_pointers();
}

void NpuCore::write(Block block, std::uint16_t offset, std::uint32_t value) {
  blocks_[static_cast<std::size_t>(block)].write(offset, value);
  // The ports of the lookup tables act at once, whatever the group.
  if (block != Block::dpu) return;
  if (offset == reg::DPU_LUT_ACCESS_CFG) tables_.select(value);
  if (offset == reg::DPU_LUT_ACCESS_DATA) tables_.write(value);
}

void NpuCore::deliver(Word word, EventLog& events) {
  if (word.raw == 0 || word.target() == target_marker) return;
  if (is_link(word)) {
    next_address_ = word.value();
    return;
  }
  if (is_register_amounts(word)) {
    next_amount_ = word.value();
    return;
  }
  const auto block = block_of_target(word.target());
  if (!block) {
    events.add(
        EventKind::warning, "W10",
        fmt::format("word {:#018x}: target {:#06x} names no block", word.raw, word.target()));
    return;
  }
  if (*block == Block::pc) {
    if (word.offset() == pc_dma_base) dma_base_ = word.value();
    return;
  }
  if (block_of_offset(word.offset()) != *block)
    events.add(EventKind::warning, "W10",
               fmt::format("word {:#018x}: register {:#06x} is not one of {}", word.raw,
                           word.offset(), npuscope::name_of(*block)));
  write(*block, word.offset(), word.value());
}

Launch NpuCore::launch(std::uint32_t enable_mask, const CoreContext& context, TaskReport& report) {
  report.core = index_;
  report.enable_mask = enable_mask;
  TaskBlocks blocks;
  for (std::size_t i = 0; i < block_count; ++i) {
    const int bit = block_facts[i].enable_bit;
    if (bit < 0 || (enable_mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
    if (!blocks_[i].in_step())
      context.events.add(
          EventKind::warning, "W2",
          fmt::format("{} runs group {}, its words went to group {}: S_POINTER {:#x}",
                      block_facts[i].name, blocks_[i].executer(), blocks_[i].pointer(),
                      blocks_[i].read(reg::DPU_S_POINTER)));
    blocks.views[i] = blocks_[i].launch();
    blocks.enabled[i] = true;
  }
  Dma dma(context.memory, dma_base_, report);
  return run_task(blocks, tables_, context, dma, report);
}

}  // namespace npuscope::sim
