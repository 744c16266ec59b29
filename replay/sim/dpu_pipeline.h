// Runs a source of numbers through the stages of the DPU into a cube of stored cells, a block of
// sixteen channels and some pixels at a time.
//
//   DpuTask task{config, rdma, tables, knobs};
//   CellCube stored = run_dpu(task, sums);                  // a convolution
//   CellCube stored = run_dpu<float>(task);                 // a flying task: input from memory
//
// Order: window sums, BS, BN, element-wise with lookup, output converter, store.
#pragma once

#include "replay/sim/convolution.h"
#include "replay/sim/dpu_rdma.h"
#include "replay/sim/dpu_stages.h"

namespace npuscope::sim {

struct DpuTask {
  const DpuConfig& config;
  const RdmaInput* rdma = nullptr;  // nullptr: the task does not enable it
  const LutTables& tables;
  Knobs knobs;
};

// Says what the task asks for and cannot be done: operands from readers that bring none.
[[nodiscard]] Modelled<void> check_task(const DpuTask& task, Precision main, bool convolution);

template <typename V>
[[nodiscard]] CellCube run_dpu(const DpuTask& task, ConvolutionSums<V>& sums);
template <typename V>
[[nodiscard]] CellCube run_dpu(const DpuTask& task);

}  // namespace npuscope::sim
