// Rules over which readers and writers of a task are switched on.
#include <fmt/format.h>

#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

// A convolution whose reader of a main input is on, with nothing that takes it.
Judgement no_idle_main_reader(const TaskView& task, Reading& read) {
  if (!task.runs(Block::cna)) return std::nullopt;
  if (read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE) != 0 ||
      read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE) != 0)
    return std::nullopt;
  return Fault{reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG, "MRDMA_DISABLE 0 and COMB_USE 0",
               "MRDMA_DISABLE 1: a convolution has its main input from the CORE"};
}

Judgement operand_has_operation(const TaskView& task, Reading& read) {
  if (!task.runs(Block::cna) || read(reg::DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE) != 0)
    return std::nullopt;
  const bool used = read(reg::DPU_EW_CFG_EW_BYPASS) == 0 &&
                    read(reg::DPU_EW_CFG_EW_OP_BYPASS) == 0 && read(reg::DPU_EW_CFG_EW_OP_SRC) == 1;
  if (used) return std::nullopt;
  return Fault{reg::DPU_RDMA_RDMA_ERDMA_CFG, "an element-wise operand is read and not used",
               "ERDMA_DISABLE 1, or an operation in DPU_EW_CFG"};
}

Judgement flying_agrees(const TaskView& task, Reading& read) {
  const bool flying = read(reg::DPU_FEATURE_MODE_CFG_FLYING_MODE) != 0;
  if (flying && !task.runs(Block::dpu_rdma))
    return Fault{reg::DPU_FEATURE_MODE_CFG, "FLYING_MODE 1 without DPU_RDMA",
                 "DPU_RDMA in OPERATION_ENABLE: the input comes from there"};
  if (!flying && !task.runs(Block::cna))
    return Fault{reg::DPU_FEATURE_MODE_CFG, "FLYING_MODE 0 without a convolution",
                 "1: the input comes from DPU_RDMA"};
  if (!task.runs(Block::dpu_rdma)) return std::nullopt;
  if ((read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_FLYING_MODE) != 0) != flying)
    return Fault{reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG, fmt::format("FLYING_MODE {}", flying ? 0 : 1),
                 fmt::format("{}, as DPU_FEATURE_MODE_CFG", flying ? 1 : 0)};
  if (flying && read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE) != 0)
    return Fault{reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG, "MRDMA_DISABLE 1 in a flying task",
                 "0: nothing else delivers the input"};
  return std::nullopt;
}

constexpr Rule rules[] = {
    {"HW-E9", "idle-main-reader", "", Severity::error, Scope::program,
     "a convolution does not read a main input that nothing takes", "the core hangs",
     "gregordinary/rockchip-npu-notes; 1,777 vendor tasks switch it off, 122 use COMB_USE 5",
     "MRDMA_DISABLE 1", on_each_task<no_idle_main_reader, Block::dpu_rdma>},
    {"HW-E9-operand", "idle-operand", "", Severity::error, Scope::program,
     "a convolution does not read an operand that no operation takes", "the core hangs",
     "gregordinary/rockchip-npu-notes; no vendor task", "ERDMA_DISABLE 1",
     on_each_task<operand_has_operation, Block::dpu_rdma>},
    {"HW-E10", "flying-mode", "", Severity::error, Scope::program,
     "DPU and DPU_RDMA agree on where the main input comes from",
     "the DPU waits for an input that nobody sends", "RK3588 manual; 2,991 of 2,991 vendor tasks",
     "FLYING_MODE equal in 400c and 5044", on_each_task<flying_agrees, Block::dpu>},
};

}  // namespace

std::span<const Rule> path_rules() {
  return rules;
}

}  // namespace npuscope::preflight
