// Pixel input: what a first layer of one to four channels reads, interleaved as an image file is.
//
//   const PixelLayout layout = pixel_layout(ElementKind::f16, 3, 224, 224);
//   std::vector<std::byte> memory(bytes_of(layout));
//   Result<void> packed = pack_pixels(layout, plain, PlainOrder::nchw, memory);
//
// Channel c of pixel (y, x) stands at base + y*row_pitch + (x*channels + c)*element_bytes. There
// are no padding channels. Vendor programs start rows at multiples of 16 bytes of one channel: a
// row has W pixels rounded up to 8 (16-bit) or 16 (8-bit). Source: vendor model files
// (14 files of width 151 need the padded pitch on 2 and 3 cores).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regdb/error.h"
#include "replay/tensor/tensor.h"

namespace npuscope {

struct PixelLayout {
  std::uint32_t element_bytes = 2;  // 1, 2 or 4
  std::uint32_t channels = 1;       // 1 to 4
  std::uint32_t height = 1, width = 1;
  std::uint64_t base = 0;       // bytes
  std::uint64_t row_pitch = 0;  // bytes; at least the pixels of a row

  friend bool operator==(const PixelLayout&, const PixelLayout&) = default;
};

// With the row pitch of vendor programs, base 0.
[[nodiscard]] PixelLayout pixel_layout(ElementKind kind, std::uint32_t channels,
                                       std::uint32_t height, std::uint32_t width);

// Bytes from the begin of the memory to the end of the last row, its padding included;
// size_too_large (replay/tensor/sizes.h) if 64 bits do not hold it.
[[nodiscard]] std::uint64_t bytes_of(const PixelLayout& layout);

// Bytes of the plain image: channels * height * width * element_bytes.
[[nodiscard]] std::uint64_t plain_bytes_of(const PixelLayout& layout);

// Writes the pixels of one plain image of exactly plain_bytes_of(), in `order`; the bytes between
// rows stay as they are. Errors (usage): an impossible layout, a pitch shorter than a row, a span
// of the wrong size.
[[nodiscard]] Result<void> pack_pixels(const PixelLayout& layout, std::span<const std::byte> plain,
                                       PlainOrder order, std::span<std::byte> memory);

// The inverse. Same errors.
[[nodiscard]] Result<void> unpack_pixels(const PixelLayout& layout,
                                         std::span<const std::byte> memory, PlainOrder order,
                                         std::span<std::byte> plain);

}  // namespace npuscope
