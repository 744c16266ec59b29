// Rules whose violation predicts wrong output or a hang of the board, as far as the registers of
// one task show them.
//
//   check_convolution(cna, *config, events);
//
// The model computes what the registers say, as if the hardware had room for it; these functions
// say where the board would not. Each names the register, its value and the expected one.
#pragma once

#include "replay/sim/conv_config.h"
#include "replay/sim/dpu_config.h"
#include "replay/sim/event.h"
#include "replay/sim/task_report.h"

namespace npuscope::sim {

// E1 (room in the convolution buffer), E2, E3 (banks), E6 (sizes), E8; W4, W5, W6.
void check_convolution(const RegisterView& cna, const ConvConfig& config, EventLog& events);
// E6 and E7 (sizes and surfaces of the stored cube), E8.
void check_output(const DpuConfig& config, const ConvConfig* convolution, std::size_t surfaces,
                  EventLog& events);
// E9, E10: switches of the readers that do not fit together.
void check_readers(const RegisterView& dpu, const RegisterView* rdma, bool convolution,
                   EventLog& events);
// E4: accesses outside the buffers; with poisoned memory also reads of bytes that nothing wrote.
void check_traffic(const TaskReport& report, EventLog& events);
// W1: registers that were read but never written in the group that ran.
void check_unknown(const RegisterView& view, EventLog& events);

}  // namespace npuscope::sim
