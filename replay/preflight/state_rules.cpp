// Rules over what a task finds in its registers: mandatory ones, leftovers, pointers, reuse.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

struct BlockRegisters {
  Block block;
  std::initializer_list<std::uint16_t> registers;
};

// Without these a block works on addresses or sizes of an earlier job.
const BlockRegisters sizes[] = {
    {Block::cna,
     {reg::CNA_DATA_SIZE0, reg::CNA_DATA_SIZE1, reg::CNA_WEIGHT_SIZE2, reg::CNA_DMA_CON1}},
    {Block::core, {reg::CORE_DATAOUT_SIZE_0, reg::CORE_DATAOUT_SIZE_1}},
    {Block::dpu,
     {reg::DPU_DATA_CUBE_WIDTH, reg::DPU_DATA_CUBE_HEIGHT, reg::DPU_DATA_CUBE_CHANNEL,
      reg::DPU_DST_SURF_STRIDE}},
    {Block::dpu_rdma,
     {reg::DPU_RDMA_RDMA_DATA_CUBE_WIDTH, reg::DPU_RDMA_RDMA_DATA_CUBE_HEIGHT,
      reg::DPU_RDMA_RDMA_DATA_CUBE_CHANNEL}},
    {Block::ppu,
     {reg::PPU_DATA_CUBE_OUT_WIDTH, reg::PPU_DATA_CUBE_OUT_HEIGHT, reg::PPU_DATA_CUBE_OUT_CHANNEL,
      reg::PPU_POOLING_KERNEL_CFG}},
    {Block::ppu_rdma,
     {reg::PPU_RDMA_RDMA_CUBE_IN_WIDTH, reg::PPU_RDMA_RDMA_CUBE_IN_HEIGHT,
      reg::PPU_RDMA_RDMA_CUBE_IN_CHANNEL, reg::PPU_RDMA_RDMA_SRC_LINE_STRIDE,
      reg::PPU_RDMA_RDMA_SRC_SURF_STRIDE}},
};

// Settings: read by the block, and nobody's but an earlier task's if they are not written.
const BlockRegisters settings[] = {
    {Block::cna, {reg::CNA_CONV_CON1, reg::CNA_CONV_CON3, reg::CNA_CBUF_CON0, reg::CNA_DMA_CON2}},
    {Block::core, {reg::CORE_MISC_CFG}},
    {Block::dpu,
     {reg::DPU_FEATURE_MODE_CFG, reg::DPU_DATA_FORMAT, reg::DPU_BS_CFG, reg::DPU_BS_OW_CFG,
      reg::DPU_BN_CFG, reg::DPU_EW_CFG, reg::DPU_OUT_CVT_OFFSET, reg::DPU_OUT_CVT_SCALE,
      reg::DPU_OUT_CVT_SHIFT}},
    {Block::dpu_rdma,
     {reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG, reg::DPU_RDMA_RDMA_BRDMA_CFG,
      reg::DPU_RDMA_RDMA_NRDMA_CFG, reg::DPU_RDMA_RDMA_ERDMA_CFG}},
    {Block::ppu, {reg::PPU_OPERATION_MODE_CFG, reg::PPU_DATA_FORMAT}},
    {Block::ppu_rdma, {reg::PPU_RDMA_RDMA_DATA_FORMAT}},
};

// Reports each register of the blocks that run which no task of the lane has written.
void never_written(const Context& context, Verdict& verdict,
                   std::span<const BlockRegisters> blocks) {
  for (const TaskView& task : context.tasks()) {
    if (task.record == nullptr || task.lost_words) {
      verdict.skip("words were not captured");
      continue;
    }
    verdict.looked();
    for (const BlockRegisters& block : blocks) {
      if (!task.runs(block.block)) continue;
      for (const std::uint16_t offset : block.registers)
        if (task.cell(offset) == nullptr)
          verdict.find(context.where(task, offset), "never written in this program",
                       fmt::format("a value: {} reads it", name_of(block.block)));
    }
  }
}

