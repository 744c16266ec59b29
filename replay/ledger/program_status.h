// The status of one program of one shape, from the evidence that holds for it.
//
//   judge(facts, program);      // program.cores says which; fills in the rest
#pragma once

#include <optional>

#include "replay/ledger/status.h"
#include "replay/preflight/denylist.h"

namespace npuscope::ledger {

// What is known of a shape beside its ledger entries.
struct ShapeFacts {
  std::string not_generated;              // why there is no program; empty: there is one
  std::vector<std::string> lint;          // errors that the rules find in the program
  std::array<std::size_t, 3> tasks{};     // of the programs for 1, 2, 3 cores
  std::array<std::string, 3> executed{};  // hashes of what a run of them executes
  std::array<const preflight::DeniedProgram*, 3> denied{};  // by shape, or by what they execute
  bool list_passes = false;  // every shape of the project's list passes as the program of today
};

void judge(const ShapeStatus& shape, const ShapeFacts& facts, ProgramStatus& program);

}  // namespace npuscope::ledger
