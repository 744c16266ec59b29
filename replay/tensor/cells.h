// The inner loops of all cell layouts: a run of pixels between plain memory and 16-byte cells.
//
//   const LaneSteps steps{.channel = height * width * 2, .pixel = 2};   // bytes; a plain NCHW
//   image pack_cells(2, plain, steps, lanes, pixels, fill, cells);
//
// Nothing is checked here: the callers (cube, pixels) know that the run lies inside both memories.
#pragma once

#include <cstddef>
#include <cstdint>

namespace npuscope {

// Distances in plain memory, in bytes: to the same pixel of the next channel, to the next pixel of
// the same channel.
struct LaneSteps {
  std::size_t channel = 0, pixel = 0;
};

// `lanes` real channels (1 to 16 / element_bytes) of `count` pixels go to `count` cells; the other
// lanes of each cell become the low bytes of `fill`. element_bytes is 1, 2 or 4.
void pack_cells(std::uint32_t element_bytes, const std::byte* plain, LaneSteps steps,
                std::uint32_t lanes, std::size_t count, std::uint32_t fill, std::byte* cells);

void unpack_cells(std::uint32_t element_bytes, const std::byte* cells, LaneSteps steps,
                  std::uint32_t lanes, std::size_t count, std::byte* plain);

}  // namespace npuscope
