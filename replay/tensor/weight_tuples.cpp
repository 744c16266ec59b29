#include "replay/tensor/weight_tuples.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "replay/tensor/sizes.h"

namespace npuscope {

namespace {

tl::unexpected<Error> empty_shape(const WeightShape& s) {
  return wrong_usage(fmt::format("weights of shape {}x{}x{}x{} are empty", s.kernels, s.channels,
                                 s.height, s.width));
}

// Whole cells, and three of them become four: lanes that the channels of a last block take.
std::uint32_t tail_lanes(ElementKind kind, std::uint32_t channels) {
  const std::uint32_t lanes = lanes_per_cell(kind);
  return std::bit_ceil(static_cast<std::uint32_t>(parts_of(channels, lanes))) * lanes;
}

// One group of output blocks: whole channel blocks, then the tail.
void add_group(std::vector<WeightTuple>& tuples, ElementKind kind, const WeightShape& shape,
               std::uint32_t block, WeightTuple tuple) {
  tuple.height = shape.height;
  tuple.width = shape.width;
  tuple.in_blocks = shape.channels / block;
  tuple.in_lanes = block;
  const std::uint32_t tail = tail_lanes(kind, shape.channels % block);
  if (shape.channels % block != 0 && tail == block) ++tuple.in_blocks;
  if (tuple.in_blocks != 0) tuples.push_back(tuple);
  if (shape.channels % block == 0 || tail == block) return;
  tuple.in_blocks = 1;
  tuple.in_lanes = tail;
  tuples.push_back(tuple);
}

}  // namespace

Result<WeightUnits> weight_units(ElementKind kind) {
  switch (kind) {
    case ElementKind::i8:
    case ElementKind::u8:
      return WeightUnits{32, 32, 64};
    case ElementKind::f16:
      return WeightUnits{16, 32, 32};
    case ElementKind::i16:
    case ElementKind::bf16:
      return WeightUnits{16, 32, 0};
    case ElementKind::tf32:
      return WeightUnits{16, 16, 0};
    case ElementKind::i32:
    case ElementKind::f32:
      break;
  }
  return wrong_usage(fmt::format("the convolution reads no weights of {}", name_of(kind)),
                     "f32 weights are stored as tf32");
}

Result<std::uint64_t> stored_channels(ElementKind kind, std::uint32_t channels) {
  const auto units = weight_units(kind);
  if (!units) return tl::unexpected(units.error());
  const std::uint32_t tail = channels % units->block_channels;
  return std::uint64_t{channels} - tail + (tail == 0 ? 0 : tail_lanes(kind, tail));
}

Result<std::vector<WeightTuple>> direct_weights(ElementKind kind, const WeightShape& shape) {
  const auto units = weight_units(kind);
  if (!units) return tl::unexpected(units.error());
  if (shape.kernels == 0 || shape.channels == 0 || shape.height == 0 || shape.width == 0)
    return empty_shape(shape);
  std::vector<WeightTuple> tuples;
  WeightTuple group;
  group.out_blocks = shape.kernels / units->kernels;
  group.out_lanes = units->kernels;
  // Eight-bit kernels are stored in pairs: one-channel heads have two, a head of 25 has 26.
  const std::uint32_t rest = shape.kernels % units->kernels;
  const std::uint32_t tail = bytes_of(kind) == 1 ? rest + rest % 2 : rest;
  if (tail == units->kernels) ++group.out_blocks;
  if (group.out_blocks != 0) add_group(tuples, kind, shape, units->block_channels, group);
  if (tail == 0 || tail == units->kernels) return tuples;
  group.out_blocks = 1;
  group.out_lanes = tail;
  add_group(tuples, kind, shape, units->block_channels, group);
  return tuples;
}

Result<std::vector<WeightTuple>> depthwise_weights(ElementKind kind, const WeightShape& shape) {
  const auto units = weight_units(kind);
  if (!units) return tl::unexpected(units.error());
  if (units->depthwise_channels == 0)
    return wrong_usage(
        fmt::format("no depthwise layout is known for weights of {}", name_of(kind)));
  if (shape.channels == 0 || shape.height == 0 || shape.width == 0) return empty_shape(shape);
  if (shape.kernels != 1)
    return wrong_usage(fmt::format("depthwise weights have one kernel, not {}", shape.kernels),
                       "their channels are the second number of the shape");
  std::vector<WeightTuple> tuples;
  add_group(tuples, kind, shape, units->depthwise_channels, WeightTuple{});
  return tuples;
}

Result<std::vector<WeightTuple>> tuples_of(std::span<const std::int32_t> native_shape) {
  if (native_shape.empty() || native_shape.size() % 6 != 0)
    return unreadable(
        fmt::format("a packed shape of {} numbers is not made of six each", native_shape.size()),
        "");
  if (const auto negative = std::ranges::find_if(native_shape, [](auto v) { return v < 0; });
      negative != native_shape.end())
    return unreadable(fmt::format("{} in a packed shape", *negative), "");
  std::vector<WeightTuple> tuples;
  for (std::size_t at = 0; at < native_shape.size(); at += 6) {
    const auto number = [&](std::size_t i) {
      return static_cast<std::uint32_t>(native_shape[at + i]);
    };
    tuples.push_back({number(0), number(1), number(2), number(3), number(4), number(5)});
  }
  return tuples;
}

std::uint64_t elements_of(std::span<const WeightTuple> tuples) {
  std::uint64_t elements = 0;
  for (const WeightTuple& t : tuples)
    elements = size_sum(elements, size_product({t.out_blocks, t.in_blocks, t.height, t.width,
                                                t.out_lanes, t.in_lanes}));
  return elements;
}

}  // namespace npuscope
