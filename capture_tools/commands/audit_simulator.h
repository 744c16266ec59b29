// Whether this machine can run the simulator and the fake NPU.
//
//   add_simulator_facts(audit);      // "simulator.preload", "simulator.memory", ...
//
// Only asked of the machine we run on.
#pragma once

#include "replay/audit/fact.h"

namespace npuscope::cli {

void add_simulator_facts(audit::Audit& audit);

}  // namespace npuscope::cli
