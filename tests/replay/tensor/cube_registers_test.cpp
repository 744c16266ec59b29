#include "replay/tensor/cube_registers.h"

#include <gtest/gtest.h>

#include "tests/replay/tensor/test_bytes.h"

namespace npuscope::testing {
namespace {

// Rows: the tensor, and what vendor programs write for it.
struct InputRow {
  std::uint32_t height, width, line_stride;
  std::int32_t surface_stride;
  std::uint64_t surface_cells;
};

TEST(InputCube, FourLinesAtATime) {
  const InputRow rows[] = {
      {56, 56, 224, 56 * 52, 3136},
      {7, 7, 28, 21, 49},  // dense
      {7, 7, 28, 24, 52},  // padded to whole groups of four cells
      {3, 3, 12, -3, 9},
      {2, 2, 8, -4, 4},  // 0x0ffffffd and 0x0ffffffc
  };
  for (const InputRow& row : rows) {
    const auto cube = cube_of(InputRegisters{.line_stride = row.line_stride,
                                             .surface_stride = row.surface_stride,
                                             .channels = 64,
                                             .height = row.height,
                                             .width = row.width});
    ASSERT_TRUE(cube) << cube.error().text();
    EXPECT_EQ(cube->row_pitch, row.width * 16ULL);
    EXPECT_EQ(cube->surface_pitch, row.surface_cells * 16);
    EXPECT_EQ(cube->surfaces, 8U);
    EXPECT_EQ(cube->group_surfaces, 1U);
  }
}

// The address formula of the two modes, cell by cell.
TEST(InputCube, EveryCellStandsWhereTheAddressGeneratorLooks) {
  for (const bool single : {false, true}) {
    const InputRegisters r{.base = 160,
                           .line_stride = single ? 9U : 36U,
                           .surface_stride = single ? 60 : 31,
                           .group_line_off = single,
                           .channels = 20,
                           .height = 7,
                           .width = 6};
    const auto cube = cube_of(r);
    ASSERT_TRUE(cube);
    for (std::uint64_t s = 0; s < 3; ++s)
      for (std::uint64_t y = 0; y < 7; ++y)
        for (std::uint64_t x = 0; x < 6; ++x) {
          const std::uint64_t cell =
              single ? 10 + s * (6 + 60) + y * 9 + x
                     : 10 + s * (36 + 31) + (y / 4) * 36 + (y % 4) * (36 / 4) + x;
          EXPECT_EQ(cube->base + s * cube->surface_pitch + y * cube->row_pitch + x * 16, cell * 16);
        }
  }
}

TEST(InputCube, ImpossibleStridesAreRefused) {
  EXPECT_EQ(cube_of(InputRegisters{.line_stride = 6}).error().what,
            "line stride 6 is no multiple of 4, but four lines are walked at a time");
  EXPECT_EQ(cube_of(InputRegisters{.line_stride = 8, .surface_stride = -9}).error().what,
            "surface stride -9 leads back by more than the 8 cells walked");
  EXPECT_EQ(cube_of(InputRegisters{.channels = 0}).error().what,
            "a cube of 0 channels and 1x1 pixels is empty");
  EXPECT_EQ(cube_of(InputRegisters{.element_bytes = 8}).error().what,
            "elements of a cube have 1, 2 or 4 bytes, not 8");
}

TEST(OutputCube, EveryCellStandsWhereTheStoreFormulaSays) {
  for (const std::uint32_t element : {1U, 2U, 4U})
    for (const std::uint32_t size_e : {0U, 1U, 3U, 7U}) {
      const OutputRegisters r{.base = 320,
                              .surface_stride = 40,
                              .surface_add = 40 * (size_e + 1) + 5,
                              .size_e = size_e,
                              .notch = 3,
                              .element_bytes = element,
                              .channels = 80,
                              .height = 4,
                              .width = 6};
      const auto cube = cube_of(r);
      ASSERT_TRUE(cube) << cube.error().text();
      const auto plain = numbered(element, 80UL * 4 * 6);
      std::vector<std::byte> memory(bytes_of(*cube));
      ASSERT_TRUE(pack_cube(*cube, plain, PlainOrder::nchw, 0, memory));
      const std::uint32_t lanes = 16 / element;
      for (std::uint32_t c = 0; c < 80; ++c)
        for (std::uint32_t y = 0; y < 4; ++y)
          for (std::uint32_t x = 0; x < 6; ++x) {
            const std::uint32_t s = c / lanes;
            const std::uint32_t cell =
                20 + (s / (size_e + 1)) * r.surface_add + (s % (size_e + 1)) * 40 + y * (6 + 3) + x;
            ASSERT_EQ(code_at(memory, element, cell * 16 + (c % lanes) * element),
                      element_at(plain, element, (c * 4 + y) * 6 + x));
          }
    }
}

TEST(OutputCube, SizeEFollowsFromThePrecisions) {
  const struct {
    ElementKind weights, stored;
    bool depthwise;
    std::uint32_t size_e;
  } rows[] = {
      {ElementKind::f16, ElementKind::f16, false, 1},
      {ElementKind::f16, ElementKind::f32, false, 3},
      {ElementKind::i8, ElementKind::i8, false, 1},
      {ElementKind::i8, ElementKind::i32, false, 7},
      {ElementKind::f16, ElementKind::f16, true, 3},
      {ElementKind::f16, ElementKind::f32, true, 7},
      {ElementKind::i8, ElementKind::i8, true, 3},
  };
  for (const auto& row : rows)
    EXPECT_EQ(size_e_of(row.weights, row.stored, row.depthwise), row.size_e);
  EXPECT_EQ(size_e_of(ElementKind::f32, ElementKind::f32, false).error().what,
            "the convolution reads no weights of f32");
  EXPECT_EQ(size_e_of(ElementKind::bf16, ElementKind::f32, true).error().what,
            "no depthwise layout is known for weights of bf16");
  EXPECT_EQ(size_e_of(ElementKind::i8, ElementKind::i32, true).error().what,
            "i8 weights fill 16 surfaces of i32, more than SIZE_E can say");
  EXPECT_EQ(cube_of(OutputRegisters{.size_e = 8}).error().what,
            "SIZE_E 8 does not fit into its three bits");
}

}  // namespace
}  // namespace npuscope::testing
