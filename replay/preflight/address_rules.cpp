// Rules over where tasks read and write.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

std::string range_text(const Target& target, const DmaAccess& access) {
  const auto at = [&](std::int64_t bytes) {
    const std::int64_t place = static_cast<std::int64_t>(target.offset) + bytes;
    return place < 0 ? fmt::format("-{:#x}", -place) : fmt::format("{:#x}", place);
  };
  return fmt::format("{}: bytes {}..{} of {}", access.path, at(access.first), at(access.end),
                     target.name);
}

bool inside(const Target& target, const DmaAccess& access) {
  const auto offset = static_cast<std::int64_t>(target.offset);
  const auto size = static_cast<std::int64_t>(target.size);
  return offset + access.first >= 0 && access.end <= size - offset;
}

void dma_in_buffer(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    for (const DmaAccess& access : context.accesses(task)) {
      if (!access.unknown.empty()) {
        verdict.skip(fmt::format("{}: {}", access.path, access.unknown));
        continue;
      }
      const auto target = context.memory().target_of(task, access.address_register);
      if (!target) {
        verdict.skip(fmt::format("{}: its address is not known", access.path));
        continue;
      }
      if (target->owner == no_index && !context.memory().complete()) {
        verdict.skip("not every buffer of the run is known");
        continue;
      }
      verdict.looked();
      if (target->owner == no_index) {
        verdict.find(context.where(task, access.address_register),
                     fmt::format("{} at {:#x}", access.path, target->offset),
                     "an address inside a buffer");
      } else if (target->size != 0 && !inside(*target, access)) {
        verdict.find(context.where(task, access.address_register), range_text(*target, access),
                     fmt::format("bytes 0x0..{:#x}", target->size));
      }
    }
  }
}

struct ByteRange {
  std::size_t buffer;
  std::int64_t first, end;
  std::string what;
};

// The bytes that a program must not write: its commands and its task table.
std::vector<ByteRange> own_bytes(const ProgramSet& set) {
  std::vector<ByteRange> ranges;
  const auto [first, last] = set.window();
  if (set.stream_buffer != no_index && last > first)
    ranges.push_back({set.stream_buffer, static_cast<std::int64_t>(first),
                      static_cast<std::int64_t>(last), "the commands"});
  if (set.table_buffer != no_index)
    ranges.push_back({set.table_buffer, static_cast<std::int64_t>(set.table_offset),
                      static_cast<std::int64_t>(set.table_offset + task_bytes * set.tasks.size()),
                      "the task table"});
  return ranges;
}

void outputs_clear_of_program(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    for (const DmaAccess& access : context.accesses(task)) {
      if (!access.writes) continue;
      const auto target = context.memory().target_of(task, access.address_register);
      if (!target || !access.unknown.empty()) {
        verdict.skip("the range of a write is not known");
        continue;
      }
      verdict.looked();
      // Owners of a model are tensors: commands and table are none.
      if (context.memory().relocatable() || target->owner == no_index) continue;
      const auto first = static_cast<std::int64_t>(target->offset) + access.first;
      const auto end = static_cast<std::int64_t>(target->offset) + access.end;
      for (const ByteRange& range : own_bytes(*task.set))
        if (range.buffer == target->owner && first < range.end && range.first < end)
          verdict.find(
              context.where(task, access.address_register), range_text(*target, access),
              fmt::format("none of {} at {:#x}..{:#x}", range.what, range.first, range.end));
    }
  }
}

