// What a run did and what it had to say, as text for a person or as JSON lines.
//
//   for (const TaskReport& task : result.reports)
//     fmt::print("{}\n", text_of(task, simulator.memory()));
//   for (const Event& event : result.events) out << json_of(event) << '\n';
//
// Text of a task: a line with what it computed, a line with its sizes, a line for each DMA client
// that moved bytes. JSON: one object without a line end, keys in a fixed order, addresses as
// hexadecimal strings.
#pragma once

#include <string>

#include "replay/sim/address_space.h"
#include "replay/sim/event.h"
#include "replay/sim/task_report.h"

namespace npuscope::sim {

// `memory` names the buffers that the addresses lie in.
[[nodiscard]] std::string text_of(const TaskReport& task, const AddressSpace& memory);
[[nodiscard]] std::string json_of(const TaskReport& task, const AddressSpace& memory);

// "core 0, task 12: warning W1: DPU_BS_CFG was never written ..."
[[nodiscard]] std::string text_of(const Event& event);
[[nodiscard]] std::string json_of(const Event& event);

}  // namespace npuscope::sim
