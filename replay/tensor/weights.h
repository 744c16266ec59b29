// Weights between plain order and the order that the convolution reads.
//
//   const WeightShape shape{40, 40, 3, 3};
//   auto tuples = direct_weights(ElementKind::f16, shape);          //
//   replay/tensor/weight_tuples.h std::vector<std::byte> memory(2 * elements_of(*tuples));
//   Result<void> packed = pack_weights(*tuples, shape, 2, plain, {}, memory);
//
// Codes are moved, never converted. One function serves direct, depthwise, pixel and matrix
// weights, and every packed constant of a model file: the tuples say what differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "replay/tensor/weight_tuples.h"

namespace npuscope {

// What stands where no weight is; low bytes of the numbers are used.
struct WeightPadding {
  // For lanes behind the channels of a kernel: the kernel's zero point. Empty: `otherwise`.
  // Compilers of container version 6 write zero points, the one of version 1 zeros.
  std::span<const std::uint32_t> of_kernel;
  std::uint32_t otherwise = 0;  // also for kernels that do not exist
};

// `plain` is exactly shape.kernels * channels * height * width elements; `memory` at least
// element_bytes * elements_of(tuples), of which every byte is written. Depthwise: plain weights
// {channels, 1, height, width} are the same bytes as {1, channels, height, width}.
// Errors (usage): an element of other than 1, 2 or 4 bytes, tuples of another height or width,
// groups that do not cover the shape, zero points for another number of kernels, a span of the
// wrong size; each says which.
[[nodiscard]] Result<void> pack_weights(std::span<const WeightTuple> tuples,
                                        const WeightShape& shape, std::uint32_t element_bytes,
                                        std::span<const std::byte> plain,
                                        const WeightPadding& padding, std::span<std::byte> memory);

// The inverse; padding is dropped. Same errors.
[[nodiscard]] Result<void> unpack_weights(std::span<const WeightTuple> tuples,
                                          const WeightShape& shape, std::uint32_t element_bytes,
                                          std::span<const std::byte> memory,
                                          std::span<std::byte> plain);

}  // namespace npuscope