// Both readers at one place, in a node that combines two different tensors: the second operand was
// overwritten before it was read.
void operands_differ(const Context& context, Verdict& verdict) {
  const auto& model = context.capture().model;
  if (!model) verdict.skip("the operands of the operator are not stated");
  if (!model) return;
  for (const TaskView& task : context.tasks()) {
    const std::uint32_t node = task.entry->task.op_idx;
    if (task.runs(Block::cna) || !task.runs(Block::dpu_rdma) || node >= model->nodes.size())
      continue;
    const auto& inputs = model->nodes[node].inputs;
    Reading read(task);
    const bool both = read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE) == 0 &&
                      read(reg::DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE) == 0 &&
                      (read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE) & 1U) == 0;
    const bool different_inputs = inputs.size() >= 2 && inputs[0] != inputs[1];
    if (!verdict.looked(read) || !both || !different_inputs) continue;
    const auto main = context.memory().target_of(task, reg::DPU_RDMA_RDMA_SRC_BASE_ADDR);
    const auto operand = context.memory().target_of(task, reg::DPU_RDMA_RDMA_EW_BASE_ADDR);
    if (!main || !operand || main->owner != operand->owner || main->offset != operand->offset)
      continue;
    verdict.find(context.where(task, reg::DPU_RDMA_RDMA_EW_BASE_ADDR),
                 fmt::format("both operands of {} are {} + {:#x}", model->nodes[node].name,
                             main->name, main->offset),
                 "two tensors: the first task of the node overwrote one");
  }
}

// The kernels of the 1-core program use the packed weights up to their end.
void weights_used_up(const Context& context, Verdict& verdict) {
  const auto& model = context.capture().model;
  if (!model) return verdict.skip("the size of the weights is not stated");
  struct Use {
    const TaskView* task = nullptr;
    std::uint64_t end = 0;
    bool known = true;
  };
  std::map<std::size_t, Use> uses;  // by tensor
  for (const TaskView& task : context.tasks()) {
    if (task.cores != 1 || !task.runs(Block::cna)) continue;
    for (const DmaAccess& access : context.accesses(task)) {
      if (access.address_register != reg::CNA_DCOMP_ADDR0) continue;
      const auto target = context.memory().target_of(task, access.address_register);
      if (!target) continue;
      Use& use = uses[target->owner];
      if (use.task == nullptr) use.task = &task;
      use.known = use.known && access.unknown.empty();
      use.end = std::max(use.end, target->offset + static_cast<std::uint64_t>(access.end));
    }
  }
  for (const auto& [tensor, use] : uses) {
    const std::uint32_t buffer = model->tensors[tensor].buffer;
    if (!use.known || buffer == 0 || buffer >= model->buffers.size()) {
      verdict.skip("the packed size of the weights is not known");
      continue;
    }
    verdict.looked();
    const std::uint64_t size = model->buffers[buffer].size;
    if (use.end == size) continue;
    verdict.find(
        context.where(*use.task, reg::CNA_DCOMP_ADDR0),
        fmt::format("{} of {} bytes of {} are read", use.end, size, model->tensors[tensor].name),
        "all: channels or kernels were packed for another number");
  }
}

constexpr Rule rules[] = {
    {"HW-E4", "dma-in-buffer", "", Severity::error, Scope::program,
     "every byte that a task reads or writes lies in a buffer",
     "the IOMMU faults and the job times out, or other data is overwritten",
     "address formulas of 2,320 convolutions, 642 copies, 408 element-wise tasks",
     "check address, sizes and strides", dma_in_buffer},
    {"KABI-L20-output", "output-clear-of-program", "", Severity::error, Scope::program,
     "no task writes over commands or task table", "the program changes itself while it runs",
     "RK3588 manual: commands are fetched as they are "
     "needed",
     "move the output", outputs_clear_of_program},
    {"HWM-L1", "operand-overwritten", "", Severity::error, Scope::model,
     "the two operands of an element-wise node are two tensors",
     "the compiler expanded one operand over the other: the result is twice the first. A known "
     "defect of the vendor's compiler: broadcast Add fused with ReLU",
     "nsbb/rknn-wakeword: all zero on a board, reproduced from the registers",
     "cut the graph before the ReLU, or expand the operand yourself", operands_differ},
    {"HW-E12", "weights-used-up", "", Severity::error, Scope::model,
     "the packed weights are as long as the registers say",
     "kernels or channels are read from wrong places: two shapes failed on a board",
     "2 board failures; vendor models", "pack for the channels and kernels of the registers",
     weights_used_up},
};

}  // namespace

std::span<const Rule> address_rules() {
  return rules;
}

}  // namespace npuscope::preflight
