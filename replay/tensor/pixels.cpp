#include "replay/tensor/pixels.h"

#include <fmt/format.h>

#include <cstring>

#include "replay/tensor/sizes.h"

namespace npuscope {

namespace {

std::uint64_t row_bytes(const PixelLayout& layout) {
  return size_product({layout.width, layout.channels, layout.element_bytes});
}

Result<void> check(const PixelLayout& layout, std::size_t plain, std::size_t memory) {
  if (layout.element_bytes != 1 && layout.element_bytes != 2 && layout.element_bytes != 4)
    return wrong_usage(
        fmt::format("channels of a pixel have 1, 2 or 4 bytes, not {}", layout.element_bytes));
  if (layout.channels == 0 || layout.channels > 4)
    return wrong_usage(fmt::format("a pixel has 1 to 4 channels, not {}", layout.channels),
                       "more channels are stored as a cube");
  if (layout.height == 0 || layout.width == 0)
    return wrong_usage(
        fmt::format("an image of {}x{} pixels is empty", layout.height, layout.width));
  if (layout.row_pitch < row_bytes(layout))
    return wrong_usage(fmt::format("a row of {} pixels has {} bytes, its pitch is {}", layout.width,
                                   row_bytes(layout), layout.row_pitch));
  if (plain_bytes_of(layout) != plain)
    return wrong_usage(
        fmt::format("the plain image has {} bytes, {} were given", plain_bytes_of(layout), plain));
  if (bytes_of(layout) > memory)
    return wrong_usage(
        fmt::format("the image reaches to byte {}, the memory has {}", bytes_of(layout), memory));
  return {};
}

// Calls copy(byte in the plain image, byte in the memory) for each element, T being its type.
template <typename T, typename Copy>
void for_each_element(const PixelLayout& layout, const Copy& copy) {
  const std::size_t plane = std::size_t{layout.height} * layout.width;
  for (std::size_t y = 0; y < layout.height; ++y) {
    const std::size_t row = layout.base + y * layout.row_pitch;
    for (std::size_t c = 0; c < layout.channels; ++c)
      for (std::size_t x = 0; x < layout.width; ++x)
        copy((c * plane + y * layout.width + x) * sizeof(T),
             row + (x * layout.channels + c) * sizeof(T));
  }
}

template <typename T>
void interleave(const PixelLayout& layout, const std::byte* plain, std::byte* memory) {
  for_each_element<T>(layout, [&](std::size_t from, std::size_t to) {
    std::memcpy(memory + to, plain + from, sizeof(T));
  });
}

template <typename T>
void separate(const PixelLayout& layout, const std::byte* memory, std::byte* plain) {
  for_each_element<T>(layout, [&](std::size_t to, std::size_t from) {
    std::memcpy(plain + to, memory + from, sizeof(T));
  });
}

}  // namespace

PixelLayout pixel_layout(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                         std::uint32_t width) {
  PixelLayout layout;
  layout.element_bytes = bytes_of(kind);
  layout.channels = channels;
  layout.height = height;
  layout.width = width;
  layout.row_pitch =
      size_product({rounded_up(width, lanes_per_cell(kind)), channels, layout.element_bytes});
  return layout;
}

std::uint64_t bytes_of(const PixelLayout& layout) {
  return size_sum(layout.base, size_product({layout.height, layout.row_pitch}));
}

std::uint64_t plain_bytes_of(const PixelLayout& layout) {
  return size_product({layout.channels, layout.height, layout.width, layout.element_bytes});
}

Result<void> pack_pixels(const PixelLayout& layout, std::span<const std::byte> plain,
                         PlainOrder order, std::span<std::byte> memory) {
  if (auto fits = check(layout, plain.size(), memory.size()); !fits) return fits;
  if (order == PlainOrder::nhwc) {
    const std::size_t row = row_bytes(layout);
    for (std::size_t y = 0; y < layout.height; ++y)
      std::memcpy(memory.data() + layout.base + y * layout.row_pitch, plain.data() + y * row, row);
  } else if (layout.element_bytes == 1) {
    interleave<std::uint8_t>(layout, plain.data(), memory.data());
  } else if (layout.element_bytes == 2) {
    interleave<std::uint16_t>(layout, plain.data(), memory.data());
  } else {
    interleave<std::uint32_t>(layout, plain.data(), memory.data());
  }
  return {};
}

Result<void> unpack_pixels(const PixelLayout& layout, std::span<const std::byte> memory,
                           PlainOrder order, std::span<std::byte> plain) {
  if (auto fits = check(layout, plain.size(), memory.size()); !fits) return fits;
  if (order == PlainOrder::nhwc) {
    const std::size_t row = row_bytes(layout);
    for (std::size_t y = 0; y < layout.height; ++y)
      std::memcpy(plain.data() + y * row, memory.data() + layout.base + y * layout.row_pitch, row);
  } else if (layout.element_bytes == 1) {
    separate<std::uint8_t>(layout, memory.data(), plain.data());
  } else if (layout.element_bytes == 2) {
    separate<std::uint16_t>(layout, memory.data(), plain.data());
  } else {
    separate<std::uint32_t>(layout, memory.data(), plain.data());
  }
  return {};
}

}  // namespace npuscope
