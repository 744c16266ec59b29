// A tensor as a program outside the NPU holds it: numbers one after the other, no padding.
//
//   Result<PlainTensor> image = zero_tensor(ElementKind::f16, {1, 3, 224, 224});
//   pack_cube(layout, image->image(0), PlainOrder::nchw, 0, memory);     // replay/tensor/cube.h
//
// The packing functions of this folder take one image of it (a span of bytes) at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "regdb/error.h"
#include "replay/tensor/element_kind.h"

namespace npuscope {

// Which number follows which in a plain image: its right neighbour, or the next channel of its
// pixel.
enum class PlainOrder : std::uint8_t { nchw, nhwc };

struct Extents {
  std::uint32_t batch = 1, channels = 1, height = 1, width = 1;
  friend bool operator==(const Extents&, const Extents&) = default;
};

struct PlainTensor {
  ElementKind kind = ElementKind::f16;
  Extents extents;
  std::vector<std::byte> bytes;  // batch, channel, row, column

  // The bytes of one image; empty for an image that does not exist.
  [[nodiscard]] std::span<const std::byte> image(std::uint32_t index) const;
  [[nodiscard]] std::span<std::byte> image(std::uint32_t index);
};

// All elements zero. An Error (usage) if an extent is zero or the tensor does not fit into the
// 4 GiB that the NPU can address.
[[nodiscard]] Result<PlainTensor> zero_tensor(ElementKind kind, const Extents& extents);

}  // namespace npuscope
