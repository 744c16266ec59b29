// Pictures of programs as inline SVG: how an output is divided, and what runs in which order.
//
//   html += tiling_picture(tiles);     html += timeline_picture(lanes);
//
// Plain text that needs nothing around it; equal input gives equal text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/corpus/store_reader.h"

namespace npuscope::corpus {

// The part of an output that one task makes.
struct TilePicture {
  unsigned core = 0;
  std::int64_t row = 0, rows = 0, channel = 0, channels = 0;
  std::size_t task = 0;
};

// The tiles of a node in one program, from addresses and sizes; empty where they are not known.
[[nodiscard]] std::vector<TilePicture> tiles_of(const StoredCapture& capture, std::size_t set,
                                                const Program& program, std::uint32_t node);
// Rows downwards, output channels to the right, a colour for each core.
[[nodiscard]] std::string tiling_picture(const std::vector<TilePicture>& tiles);

// The tasks of each lane in their order, as wide as they have words, a colour for each kind; below
// them the banks that data (and, above, weights) take.
[[nodiscard]] std::string timeline_picture(const StoredCapture& capture, std::size_t set,
                                           const Program& program);

// Bars of how often each value occurs.
[[nodiscard]] std::string distribution_picture(const std::vector<std::size_t>& counts);

// Text that may stand in HTML and in attributes.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace npuscope::corpus
