// The generated program of a shape, as everything in a ledger is compared with it.
//
//   Result<GeneratedSide> side = generated_side(shape);
//   side->hash;          // names the program: evidence for another one says nothing of this one
//   side->executed[1];   // what a run of its program for two cores executes
#pragma once

#include <array>
#include <string>

#include "decoder/open.h"
#include "replay/generate/generated.h"

namespace npuscope::ledger {

struct GeneratedSide {
  GeneratedProgram program;
  // XXH3-128 of the commands, linked where the generator lays them out: the same as in
  // `npuscope sweep`.
  std::string hash;
  // Of the programs for 1, 2, 3 cores, XXH3-128 of what a run executes, whatever the addresses: of
  // each task its core, interrupt mask and amount, and the words of its record with the values of
  // all addresses left out. The same as in the journal of guarded runs.
  std::array<std::string, 3> executed;
  std::array<std::size_t, 3> tasks{};  // of these programs, all lanes together
};

[[nodiscard]] Result<GeneratedSide> generated_side(const ConvShape& shape);

}  // namespace npuscope::ledger