void mandatory_registers(const Context& context, Verdict& verdict) {
  never_written(context, verdict, sizes);
  for (const TaskView& task : context.tasks()) {
    if (task.record == nullptr || task.lost_words) continue;
    for (const DmaAccess& access : context.accesses(task))
      if (!task.writes(access.address_register))
        verdict.find(context.where(task, access.address_register),
                     task.cell(access.address_register) == nullptr ? "never written"
                                                                   : "not written by this record",
                     fmt::format("the address of the {} in each record", access.path));
  }
}

void leftovers(const Context& context, Verdict& verdict) {
  never_written(context, verdict, settings);
}

// The kernel sets the pointers of CNA and CORE before each job, not those of the others.
constexpr std::array<Block, 4> own_pointers{Block::dpu, Block::dpu_rdma, Block::ppu,
                                            Block::ppu_rdma};

void pointers_written(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.complete()) {
      verdict.skip("words were not captured");
      continue;
    }
    verdict.looked();
    for (const Block block : own_pointers)
      if (task.runs(block) && !task.writes(facts_of(block).s_pointer))
        verdict.find(context.where(task, facts_of(block).s_pointer), "not written", "0xe");
  }
}

void pointers_in_step(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    for (std::size_t b = 0; b < block_count; ++b) {
      const std::uint16_t offset = block_facts[b].s_pointer;
      if (offset == 0 || !task.writes(offset)) continue;
      verdict.looked();
      const std::uint32_t value = task.cell(offset)->value;
      if ((value >> 1U & 1U) == (value >> 2U & 1U)) continue;
      verdict.find(context.where(task, offset), fmt::format("{:#x}", value),
                   "bits 1 and 2 equal: pointer and executer toggle together");
    }
  }
}

void even_launches(const Context& context, Verdict& verdict) {
  for (const Run& run : context.runs()) {
    if (run.cores > 1 && run.submit == nullptr) continue;  // nobody runs it
    for (const Block block : own_pointers) {
      std::size_t launches = 0;
      for (std::size_t i = 0; i < run.count; ++i) {
        const TaskView* task = context.view_of(run.set, run.first + i);
        launches += task != nullptr && task->runs(block) ? 1 : 0;
      }
      verdict.looked();
      if (launches % 2 == 0) continue;
      Where where;
      where.set = run.set;
      where.cores = run.cores;
      where.core = run.core;
      where.name = std::string(name_of(block));
      verdict.find(std::move(where), fmt::format("{} launches", launches),
                   "an even number: the next job finds the other group of registers");
    }
  }
}

// The convolution in front of this one in the same lane.
const TaskView* convolution_before(const Context& context, const TaskView& task) {
  const auto before = context.before(task);
  for (std::size_t i = before.size(); i-- > 0;)
    if (before[i].runs(Block::cna)) return &before[i];
  return nullptr;
}

bool same_target(const Context& context, const TaskView& a, const TaskView& b,
                 std::uint16_t offset) {
  const auto first = context.memory().target_of(a, offset),
             second = context.memory().target_of(b, offset);
  if (!first || !second) {
    const Cell* one = a.cell(offset);
    const Cell* other = b.cell(offset);
    return one != nullptr && other != nullptr && one->value == other->value;
  }
  return first->owner == second->owner && first->offset == second->offset;
}

// The first register of the operand that differs from the convolution before; 0 if none.
std::uint16_t changed_operand(const Context& context, const TaskView& task, const TaskView& before,
                              std::uint16_t address,
                              std::initializer_list<std::uint16_t> geometry) {
  if (!same_target(context, task, before, address)) return address;
  for (const std::uint16_t offset : geometry) {
    const Cell* now = task.cell(offset);
    const Cell* then = before.cell(offset);
    if (now == nullptr || then == nullptr || now->value != then->value) return offset;
  }
  return 0;
}

