// Consistency rules of vendor model files, each with an id and a reason.
//
//   for (const Finding& f : check_model(capture)) ... f.id, f.text ...    // empty: consistent
//
// A file is consistent when nothing of level error is found; warnings and notes are reports. Rules
// F1-F4 are not here: read_rknn refuses files that break them. Evidence: E1 and E4 hold for 85 of
// 85 public RK3588 files of version 6, E2, E3, E5-E8 for all 80 of them that hold tasks.
//
//   E1  table and stream lengths           E5  list lengths, per-node counts
//   E2  task addresses and nodes           E6  a short record has its reference two records back
//   E3  tails and links                    E7  relocated exactly when the path is on
//   E4  relocations                        E8  the tasks of a convolution tile its output
//   W1  words outside streams, overlaps, contradicting duplicates
//   W2  unproven reference of a short record   W3  unknown register   W4  weight shapes, alignment
//   N1  chain departs from the table, sums     N2  CPU nodes, nodes without tasks, other chips
//
// On other chips than the RK3588 only the rules run that need no register names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

enum class FindingLevel : std::uint8_t { note, warning, error };

[[nodiscard]] std::string_view name_of(FindingLevel level);

struct Finding {
  std::string id;  // "E3"
  FindingLevel level = FindingLevel::note;
  std::string text;  // "task 4: the marker word of the tail is missing"
  Place place;
};

// All rules. `capture` must have a model; otherwise the result is empty. Each rule reports at most
// max_findings_per_rule places and the number of the others.
[[nodiscard]] std::vector<Finding> check_model(const Capture& capture);

// E1 and E2 only: what must hold before anyone walks the task table.
[[nodiscard]] std::vector<Finding> check_table(const Capture& capture);

inline constexpr std::size_t max_findings_per_rule = 20;

}  // namespace npuscope
