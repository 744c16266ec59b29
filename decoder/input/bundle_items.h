// The events of a bundle that stand for one value of a capture each.
//
//   capture.submits.push_back(submit_of(members));
//
// Optional results: empty if a member is missing without which the value would mean nothing.
// Internal to decoder/input.
#pragma once

#include <optional>

#include "decoder/capture.h"
#include "decoder/input/bundle_line.h"

namespace npuscope {

[[nodiscard]] Buffer buffer_of(EventMembers& members);
[[nodiscard]] Submit submit_of(EventMembers& members);
[[nodiscard]] Event call_of(EventMembers& members);
[[nodiscard]] SweepEntry sweep_entry_of(EventMembers& members);
[[nodiscard]] Diagnostic diagnostic_of(EventMembers& members);
[[nodiscard]] std::optional<Fact> fact_of(EventMembers& members);
[[nodiscard]] std::optional<NamedWrite> named_write_of(EventMembers& members);
[[nodiscard]] std::optional<LineCount> line_count_of(EventMembers& members);

}  // namespace npuscope