void judge_reuse(const Context& context, Verdict& verdict, const TaskView& task,
                 std::string_view what, std::uint16_t address,
                 std::initializer_list<std::uint16_t> geometry) {
  const TaskView* before = convolution_before(context, task);
  const auto report = [&](std::string found) {
    verdict.find(context.where(task, reg::CNA_CBUF_CON0), std::move(found),
                 fmt::format("the same {} as the convolution before", what));
  };
  if (before == nullptr)
    return report(fmt::format("{} reused by the first convolution of the lane", what));
  if (before->lost_words) return verdict.skip("words of the convolution before were not captured");
  verdict.looked();
  if (const std::uint16_t offset = changed_operand(context, task, *before, address, geometry))
    return report(fmt::format("{} reused, but {} is another than that of task {}", what,
                              register_name(offset), before->task));
  const std::uint32_t banks = reg::CNA_CBUF_CON0_DATA_BANK.in(task.cell(0x1040)->value);
  const Cell* then = before->cell(reg::CNA_CBUF_CON0);
  if (then == nullptr || reg::CNA_CBUF_CON0_DATA_BANK.in(then->value) != banks)
    report(fmt::format("{} reused, but the data banks are others than those of task {}", what,
                       before->task));
}

void reuse_legal(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(Block::cna)) continue;
    Reading read(task);
    const bool weights = read(reg::CNA_CBUF_CON0_WEIGHT_REUSE) != 0;
    const bool data = read(reg::CNA_CBUF_CON0_DATA_REUSE) != 0;
    if (!verdict.looked(read)) continue;
    if (weights)
      judge_reuse(context, verdict, task, "weights", reg::CNA_DCOMP_ADDR0,
                  {reg::CNA_WEIGHT_SIZE2, reg::CNA_DATA_SIZE1});
    if (data)
      judge_reuse(context, verdict, task, "data", reg::CNA_FEATURE_DATA_ADDR,
                  {reg::CNA_DATA_SIZE0, reg::CNA_DATA_SIZE1, reg::CNA_DMA_CON1, reg::CNA_DMA_CON2});
  }
}

// A flying task that runs with the BS or BN stage of another operator.
void stages_of_others(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (task.runs(Block::cna) || !task.runs(Block::dpu)) continue;
    if (task.lost_words) {
      verdict.skip("words were not captured");
      continue;
    }
    verdict.looked();
    for (const std::uint16_t offset : {reg::DPU_BS_CFG, reg::DPU_BN_CFG}) {
      const Cell* cell = task.cell(offset);
      if (cell == nullptr || cell->task == task.task || (cell->value & 1U) != 0) continue;
      if (task.set->tasks[cell->task].task.op_idx == task.entry->task.op_idx) continue;
      verdict.find(context.where(task, offset),
                   fmt::format("{:#x} of another operator", cell->value),
                   "a value of its own, 0x53 to pass by");
    }
  }
}

// What every short record of a convolution writes. Source: the intersection of all 72 short records
// of public models, and 69 amounts of captures.
constexpr std::array<std::uint16_t, 12> always_written{
    0x1040, 0x1104, 0x1100, 0x100c, 0x4004, 0x1070, 0x1084, 0x1088, 0x1110, 0x4020, 0x4058, 0x405c};

void short_records(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(Block::cna)) continue;
    if (!task.complete()) {
      verdict.skip("words were not captured");
      continue;
    }
    verdict.looked();
    // A full record writes the height of the cube; a short one may leave it out.
    const bool full = task.writes(reg::CNA_WEIGHT_SIZE2) && task.writes(reg::DPU_DATA_FORMAT);
    if (full) continue;
    if (task.position < 2 || !convolution_before(context, task))
      verdict.find(context.where(task), "a short record",
                   "a full one: nothing lies two tasks back");
    for (const std::uint16_t offset : always_written)
      if (!task.writes(offset))
        verdict.find(context.where(task, offset), "not written by a short record", "written");
  }
}

