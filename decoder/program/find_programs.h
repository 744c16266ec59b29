// From a capture to its programs: tables, streams, records, lanes, links. The one entry for every
// consumer.
//
//   std::vector<ProgramSet> sets = find_programs(capture);
//
// One ProgramSet for each task table (copies of a table are left out), or for each buffer that
// holds records where no table was captured. An empty result means that there is no program here;
// that is not an error.
#pragma once

#include <vector>

#include "decoder/program.h"

namespace npuscope {

[[nodiscard]] std::vector<ProgramSet> find_programs(const Capture& capture);

}  // namespace npuscope
