// How many channels a tensor takes in each place: elements come in 16-byte cells, and each engine
// rounds in its own way.
//
//   cbuf_channels(Element::f16, 24) == 32;   weight_channels(Element::i8, 24) == 32;
//   cell_channels(Element::i8) == 16
//
// Source: decoded captures and 1,291 convolution nodes of public models.
#pragma once

#include <cstdint>

#include "replay/shape/conv_shape.h"
#include "replay/tensor/element_kind.h"

namespace npuscope {

[[nodiscard]] constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}
[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t unit) {
  return ceil_div(value, unit) * unit;
}

[[nodiscard]] constexpr std::uint32_t element_bytes(Element element) {
  return element == Element::f16 ? 2 : 1;
}
// Elements of one cell of a feature cube.
[[nodiscard]] constexpr std::uint32_t cell_channels(Element element) {
  return cell_bytes / element_bytes(element);
}
// Output channels come in units of this many kernels; a depthwise convolution works on twice as
// many channels at once.
[[nodiscard]] constexpr std::uint32_t kernel_unit(Element element) {
  return element == Element::f16 ? 16 : 32;
}
[[nodiscard]] constexpr std::uint32_t depthwise_unit(Element element) {
  return 2 * kernel_unit(element);
}

// Channels that a cube of `channels` takes in the convolution buffer: the part beyond a multiple of
// 64 bytes takes 1, 2 or 4 cells.
[[nodiscard]] constexpr std::uint32_t cbuf_channels(Element element, std::uint32_t channels) {
  const std::uint32_t cell = cell_channels(element);
  const std::uint32_t whole = channels / (4 * cell) * (4 * cell);
  const auto cells = static_cast<std::uint32_t>(ceil_div(channels - whole, cell));
  return whole + (cells == 3 ? 4 : cells) * cell;
}

// Channels for which weights are stored: the part beyond a multiple of 32 takes 8, 16 or 32 (f16),
// 16 or 32 (i8).
[[nodiscard]] constexpr std::uint32_t weight_channels(Element element, std::uint32_t channels) {
  const std::uint32_t whole = channels / 32 * 32;
  const std::uint32_t rest = channels - whole;
  if (rest == 0) return whole;
  if (element == Element::f16 && rest <= 8) return whole + 8;
  return whole + (rest <= 16 ? 16U : 32U);
}

// Channels that the fetch registers name: whole cells.
[[nodiscard]] constexpr std::uint32_t fetched_channels(Element element, std::uint32_t channels) {
  return static_cast<std::uint32_t>(align_up(channels, cell_channels(element)));
}

// Channels of a pixel as the weights store them: one block of 8 (f16) or 16 (i8).
[[nodiscard]] constexpr std::uint32_t pixel_weight_channels(Element element) {
  return cell_channels(element);
}

// Elements of one surface (a plane of cells) of a tensor that the NPU writes: rounded to 4, except
// for a single pixel.
[[nodiscard]] constexpr std::uint32_t surface_cells(std::uint32_t height, std::uint32_t width) {
  const std::uint32_t pixels = height * width;
  return pixels == 1 ? 1 : static_cast<std::uint32_t>(align_up(pixels, 4));
}

}  // namespace npuscope
