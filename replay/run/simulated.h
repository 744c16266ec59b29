// What a program should leave in memory, by the simulator.
//
//   Result<std::vector<std::vector<std::byte>>> expected = simulated(program);
//   const guard::Judgement values = judge_by_simulation(program, report.contents);
#pragma once

#include <string>

#include "replay/guard/session.h"

namespace npuscope {

// The contents of all buffers after a run on the simulator, outputs filled with the canary before.
// Errors (device): it stops, with the reason.
[[nodiscard]] Result<std::vector<std::vector<std::byte>>> simulated(const ReplayProgram& program);

// The values of the outputs against the simulator's, byte for byte; of all memory but that of the
// commands, which hold addresses, where no buffer is known to be the output. Unknown: the simulator cannot run it.
[[nodiscard]] guard::Judgement judge_by_simulation(
    const ReplayProgram& program, const std::vector<std::vector<std::byte>>& contents);

}  // namespace npuscope
