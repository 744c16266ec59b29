// What to capture next, and what to run: ranked by how much of what is still open it would answer.
//
//   for (const Suggestion& s : next_captures(statuses)) ... s.key, s.score, s.reasons ...
//
// A program is made of traits: the kernel of its family, how it is split, how many records it has,
// channel blocks, weights that do not fit. A formula stands on captures that show the trait. The
// best capture is the one that shows most traits that nobody has seen, counted by how many names of
// the list rest on each; those it would show are then taken as seen, and so on.
#pragma once

#include <string>
#include <vector>

#include "replay/ledger/status.h"

namespace npuscope::ledger {

struct Suggestion {
  std::string key;
  std::vector<std::string> names;
  unsigned cores = 0;  // of a run: which program; 0: a capture, of all three
  std::uint64_t score = 0;
  std::vector<std::string> reasons;
};

// "depthwise 5x5", "split rows / kernels on 2 / 3 cores", "short records"; sorted.
[[nodiscard]] std::vector<std::string> traits_of(const ConvShape& shape);

// Shapes of the list without a capture, best first; all of them.
[[nodiscard]] std::vector<Suggestion> next_captures(const std::vector<ShapeStatus>& statuses);

// Programs that rest on a capture or a simulation and were not run on a board: one core before two
// and three, the list before others, what equals a capture before what was only simulated, then
// the fewest multiplications first.
[[nodiscard]] std::vector<Suggestion> next_runs(const std::vector<ShapeStatus>& statuses);

}  // namespace npuscope::ledger
