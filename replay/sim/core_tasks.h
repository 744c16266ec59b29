// The tasks that one core runs, in order.
#pragma once

#include <cstddef>
#include <vector>

#include "decoder/task.h"

namespace npuscope::sim {

struct CoreTasks {
  unsigned core = 0;
  std::vector<npuscope::Task> tasks;  // regcmd_addr are device addresses
  std::size_t first = 0;              // number of the first of them in the core's list
};

}  // namespace npuscope::sim
