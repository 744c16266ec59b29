// A convolution computed directly, by nested loops over plain arrays: what the NPU's result is
// compared with. Nothing of schedules, registers or layouts takes part.
//
//   ConvTensors tensors = draw_tensors(shape, 42);
//   ConvReference reference = reference_of(shape, tensors);
//   Deviation d = compare(reference, output);      d.largest, d.excess
//
// f16 tensors. Two sums: in f64, and in f32 in the order of the public clients, which is how the
// differences that boards' sweeps printed were computed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regdb/error.h"
#include "replay/shape/conv_shape.h"

namespace npuscope {

// Plain order: NCHW, and kernel, channel, y, x. f16 as bits.
struct ConvTensors {
  std::vector<std::uint16_t> input, weights, residual;  // residual: empty without one
  std::vector<float> bias;                              // empty without one
};

// Errors (usage): a tensor of more than 2^28 values.
[[nodiscard]] Result<void> check_size(const ConvShape& shape);

// Uniform in [-2, 2), rounded to f16; the bias in [-16, 16). One stream: input, weights, bias,
// residual. Source: the sweeps of public clients.
[[nodiscard]] ConvTensors draw_tensors(const ConvShape& shape, std::uint32_t seed);

struct ConvReference {
  std::vector<double> sum;        // f64
  std::vector<double> magnitude;  // of the terms: what bounds the rounding of an f32 sum
  std::vector<float> sum32;  // for each place of the window over the channels, then over places
};

[[nodiscard]] ConvReference reference_of(const ConvShape& shape, const ConvTensors& tensors);

// How far a result is from the reference.
struct Deviation {
  double largest = 0;    // max |output - f64 sum|
  double largest32 = 0;  // max |output - f32 sum|
  // Largest difference beyond half a step of f16 and 1e-6 of the terms' magnitude; at most 0 if
  // every element is right.
  double excess = -1;
};

// `output` has as many elements as the reference.
[[nodiscard]] Deviation compare(const ConvReference& reference,
                                std::span<const std::uint16_t> output);

}  // namespace npuscope