// Eight- and sixteen-bit convolutions that one kick runs one after the other.
void chained_integers(const Context& context, Verdict& verdict) {
  for (const Run& run : context.runs()) {
    if (run.cores > 1 && run.submit == nullptr) continue;  // nobody runs it
    const TaskView* second = nullptr;
    std::size_t count = 0;
    for (std::size_t i = 0; i < run.count; ++i) {
      const TaskView* task = context.view_of(run.set, run.first + i);
      if (task == nullptr || !task->runs(Block::cna)) continue;
      Reading read(*task);
      const bool integers = read(reg::CNA_CONV_CON1_PROC_PRECISION) <= 1;
      if (!verdict.looked(read) || !integers) continue;
      if (++count == 2) second = task;
    }
    if (second != nullptr)
      verdict.find(context.where(*second, reg::CNA_CONV_CON1),
                   fmt::format("{} integer convolutions in one run", count), "one in each");
  }
}

constexpr Rule rules[] = {
    {"KABI-L20", "mandatory-registers", "", Severity::error, Scope::program,
     "each block that runs has its sizes, and its addresses in the same record",
     "it works on addresses or sizes of an earlier task or job: IOMMU fault, wrong output",
     "all vendor records; persistence measured by gregordinary/rockchip-npu-notes",
     "write the register", mandatory_registers},
    {"HW-W1", "leftover-settings", "", Severity::warning, Scope::program,
     "a setting that a block reads was written in this program",
     "the register keeps the value of an earlier job; a public client relies on such leftovers",
     "a public client and its cleanup code", "write the register, 0x53 to pass a stage by",
     leftovers},
    {"KABI-L21", "pointers-written", "", Severity::warning, Scope::program,
     "each record sets S_POINTER of the blocks that the kernel does not set",
     "the group of registers is the one that the last job left",
     "RKNPU driver rknpu_job.c, lines 305-392: only CNA and CORE are set",
     "0xe first in the record", pointers_written},
    {"HW-W2", "pointers-in-step", "", Severity::warning, Scope::program,
     "pointer and executer of a block toggle together",
     "the block executes the group that was not written", "RK3588 manual, S_POINTER", "0xe",
     pointers_in_step},
    {"HW-W2-parity", "even-launches", "KABI-X02", Severity::note, Scope::program,
     "a run launches each block an even number of times",
     "the next job finds the pointers in the other place; suspected of one polluted board",
     "a hypothesis from one public capture; most programs have odd numbers and do no harm",
     "nothing, unless a later job misbehaves", even_launches},
    {"HW-W3", "reuse-legal", "SCHED-L5 KABI-X10", Severity::error, Scope::program,
     "data or weights are reused only where the convolution before left the same",
     "the fetch is skipped and whatever lies in the buffer is used: 29 of 120 results wrong",
     "RK3588 manual; measured by gregordinary/rknpu-submit", "clear the reuse bit", reuse_legal},
    {"HW-W12", "stages-of-others", "", Severity::warning, Scope::program,
     "an element-wise or copy task sets BS and BN itself",
     "it inherits bias, scale or ReLU of another operator",
     "cleanup code of a public client, seen on a board", "write BS_CFG and BN_CFG",
     stages_of_others},
    {"SCHED-L8", "short-records", "", Severity::warning, Scope::program,
     "a short record has a full one behind it and writes the twelve registers that all write",
     "it completes itself from the task two back", "72 short records of public models",
     "write a full record", short_records},
    {"HW-W7", "chained-integers", "", Severity::note, Scope::program,
     "a run has one integer convolution",
     "one third party measured that the accumulator is not cleared in between; the vendor chains "
     "them, so the condition is not understood",
     "gregordinary/rockchip-npu-notes against vendor models", "nothing, unless results are wrong",
     chained_integers},
};

}  // namespace

std::span<const Rule> state_rules() {
  return rules;
}

}  // namespace npuscope::preflight
