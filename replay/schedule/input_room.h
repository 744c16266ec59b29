// The room that the input rows of a task take in the convolution buffer, from its registers.
//
//   const InputWindow input{.width = 56, .height = 58, .channels = 64, .element_bytes = 2, ...};
//   lines_in_buffer(input) * line_bytes(input) <= data_banks * bank_bytes
//
// All lines of a task stay in the buffer, but only those that its output reads. Source: 45 failures
// of a board are above the limit, and none of 2,400 working configurations is; of these, a first
// layer of an old compiler fits only because its last line is not read.
#pragma once

#include <algorithm>
#include <cstdint>

#include "replay/schedule/banks.h"

namespace npuscope {

struct InputWindow {
  std::uint64_t width = 0, height = 0;  // pixels, as the task streams them
  std::uint64_t channels = 0;
  std::uint64_t element_bytes = 2;
  std::uint64_t entries = 0;         // of a line, as DATA_ENTRIES says
  std::uint64_t pixel_channels = 0;  // interleaved channels of pixel input; 0: a cube
  std::uint64_t out_height = 1, stride = 1;
  std::uint64_t kernel_height = 1, dilation = 1;  // rows between two rows of the kernel
  std::uint64_t pad_top = 0;
};

[[nodiscard]] constexpr std::uint64_t lines_in_buffer(const InputWindow& input) {
  if (input.out_height == 0 || input.kernel_height == 0) return input.height;
  const std::uint64_t reach =
      (input.out_height - 1) * input.stride + (input.kernel_height - 1) * input.dilation + 1;
  return std::min(input.height, reach - std::min(input.pad_top, reach));
}

// Of one line. A pixel takes four lanes with one channel and sixteen with three or four, as vendor
// tasks fill the buffer; eight with two is inferred.
[[nodiscard]] constexpr std::uint64_t line_bytes(const InputWindow& input) {
  if (input.pixel_channels != 0) {
    const std::uint64_t lanes = input.pixel_channels == 1 ? 4 : input.pixel_channels == 2 ? 8 : 16;
    return (input.width + 7) / 8 * 8 * lanes * input.element_bytes;
  }
  const std::uint64_t bytes = input.width * input.channels * input.element_bytes;
  return entry_bytes * std::max(input.entries, (bytes + entry_bytes - 1) / entry_bytes);
}

[[nodiscard]] constexpr std::uint64_t buffer_bytes(const InputWindow& input) {
  return lines_in_buffer(input) * line_bytes(input);
}

}  // namespace npuscope
