// Tasks of the DPU without a convolution: element-wise operations, the stages before them, copies,
// transposed stores. Expectations by direct computation on plain arrays.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "replay/tensor/float16.h"
#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t from = 0x1000000, operand_at = 0x2000000, to = 0x3000000;
constexpr std::uint32_t f16 = 2, i8 = 0, i16 = 1;

struct Cube {
  std::uint32_t surfaces, height, width;
  [[nodiscard]] std::size_t cells() const { return std::size_t{surfaces} * height * width; }
};

// A copy: every stage is bypassed.
TaskBuilder copy(const Cube& cube, std::uint32_t precision, std::uint32_t lanes) {
  const std::uint32_t plane = cube.height * cube.width;
  TaskBuilder task;
  task.raw(DPU_FEATURE_MODE_CFG, 0x1e5)
      .raw(DPU_DATA_FORMAT, precision << 29U | precision << 26U | precision)
      .raw(DPU_DST_BASE_ADDR, to)
      .raw(DPU_DST_SURF_STRIDE, plane << 4U)
      .raw(DPU_DATA_CUBE_WIDTH, cube.width - 1)
      .raw(DPU_DATA_CUBE_HEIGHT, cube.height - 1)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
      .raw(DPU_DATA_CUBE_CHANNEL, cube.surfaces * lanes - 1)
      .raw(DPU_BS_CFG, 0x53)
      .raw(DPU_BS_OW_CFG, 0x126)
      .raw(DPU_BS_OW_OP, 0)
      .raw(DPU_BN_CFG, 0x53)
      .raw(DPU_EW_CFG, 0x383)
      .raw(DPU_OUT_CVT_OFFSET, 0)
      .raw(DPU_OUT_CVT_SCALE, precision == f16 ? 0x10001U : 1U)
      .raw(DPU_OUT_CVT_SHIFT, 0)
      .raw(DPU_SURFACE_ADD, plane * 2 << 4U)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, cube.width - 1)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, cube.height - 1)
      .raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, cube.surfaces * lanes - 1)
      .raw(DPU_RDMA_RDMA_SRC_BASE_ADDR, from)
      .raw(DPU_RDMA_RDMA_BRDMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_NRDMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1)
      .raw(DPU_RDMA_RDMA_EW_SURF_NOTCH, 0)
      .raw(DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | precision << 5U | precision << 15U)
      .raw(DPU_RDMA_RDMA_SRC_DMA_CFG, 0)
      .raw(DPU_RDMA_RDMA_SURF_NOTCH, 0);
  return task;
}

// Adds the second operand, one for each element.
TaskBuilder& with_operand(TaskBuilder& task, std::uint32_t configuration, std::uint32_t bytes) {
  return task.raw(DPU_EW_CFG, configuration)
      .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1U << 30U | (bytes == 1 ? 1U : 2U) << 2U)
      .raw(DPU_RDMA_RDMA_EW_BASE_ADDR, operand_at);
}

std::vector<std::uint16_t> random_halves(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint16_t> codes(count);
  for (auto& code : codes) code = f16_from_f64(double(random() % 8001) / 1000 - 4);
  return codes;
}

TEST(ElementWise, OperationsOfF16AreRoundedOnce) {
  struct Operation {
    std::uint32_t configuration;
    std::function<double(double, double)> compute;
  };
  // EW_CFG of the vendor and of public clients: 0x108x02c0 with the algorithm in bits 16 to 19.
  const Operation operations[] = {
      {0x108002c0, [](double a, double b) { return std::max(a, b); }},
      {0x108102c0, [](double a, double b) { return std::min(a, b); }},
      {0x108202c0, [](double a, double b) { return a + b; }},
      {0x108302c0, [](double a, double b) { return a / b; }},
      {0x108402c0, [](double a, double b) { return a - b; }},
      {0x108002c4, [](double a, double b) { return a * b; }},
      {0x108200c0, [](double a, double b) { return std::max(a + b, 0.0); }},  // and ReLU
  };
  const Cube cube{3, 5, 7};
  const auto a = random_halves(cube.cells() * 8, 1), b = random_halves(cube.cells() * 8, 2);
  for (const Operation& operation : operations) {
    TaskRun run;
    run.put(from, a);
    run.put(operand_at, b);
    run.put(to, std::vector<std::uint16_t>(a.size()));
    TaskBuilder task = copy(cube, f16, 8);
    run.expect_done(with_operand(task, operation.configuration, 2).words(0x18));
    const auto got = run.take<std::uint16_t>(to, a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = f32_from_f16(a[i]), y = f32_from_f16(b[i]);
      const double wanted = operation.compute(x, y);
      if (std::isnan(wanted)) continue;  // 0 / 0
      // f32 in between: a quotient may round twice, by at most one code.
      const int distance = std::abs(int{got[i]} - int{f16_from_f64(wanted)});
      ASSERT_LE(distance, operation.configuration == 0x108302c0 ? 1 : 0)
          << std::hex << operation.configuration << ": " << x << ", " << y;
    }
  }
}

