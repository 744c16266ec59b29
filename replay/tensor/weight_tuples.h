// The order of weights in memory, as a list of blocks: the "native shape" of a packed constant.
//
//   auto tuples = direct_weights(ElementKind::f16, {40, 40, 1, 1});    // four tuples
//   auto tuples = tuples_of(model.tensors[17].native_shape);           // what a file says
//   pack_weights(*tuples, shape, 2, plain, {}, memory);                // replay/tensor/weights.h
//
// A tuple {OCb, ICb, KH, KW, oc, ic} is an array of that nesting, ic fastest. Tuples with equal
// {OCb, oc} that follow one another are a group: they lie side by side along the input channels,
// and memory holds for each output block of the group all its input blocks, tuple by tuple. Groups
// follow one another along the output channels. Source: 1,643 of 1,643 packed tensors add up; of
// 612 for the RK3588 all tuples are those of the two rules below.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regdb/error.h"
#include "replay/tensor/element_kind.h"

namespace npuscope {

struct WeightTuple {
  std::uint32_t out_blocks = 1, in_blocks = 1;
  std::uint32_t height = 1, width = 1;
  std::uint32_t out_lanes = 1, in_lanes = 1;  // kernels and channels of a block

  friend bool operator==(const WeightTuple&, const WeightTuple&) = default;
};

// Logical shape {kernels, channels of one kernel, height, width}: plain weights are an array of
// that nesting. Depthwise weights are {1, channels, height, width}, as model files state them.
struct WeightShape {
  std::uint32_t kernels = 1, channels = 1, height = 1, width = 1;
  friend bool operator==(const WeightShape&, const WeightShape&) = default;
};

// How the hardware cuts weights of a kind. A zero means that no layout is known.
struct WeightUnits {
  std::uint32_t kernels = 0;             // of a kernel group
  std::uint32_t block_channels = 0;      // of a channel block
  std::uint32_t depthwise_channels = 0;  // of a channel group
};

// f16 16/32/32, i8 32/32/64; i16, bf16 16/32/- and tf32 16/16/- by third-party notes.
// Error (usage): kinds that the convolution cannot read.
[[nodiscard]] Result<WeightUnits> weight_units(ElementKind kind);

// Channels that a kernel of `channels` is stored with ("Q"): whole blocks, then a remainder of 1, 2
// or 4 cells; three are stored as four. f16: 3 -> 8, 24 -> 32, 40 -> 40; i8: 3 -> 16, 48 -> 48.
// Error (usage): as weight_units().
[[nodiscard]] Result<std::uint64_t> stored_channels(ElementKind kind, std::uint32_t channels);

// The blocks of a direct convolution (a matrix is one of 1x1; a grouped one is packed group by
// group; first layers on pixel input are no exception). The last kernel group is as short as it
// is; of 8-bit elements it has an even number of kernels (one-channel heads have two).
// Errors (usage): as weight_units(); a zero in the shape.
[[nodiscard]] Result<std::vector<WeightTuple>> direct_weights(ElementKind kind,
                                                              const WeightShape& shape);

// The blocks of a depthwise convolution; shape.kernels is 1. The last group has 1, 2 or 4 cells;
// that three 8-bit cells become four is an inference from f16, where it is certain.
// Errors (usage): a kind without known layout, more than one kernel, a zero in the shape.
[[nodiscard]] Result<std::vector<WeightTuple>> depthwise_weights(ElementKind kind,
                                                                 const WeightShape& shape);

// The tuples of a model file's native shape. Tuples of no blocks at all occur (a depthwise layer of
// fewer channels than a group) and are kept; they take no memory.
// Error (unreadable): a shape that is not six numbers a tuple, negative numbers.
[[nodiscard]] Result<std::vector<WeightTuple>> tuples_of(
    std::span<const std::int32_t> native_shape);

// Elements that the tuples take in memory, padding included; size_too_large if 64 bits do not hold
// the number.
[[nodiscard]] std::uint64_t elements_of(std::span<const WeightTuple> tuples);

}  // namespace npuscope
