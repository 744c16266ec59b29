// A name for what a program executes, wherever it lies: the same for a capture, a generated program
// and a line of the journal of guarded runs.
//
//   for (const Program& program : set.programs)
//     if (auto hash = executed_hash(set, program)) ... find_denied(*hash) ...
#pragma once

#include <optional>
#include <string>

#include "decoder/program.h"

namespace npuscope::preflight {

// XXH3-128 over the tasks of its lanes: core, interrupt mask, amount, and the words of the record
// with the values of addresses and links left out. None if a word was not captured.
[[nodiscard]] std::optional<std::string> executed_hash(const ProgramSet& set,
                                                       const Program& program);

}  // namespace npuscope::preflight