TEST(ElementWise, Int8AddsAConvertedOperand) {
  const Cube cube{2, 4, 9};
  std::mt19937 random(3);
  std::vector<std::int8_t> a(cube.cells() * 16), b(a.size());
  for (auto& code : a) code = static_cast<std::int8_t>(random());
  for (auto& code : b) code = static_cast<std::int8_t>(random());
  TaskRun run;
  run.put(from, a);
  run.put(operand_at, b);
  run.put(to, std::vector<std::int8_t>(a.size()));
  TaskBuilder task = copy(cube, i8, 16);
  with_operand(task, 0x904202c0, 1);
  task.raw(DPU_BS_CFG, 0x00020050).raw(DPU_BS_ALU_CFG, 30);  // main + 30
  task.raw(DPU_EW_CVT_OFFSET_VALUE, static_cast<std::uint32_t>(-17))
      .raw(DPU_EW_CVT_SCALE_VALUE, 12345U | 13U << 16U)
      .raw(DPU_OUT_CVT_OFFSET, static_cast<std::uint32_t>(-9))
      .raw(DPU_OUT_CVT_SCALE, 21000)
      .raw(DPU_OUT_CVT_SHIFT, 15);
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::int8_t>(to, a.size());
  const auto rounded = [](std::int64_t v, int n) { return (v + (1LL << (n - 1))) >> n; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t sum = a[i] + 30 + rounded(std::int64_t{b[i] - 17} * 12345, 13);
    const std::int64_t wanted = std::clamp<std::int64_t>(rounded(sum * 21000, 15) - 9, -128, 127);
    ASSERT_EQ(got[i], wanted) << int{a[i]} << ", " << int{b[i]};
  }
}

TEST(ElementWise, ConstantsComeFromRegisters) {
  const Cube cube{2, 1, 3};
  const auto a = random_halves(cube.cells() * 8, 5);
  TaskRun run;
  run.put(from, a);
  run.put(to, std::vector<std::uint16_t>(a.size()));
  TaskBuilder task = copy(cube, f16, 8);
  task.raw(DPU_EW_CFG, 0x00020280);  // add, operand of registers
  for (std::uint32_t i = 0; i < 8; ++i)
    task.raw(static_cast<std::uint16_t>(DPU_EW_OP_VALUE_0 + 4 * i),
             std::bit_cast<std::uint32_t>(static_cast<float>(i)));
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::uint16_t>(to, a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(got[i], f16_from_f64(static_cast<double>(f32_from_f16(a[i])) + double(i % 8)));
}

TEST(ElementWise, StagesMultiplyAddAndClip) {
  const Cube cube{1, 4, 4};
  const auto a = random_halves(cube.cells() * 8, 6);
  TaskRun run;
  run.put(from, a);
  run.put(to, std::vector<std::uint16_t>(a.size()));
  TaskBuilder task = copy(cube, f16, 8);
  // BS: add 1, then times 0.5. BN: times 4, then add -1, clipped to 0 .. 6.
  task.raw(DPU_BS_CFG, 0x00020040)
      .raw(DPU_BS_ALU_CFG, std::bit_cast<std::uint32_t>(1.0F))
      .raw(DPU_BS_MUL_CFG, 0x3800U << 16U)
      .raw(DPU_BN_CFG, 0x00020080)
      .raw(DPU_BN_ALU_CFG, std::bit_cast<std::uint32_t>(-1.0F))
      .raw(DPU_BN_MUL_CFG, 0x4400U << 16U)
      .raw(DPU_BN_RELUX_CMP_VALUE, std::bit_cast<std::uint32_t>(6.0F));
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::uint16_t>(to, a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = f32_from_f16(a[i]);
    EXPECT_EQ(got[i], f16_from_f64(std::clamp((x + 1) * 0.5 * 4 - 1, 0.0, 6.0))) << x;
  }
}

TEST(Copies, WindowsMoveBetweenPitches) {
  // A window of 3 x 2 pixels out of 9 x 5, two surfaces, into a map of width 7.
  const Cube window{2, 2, 3};
  std::vector<std::uint16_t> a(2 * 45 * 8);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(i);
  TaskRun run;
  run.put(from, a);
  run.put(to, std::vector<std::uint16_t>(2 * 35 * 8, 0xffff));
  TaskBuilder task = copy(window, i16, 8);
  const std::uint32_t line_notch = 9 - 3;
  const std::uint32_t surface_notch = 45 - (9 + 3);
  task.raw(DPU_RDMA_RDMA_SRC_BASE_ADDR, from + (1 * 9 + 2) * 16)
      .raw(DPU_RDMA_RDMA_SRC_DMA_CFG, line_notch << 19U)
      .raw(DPU_RDMA_RDMA_SURF_NOTCH, surface_notch << 4U)
      .raw(DPU_DST_BASE_ADDR, to + (2 * 7 + 1) * 16)
      .raw(DPU_DST_SURF_STRIDE, 35U << 4U)
      .raw(DPU_SURFACE_ADD, 70U << 4U)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 4U | 4U << 16U);
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::uint16_t>(to, 2 * 35 * 8);
  for (std::uint32_t s = 0; s < 2; ++s)
    for (std::uint32_t y = 0; y < 5; ++y)
      for (std::uint32_t x = 0; x < 7; ++x)
        for (std::uint32_t lane = 0; lane < 8; ++lane) {
          const bool inside = y >= 2 && y < 4 && x >= 1 && x < 4;
          const std::uint32_t source = ((s * 5 + y - 1) * 9 + x + 1) * 8 + lane;
          ASSERT_EQ(got[((s * 5 + y) * 7 + x) * 8 + lane], inside ? source : 0xffffU);
        }
}

