// The operation of a task in words, and its sizes, for the trace.
//
//   describe(conv, dpu, report);        // "convolution 3x3, stride 1x1, f16; bias; ReLU"
#pragma once

#include "replay/sim/conv_config.h"
#include "replay/sim/dpu_config.h"
#include "replay/sim/dpu_rdma.h"
#include "replay/sim/ppu.h"
#include "replay/sim/task_report.h"

namespace npuscope::sim {

void describe(const ConvConfig& conv, const DpuConfig& dpu, TaskReport& report);
void describe(const DpuConfig& dpu, const RdmaInput& input, TaskReport& report);
void describe(const PoolConfig& pool, TaskReport& report);

}  // namespace npuscope::sim
