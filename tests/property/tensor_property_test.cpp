// Properties of tensor packing: unpack(pack(x)) = x for any layout, nothing outside a layout is
// written, and no numbers make a function leave its memory.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include "replay/tensor/channel_records.h"
#include "replay/tensor/cube.h"
#include "replay/tensor/float16.h"
#include "replay/tensor/pixels.h"
#include "replay/tensor/weights.h"
#include "tests/property/holds.h"

namespace npuscope::testing {
namespace {

std::uint32_t between(std::uint32_t low, std::uint32_t high) {
  return *rc::gen::inRange(low, high + 1);
}

ElementKind any_kind() {
  return *rc::gen::element(ElementKind::i8, ElementKind::f16, ElementKind::f32);
}

std::vector<std::byte> random_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  std::uint32_t state = *rc::gen::arbitrary<std::uint32_t>() | 1U;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

// Any cube whose surfaces do not overlap.
CubeLayout any_cube() {
  CubeLayout cube = padded_cube(any_kind(), between(1, 70), between(1, 6), between(1, 9));
  cube.surfaces += between(0, 2);
  cube.base = between(0, 99);
  cube.row_pitch += between(0, 3) * 16ULL;
  cube.surface_pitch = cube.height * cube.row_pitch + between(0, 3) * 16ULL;
  cube.group_surfaces = between(1, 8);
  cube.group_pitch = cube.group_surfaces * cube.surface_pitch + between(0, 5) * 8ULL;
  return cube;
}

TEST(TensorProperty, CubesComeBackAndTouchNothingElse) {
  check("unpack_cube(pack_cube(x)) = x; gaps stay", [] {
    const CubeLayout cube = any_cube();
    const auto order = *rc::gen::element(PlainOrder::nchw, PlainOrder::nhwc);
    const auto plain = random_bytes(plain_bytes_of(cube));
    const auto fill = *rc::gen::arbitrary<std::uint32_t>();
    std::vector<std::byte> memory(bytes_of(cube)), other(memory.size(), std::byte{0xff});
    RC_ASSERT(pack_cube(cube, plain, order, fill, memory).has_value());
    RC_ASSERT(pack_cube(cube, plain, order, fill, other).has_value());
    std::size_t gaps = 0;  // bytes that pack_cube did not write differ as they did before
    for (std::size_t i = 0; i < memory.size(); ++i) gaps += memory[i] == other[i] ? 0 : 1;
    RC_ASSERT(memory.size() - gaps ==
              std::size_t{cube.surfaces} * cube.height * cube.width * cell_bytes);
    std::vector<std::byte> back(plain.size());
    RC_ASSERT(unpack_cube(cube, memory, order, back).has_value());
    RC_ASSERT(back == plain);
    if (memory.size() > 1)
      RC_ASSERT(!pack_cube(cube, plain, order, fill, std::span(memory).first(memory.size() - 1)));
  });
}

TEST(TensorProperty, PixelsComeBack) {
  check("unpack_pixels(pack_pixels(x)) = x", [] {
    PixelLayout layout = pixel_layout(any_kind(), between(1, 4), between(1, 7), between(1, 20));
    layout.base = between(0, 40);
    layout.row_pitch += between(0, 9);
    const auto order = *rc::gen::element(PlainOrder::nchw, PlainOrder::nhwc);
    const auto plain = random_bytes(plain_bytes_of(layout));
    std::vector<std::byte> memory(bytes_of(layout)), back(plain.size());
    RC_ASSERT(pack_pixels(layout, plain, order, memory).has_value());
    RC_ASSERT(unpack_pixels(layout, memory, order, back).has_value());
    RC_ASSERT(back == plain);
  });
}

TEST(TensorProperty, WeightsComeBack) {
  check("unpack_weights(pack_weights(x)) = x", [] {
    const auto kind = *rc::gen::element(ElementKind::i8, ElementKind::f16, ElementKind::tf32);
    const bool depthwise = kind != ElementKind::tf32 && *rc::gen::arbitrary<bool>();
    const WeightShape shape{depthwise ? 1 : between(1, 70), between(1, 140), between(1, 4),
                            between(1, 4)};
    const auto tuples = depthwise ? depthwise_weights(kind, shape) : direct_weights(kind, shape);
    RC_ASSERT(tuples.has_value());
    const std::uint32_t element = bytes_of(kind);
    const auto plain = random_bytes(std::size_t{element} * shape.kernels * shape.channels *
                                    shape.height * shape.width);
    std::vector<std::byte> memory(element * elements_of(*tuples)), back(plain.size());
    RC_ASSERT(memory.size() >= plain.size());
    RC_ASSERT(pack_weights(*tuples, shape, element, plain, {}, memory).has_value());
    RC_ASSERT(unpack_weights(*tuples, shape, element, memory, back).has_value());
    RC_ASSERT(back == plain);
  });
}

// Any numbers at all: an answer or an Error, and no access outside the memory (the sanitizers see).
TEST(TensorProperty, HostileNumbersAreRefusedOrFit) {
  check("random layouts are refused or stay inside", [] {
    const auto number = [] {
      return *rc::gen::element(0U, 1U, 2U, 3U, 8U, 33U, 0x7fffffffU, 0x80000000U, 0xffffffffU);
    };
    std::vector<std::byte> plain(64), memory(256);
    CubeLayout cube{number(), number(), number(), number(), number(),
                    number(), number(), number(), number(), number()};
    (void)pack_cube(cube, std::span(plain).first(between(0, 64)), PlainOrder::nchw, 0, memory);
    (void)unpack_cube(cube, memory, PlainOrder::nhwc, std::span(plain).first(between(0, 64)));
    const PixelLayout pixels{number(), number(), number(), number(), number(), number()};
    (void)pack_pixels(pixels, plain, PlainOrder::nchw, memory);
    const std::vector<WeightTuple> tuples{
        {number(), number(), number(), number(), number(), number()},
        {number(), number(), number(), number(), number(), number()}};
    const WeightShape shape{number(), number(), number(), number()};
    (void)unpack_weights(tuples, shape, number(), memory, plain);
    (void)bytes_of(cube);
    (void)allocation_of(cube);
  });
}

TEST(TensorProperty, RecordsComeBack) {
  check("unpack_records(pack_records(x)) = x", [] {
    std::vector<ChannelRecord> records(between(0, 40));
    for (ChannelRecord& record : records)
      record = {*rc::gen::arbitrary<std::uint32_t>(),
                *rc::gen::inRange<std::int16_t>(-32767, 32767),
                *rc::gen::arbitrary<std::uint16_t>()};
    const RecordFields fields{true, true, true};
    std::vector<std::byte> memory(record_bytes(fields, records.size()) + between(0, 70));
    RC_ASSERT(pack_records(fields, records, memory).has_value());
    std::vector<ChannelRecord> back(records.size());
    RC_ASSERT(unpack_records(fields, memory, back).has_value());
    RC_ASSERT(back == records);
  });
}

TEST(TensorProperty, HalvesAreTheNearestOnes) {
  check("no other half is nearer", [] {
    const float value = std::bit_cast<float>(*rc::gen::arbitrary<std::uint32_t>());
    RC_PRE(std::abs(value) < 65520.0F);
    const std::uint16_t code = f16_from_f32(value);
    const double distance = std::abs(double{value} - double{f32_from_f16(code)});
    const auto neighbour = [&](int step) {
      const auto other = static_cast<std::uint16_t>(code + step);
      return std::abs(double{value} - double{f32_from_f16(other)});
    };
    if ((code & 0x7fffU) != 0) RC_ASSERT(distance <= neighbour(-1));
    if ((code & 0x7fffU) < 0x7bffU) RC_ASSERT(distance <= neighbour(1));
  });
}

}  // namespace
}  // namespace npuscope::testing
