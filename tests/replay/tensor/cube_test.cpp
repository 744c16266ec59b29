#include "replay/tensor/cube.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay/tensor/sizes.h"
#include "tests/replay/tensor/test_bytes.h"

namespace npuscope::testing {
namespace {

constexpr std::byte untouched{0xee};

// The formula of the header, element by element.
std::uint64_t address_of(const CubeLayout& cube, std::uint32_t c, std::uint32_t y,
                         std::uint32_t x) {
  const std::uint32_t lanes = 16 / cube.element_bytes;
  const std::uint32_t s = c / lanes;
  return cube.base + (s / cube.group_surfaces) * cube.group_pitch +
         (s % cube.group_surfaces) * cube.surface_pitch + y * cube.row_pitch + x * 16ULL +
         (c % lanes) * cube.element_bytes;
}

std::size_t plain_index(const CubeLayout& cube, PlainOrder order, std::uint32_t c, std::uint32_t y,
                        std::uint32_t x) {
  if (order == PlainOrder::nhwc) return (std::size_t{y} * cube.width + x) * cube.channels + c;
  return (std::size_t{c} * cube.height + y) * cube.width + x;
}

// What the memory must hold: every cell by the formula, everything else untouched.
std::vector<std::byte> expected_memory(const CubeLayout& cube, std::span<const std::byte> plain,
                                       PlainOrder order, std::uint32_t fill) {
  std::vector<std::byte> memory(bytes_of(cube), untouched);
  const std::uint32_t stored = cube.surfaces * (16 / cube.element_bytes);
  for (std::uint32_t c = 0; c < stored; ++c)
    for (std::uint32_t y = 0; y < cube.height; ++y)
      for (std::uint32_t x = 0; x < cube.width; ++x) {
        const std::uint32_t code = c < cube.channels ? element_at(plain, cube.element_bytes,
                                                                  plain_index(cube, order, c, y, x))
                                                     : fill;
        std::memcpy(&memory[address_of(cube, c, y, x)], &code, cube.element_bytes);
      }
  return memory;
}

void check_both_ways(const CubeLayout& cube, std::uint32_t fill) {
  const std::size_t count = plain_bytes_of(cube) / cube.element_bytes;
  const auto plain = numbered(cube.element_bytes, count);
  for (const PlainOrder order : {PlainOrder::nchw, PlainOrder::nhwc}) {
    std::vector<std::byte> memory(bytes_of(cube), untouched);
    const auto packed = pack_cube(cube, plain, order, fill, memory);
    ASSERT_TRUE(packed) << packed.error().text();
    EXPECT_EQ(memory, expected_memory(cube, plain, order, fill));
    std::vector<std::byte> back(plain.size());
    const auto unpacked = unpack_cube(cube, memory, order, back);
    ASSERT_TRUE(unpacked) << unpacked.error().text();
    EXPECT_EQ(back, plain);
  }
}

TEST(Cube, ThreeChannelsOfTwoPixelsByHand) {
  const CubeLayout cube = dense_cube(ElementKind::f16, 3, 1, 2);
  const auto plain = numbered(2, 6);  // channel 0: 1 2, channel 1: 3 4, channel 2: 5 6
  std::vector<std::byte> memory(32);
  ASSERT_EQ(bytes_of(cube), 32U);
  ASSERT_TRUE(pack_cube(cube, plain, PlainOrder::nchw, 9, memory));
  const std::uint32_t expected[] = {1, 3, 5, 9, 9, 9, 9, 9, 2, 4, 6, 9, 9, 9, 9, 9};
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(element_at(memory, 2, i), expected[i]) << i;
}

TEST(Cube, SurfacesOfVendorTensors) {
  EXPECT_EQ(padded_surface_cells(1, 1), 1U);
  EXPECT_EQ(padded_surface_cells(1, 2), 4U);
  EXPECT_EQ(padded_surface_cells(5, 5), 28U);
  EXPECT_EQ(padded_surface_cells(7, 7), 52U);
  EXPECT_EQ(padded_surface_cells(56, 56), 3136U);
  EXPECT_EQ(dense_cube(ElementKind::f16, 64, 7, 7).surface_pitch, 49U * 16U);
  EXPECT_EQ(padded_cube(ElementKind::f16, 64, 7, 7).surface_pitch, 52U * 16U);
  EXPECT_EQ(dense_cube(ElementKind::f16, 20, 7, 7).surfaces, 3U);
  EXPECT_EQ(dense_cube(ElementKind::i8, 20, 7, 7).surfaces, 2U);
  EXPECT_EQ(dense_cube(ElementKind::f32, 20, 7, 7).surfaces, 5U);
}

TEST(Cube, SizesReachToTheLastCellOrToTheAllocation) {
  CubeLayout cube = padded_cube(ElementKind::f16, 10, 5, 5);
  EXPECT_EQ(bytes_of(cube), (28U + 25U) * 16U);
  EXPECT_EQ(allocation_of(cube), 2U * 28U * 16U);
  cube.group_surfaces = 2;
  cube.group_pitch = 7;  // unused with one group
  EXPECT_EQ(allocation_of(cube), 2U * 28U * 16U);
  cube.surfaces = 3;
  cube.group_pitch = 64 * 16;
  EXPECT_EQ(bytes_of(cube), (64U + 25U) * 16U);
  EXPECT_EQ(allocation_of(cube), 128U * 16U);
}

TEST(Cube, EveryElementSizeAndRemainderBothWays) {
  for (const ElementKind kind : {ElementKind::i8, ElementKind::f16, ElementKind::f32})
    for (const std::uint32_t channels : {1U, 3U, 4U, 7U, 8U, 9U, 16U, 17U, 33U})
      for (const auto& [height, width] : {std::pair{1U, 1U}, {1U, 5U}, {3U, 3U}, {4U, 7U}}) {
        SCOPED_TRACE(channels);
        check_both_ways(dense_cube(kind, channels, height, width), 0);
        check_both_ways(padded_cube(kind, channels, height, width), 0x80);
      }
}

TEST(Cube, RowsWithNotchAndSurplusSurfacesBothWays) {
  CubeLayout cube = dense_cube(ElementKind::f16, 11, 3, 5);
  cube.base = 48;
  cube.row_pitch = 7 * 16;
  cube.surface_pitch = 30 * 16;
  cube.group_pitch = cube.surface_pitch;
  cube.surfaces = 4;
  check_both_ways(cube, 0x1234);
}

TEST(Cube, GroupsOfSurfacesBothWays) {
  for (const std::uint32_t group : {1U, 2U, 4U, 8U}) {
    CubeLayout cube = padded_cube(ElementKind::f32, 43, 3, 3);
    cube.group_surfaces = group;
    cube.group_pitch = group * cube.surface_pitch + 160;
    check_both_ways(cube, 0);
  }
}

// A row-major matrix: 16 channels are two cells side by side, then a gap of 32 bytes.
TEST(Cube, RowsOfAMatrixBothWays) {
  CubeLayout cube = dense_cube(ElementKind::f16, 32, 6, 1);
  cube.group_surfaces = 2;
  cube.surface_pitch = 16;
  cube.group_pitch = 4 * 16;
  cube.row_pitch = 8 * 16;
  EXPECT_EQ(bytes_of(cube), (5U * 8U + 4U + 1U + 1U) * 16U);
  check_both_ways(cube, 0);
}

TEST(Cube, TheLowestOfOverlappingSurfacesWins) {
  CubeLayout cube = dense_cube(ElementKind::f16, 16, 1, 1);
  cube.surface_pitch = 0;
  cube.group_pitch = 0;
  const auto plain = numbered(2, 16);
  std::vector<std::byte> memory(16);
  ASSERT_TRUE(pack_cube(cube, plain, PlainOrder::nchw, 0, memory));
  EXPECT_EQ(element_at(memory, 2, 0), 1U);
  EXPECT_EQ(element_at(memory, 2, 7), 8U);
}

// A tile is a cube of its own inside the tensor: same pitches, another base.
TEST(Cube, ATileIsReadInPlace) {
  const CubeLayout whole = padded_cube(ElementKind::f16, 12, 6, 3);
  const auto plain = numbered(2, 12UL * 6 * 3);
  std::vector<std::byte> memory(bytes_of(whole));
  ASSERT_TRUE(pack_cube(whole, plain, PlainOrder::nchw, 0, memory));
  CubeLayout tile = whole;
  tile.base = 2 * whole.row_pitch;
  tile.height = 3;
  std::vector<std::byte> part(plain_bytes_of(tile));
  ASSERT_TRUE(unpack_cube(tile, memory, PlainOrder::nchw, part));
  for (std::size_t c = 0; c < 12; ++c)
    for (std::size_t pixel = 0; pixel < 9; ++pixel)
      EXPECT_EQ(element_at(part, 2, c * 9 + pixel), element_at(plain, 2, c * 18 + 6 + pixel));
}

std::string pack_error(const CubeLayout& cube, std::size_t plain, std::size_t memory) {
  const std::vector<std::byte> from(plain);
  std::vector<std::byte> to(memory);
  const auto packed = pack_cube(cube, from, PlainOrder::nchw, 0, to);
  std::vector<std::byte> back(plain);
  const auto unpacked = unpack_cube(cube, to, PlainOrder::nchw, back);
  if (packed.has_value() != unpacked.has_value()) return "the two ways differ";
  return packed ? "" : packed.error().what;
}

TEST(Cube, ErrorsNameWhatDoesNotFit) {
  const CubeLayout cube = dense_cube(ElementKind::f16, 10, 2, 3);
  EXPECT_EQ(pack_error(cube, 120, 192), "");
  EXPECT_EQ(pack_error(cube, 120, 191), "the cube reaches to byte 192, the memory has 191");
  EXPECT_EQ(pack_error(cube, 118, 192),
            "the plain image of the cube has 120 bytes, 118 were given");
  CubeLayout bad = cube;
  bad.element_bytes = 3;
  EXPECT_EQ(pack_error(bad, 120, 192), "elements of a cube have 1, 2 or 4 bytes, not 3");
  bad = cube;
  bad.surfaces = 1;
  EXPECT_EQ(pack_error(bad, 120, 192), "10 channels of 2 bytes need 2 surfaces, the cube has 1");
  bad = cube;
  bad.group_surfaces = 0;
  EXPECT_EQ(pack_error(bad, 120, 192),
            "a cube of 10 channels, 2x3 pixels, 2 surfaces in groups of 0 is empty");
}

TEST(Cube, NoSizeOverflows) {
  CubeLayout cube = dense_cube(ElementKind::f16, 1, 1, 1);
  cube.base = size_too_large - 3;
  EXPECT_EQ(bytes_of(cube), size_too_large);
  EXPECT_NE(pack_error(cube, 2, 64), "");
  cube = dense_cube(ElementKind::f32, 0xffffffff, 0xffffffff, 0xffffffff);
  EXPECT_EQ(bytes_of(cube), size_too_large);
  EXPECT_EQ(allocation_of(cube), size_too_large);
  EXPECT_EQ(plain_bytes_of(cube), size_too_large);
  EXPECT_NE(pack_error(cube, 64, 64), "");
  cube = dense_cube(ElementKind::i8, 64, 2, 2);
  cube.surface_pitch = size_too_large / 2;
  cube.group_surfaces = 4;
  EXPECT_NE(pack_error(cube, 256, 256), "");
  cube = dense_cube(ElementKind::f16, 1, 1, 1);
  cube.surfaces = 0xffffffff;
  cube.surface_pitch = cube.group_pitch = 0;
  EXPECT_EQ(pack_error(cube, 2, 64),
            "4294967294 surfaces without a channel have 68719476704 bytes, the memory has 64");
  cube = dense_cube(ElementKind::i8, 0, 2, 2);
  EXPECT_NE(pack_error(cube, 0, 256), "");
}

}  // namespace
}  // namespace npuscope::testing