TEST(Copies, UnpoolingRepeatsEachPixel) {
  const Cube in{1, 3, 2};
  std::vector<std::uint16_t> a(in.cells() * 8);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(i);
  TaskRun run;
  run.put(from, a);
  run.put(to, std::vector<std::uint16_t>(4 * a.size()));
  TaskBuilder task = copy(in, i16, 8);
  // Twice in both directions: two surfaces, whose distance is an output line.
  task.raw(DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1249)
      .raw(DPU_DATA_CUBE_WIDTH, 3)
      .raw(DPU_DATA_CUBE_CHANNEL, 15)
      .raw(DPU_DST_SURF_STRIDE, 4U << 4U)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 4U | 4U << 16U);
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::uint16_t>(to, 4 * a.size());
  for (std::uint32_t y = 0; y < 6; ++y)
    for (std::uint32_t x = 0; x < 4; ++x)
      for (std::uint32_t lane = 0; lane < 8; ++lane)
        ASSERT_EQ(got[(y * 4 + x) * 8 + lane], a[((y / 2) * 2 + x / 2) * 8 + lane]);
}

TEST(Copies, ATransposedStoreBringsPixelsIntoLanes) {
  // 8 channels x 16 pixels become 16 channels x 8 pixels: [c][p] to [p][c].
  const Cube in{1, 2, 8};
  std::vector<std::uint16_t> a(in.cells() * 8);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(i);  // p * 8 + c
  TaskRun run;
  run.put(from, a);
  run.put(to, std::vector<std::uint16_t>(a.size()));
  TaskBuilder task = copy(in, i16, 8);
  // Cell e of a block (channel e) is stored at e; the block of pixels 8 to 15 behind the first.
  task.raw(DPU_BS_OW_CFG, 0x126U | 1U << 27U)
      .raw(DPU_WDMA_SIZE_0, 1U << 27U)
      .raw(DPU_WDMA_SIZE_1, 1U << 16U)  // one block a line, two lines
      .raw(DPU_DST_SURF_STRIDE, 1U << 4U)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 7U | 7U << 16U);
  run.expect_done(task.words(0x18));
  const auto got = run.take<std::uint16_t>(to, a.size());
  for (std::uint32_t group = 0; group < 2; ++group)
    for (std::uint32_t c = 0; c < 8; ++c)
      for (std::uint32_t lane = 0; lane < 8; ++lane)
        ASSERT_EQ(got[(group * 8 + c) * 8 + lane], a[(group * 8 + lane) * 8 + c]);
}

}  // namespace
}  // namespace npuscope::testing
