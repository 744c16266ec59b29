// Submits as a recording has them, and cut ones.
//
//   Submit submit = submit_of(structure, jobs);                       // for the event `submit`
//   auto cut = cut_submit(structure, 3, PrefixMode::linear);         // only the first three tasks
#pragma once

#include <optional>
#include <span>

#include "capture_tools/record/record_options.h"
#include "decoder/capture.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::record {

// `jobs`: what a rocket submit points to, as MessageKind::before_submit carries it; it may end
// early.
[[nodiscard]] Submit submit_of(std::span<const std::byte> structure,
                               std::span<const std::byte> jobs);

// Source of the modes: the gdb script in use (rknn_prefix_replay.gdb) overwrites task_start,
// task_number and the entries. Nothing if an entry has fewer tasks: what follows them is another
// program.
[[nodiscard]] std::optional<uabi::rknpu::Submit> cut_submit(const uabi::rknpu::Submit& submit,
                                                            std::uint32_t tasks, PrefixMode mode);

}  // namespace npuscope::record
