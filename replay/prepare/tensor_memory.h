// How the tensors of a model lie in memory, and what they are for a program outside the NPU.
//
//   const auto plain = read_tensor(model.tensors[index], bytes);         // logical shape,
//   row-major const auto done = write_tensor(model.tensors[index], plain, bytes);  // the inverse
//
// Three forms: feature cubes (layout 64, native shape [N, C1, H, W, C2]), interleaved pixels (graph
// inputs of native shape [1, 1, H, W, at most 4]), and row-major arrays (all other layouts). The
// surfaces of a cube are H*W cells apart in graph inputs, and that rounded up to 4 elsewhere; an
// output may reserve more surfaces than it has channels. Source: whole models whose outputs agree
// with the ONNX files they were compiled from.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "decoder/model.h"
#include "regdb/error.h"
#include "replay/tensor/pixels.h"

namespace npuscope {

// Bytes of an element of the file's type numbers; none: not known.
[[nodiscard]] std::optional<std::uint32_t> bytes_of_dtype(std::uint8_t dtype);

// Elements of a shape; none: a negative extent, or more than the NPU can address.
[[nodiscard]] std::optional<std::uint64_t> elements_of_shape(std::span<const std::int32_t> shape);

// The layout of an interleaved input, rows padded as the vendor's runtime does it; none: the tensor
// is none.
[[nodiscard]] std::optional<PixelLayout> pixels_of(const Tensor& tensor);
[[nodiscard]] std::uint32_t row_pitch_in_pixels(const PixelLayout& layout);

// The tensor's elements in the order of its logical shape, codes as they are (no scale is applied).
// Errors: a type or shape that is not known (unreadable), memory that is too short (usage).
[[nodiscard]] Result<std::vector<std::byte>> read_tensor(const Tensor& tensor,
                                                         std::span<const std::byte> memory);

// Writes what read_tensor() reads; lanes without a channel get zero. Errors also: `plain` has
// another size than the logical shape.
[[nodiscard]] Result<void> write_tensor(const Tensor& tensor, std::span<const std::byte> plain,
                                        std::span<std::byte> memory);

// Bytes that the two functions touch from the begin of the tensor.
[[nodiscard]] Result<std::uint64_t> memory_of(const Tensor& tensor);

}  // namespace npuscope
