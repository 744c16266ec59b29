// What a recording saw after a submit, compared with the memory after a replay.
//
//   for (const RecordedBuffer& each : compare_with_recorded(capture, image, memory))
//     ... each.name, each.bytes, each.different ...
//
// Entries of the task table have their interrupt status written by the driver: it is left out.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "replay/prepare/image.h"

namespace npuscope {

struct RecordedBuffer {
  std::string name;
  std::uint64_t bytes = 0;      // that were recorded after the submit
  std::uint64_t different = 0;  // of these, after the replay
};

// `memory`: the bytes of each buffer of the image. `capture` is a recording at one submit
// (decoder/recording.h); of others nothing was recorded, and the result is empty.
[[nodiscard]] std::vector<RecordedBuffer> compare_with_recorded(
    const Capture& capture, const Image& image, const std::vector<std::vector<std::byte>>& memory);

}  // namespace npuscope
