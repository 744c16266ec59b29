// A capture in memory, made from bytes: a header of 16, then the bytes of its buffers.
//
//   0      bits: 0 device address, 1 two buffers, 2 a gap in the last one, 3 a submit and kernel
//          object, 4 a model with lists, 5 text that was filtered, 6 effective state
//   1      cores to show, 0..3
//   2, 3   where the second buffer begins, in steps of 8 bytes
//   4..7   device address of the last buffer
//   8..13  lengths of the six lists
//   14, 15 first task and number of tasks of the submit
//
// In the first buffer (or the only one) task entries are expected, in the last one the commands.
//
//   if (auto fuzzed = fuzzed_capture(bytes)) consume(std::move(fuzzed->capture),
//   fuzzed->selection);
#pragma once

#include <optional>
#include <span>

#include "tests/fuzz/consume.h"

namespace npuscope::fuzz {

struct FuzzedCapture {
  Capture capture;
  Selection selection;
};

// None: fewer bytes than a header has.
[[nodiscard]] std::optional<FuzzedCapture> fuzzed_capture(std::span<const std::byte> bytes);

}  // namespace npuscope::fuzz
