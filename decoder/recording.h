// A recording holds many submits and what every buffer held at each. Everything else works on one
// of them.
//
//   if (is_recording(capture)) capture = at_submit(capture, first_captured(capture));
//   capture.submits.front();         // that one; buffers are those of its file that were alive
//   capture.snapshots                // what was taken after it, to compare a replay with
//
// Nothing is copied but what lies in several pieces.
#pragma once

#include <cstddef>

#include "decoder/capture.h"

namespace npuscope {

[[nodiscard]] bool is_recording(const Capture& capture);

// The first submit whose buffers were taken; 0 if there is none.
[[nodiscard]] std::size_t first_captured(const Capture& recording);

// The state just before a submit, and its outcome. Calls: those of the same device file up to the
// next submit, without other submits. A number that is too large gives the state at the end.
[[nodiscard]] Capture at_submit(const Capture& recording, std::size_t submit);

}  // namespace npuscope
