// A matrix product of int16 with results of int32, exactly: rows are the lines of a map of one
// column, as public clients lay them out.
#include <gtest/gtest.h>

#include <random>

#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t rows = 6, inner = 64, columns = 32;
constexpr std::uint32_t a_at = 0x1000000, b_at = 0x2000000, c_at = 0x3000000;

TEST(Int16, AMatrixProductIsExactInInt32) {
  std::mt19937 random(9);
  std::vector<std::int16_t> a(rows * inner), b(columns * inner);
  for (auto& value : a) value = static_cast<std::int16_t>(random());
  for (auto& value : b) value = static_cast<std::int16_t>(random() % 4001 - 2000);
  std::vector<std::int16_t> cube(a.size()), weights;
  for (std::uint32_t r = 0; r < rows; ++r)
    for (std::uint32_t i = 0; i < inner; ++i)
      cube[(i / 8 * rows + r) * 8 + i % 8] = a[r * inner + i];
  for (std::uint32_t k0 = 0; k0 < columns; k0 += 16)
    for (std::uint32_t i0 = 0; i0 < inner; i0 += 32)
      for (std::uint32_t k = k0; k < k0 + 16; ++k)
        for (std::uint32_t i = i0; i < i0 + 32; ++i) weights.push_back(b[k * inner + i]);

  TaskBuilder task;
  task.raw(CNA_CONV_CON1, 1U << 4U | 1U << 7U | 1U << 29U)
      .raw(CNA_CONV_CON3, 9)
      .raw(CNA_DATA_SIZE0, 1U << 16U | rows)
      .raw(CNA_DATA_SIZE1, (inner - 1) << 16U | inner)
      .raw(CNA_DATA_SIZE2, 1)
      .raw(CNA_DATA_SIZE3, rows)
      .raw(CNA_WEIGHT_SIZE2, 1U << 24U | 1U << 16U | columns)
      .raw(CNA_CBUF_CON0, 11U << 4U | 1U)
      .raw(CNA_CBUF_CON1, inner * 2 / 64)
      .raw(CNA_CVT_CON0, 1)
      .raw(CNA_PAD_CON0, 0)
      .raw(CNA_FC_CON0, 0)
      .raw(CNA_FEATURE_DATA_ADDR, a_at)
      .raw(CNA_DMA_CON1, 1)
      .raw(CNA_DMA_CON2, rows - 1)
      .raw(CNA_DCOMP_CTRL, 0)
      .raw(CNA_DCOMP_REGNUM, 0)
      .raw(CNA_DCOMP_ADDR0, b_at)
      .raw(CNA_PAD_CON1, 0)
      .raw(CORE_MISC_CFG, 1U << 8U)
      .raw(CORE_DATAOUT_SIZE_0, (rows - 1) << 16U)
      .raw(CORE_CLIP_TRUNCATE, 0)
      .raw(DPU_FEATURE_MODE_CFG, 0x1e4)
      .raw(DPU_DATA_FORMAT, 4U << 29U | 1U << 26U | 1U)
      .raw(DPU_DST_BASE_ADDR, c_at)
      .raw(DPU_DST_SURF_STRIDE, rows << 4U)
      .raw(DPU_DATA_CUBE_WIDTH, 0)
      .raw(DPU_DATA_CUBE_HEIGHT, rows - 1)
      .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
      .raw(DPU_DATA_CUBE_CHANNEL, columns - 1)
      .raw(DPU_BS_CFG, 0x53)
      .raw(DPU_BS_OW_CFG, 3U << 2U | 2U)
      .raw(DPU_BS_OW_OP, 0)
      .raw(DPU_BN_CFG, 0x53)
      .raw(DPU_EW_CFG, 0x383)
      .raw(DPU_OUT_CVT_OFFSET, 0)
      .raw(DPU_OUT_CVT_SCALE, 1)
      .raw(DPU_OUT_CVT_SHIFT, 0)
      .raw(DPU_SURFACE_ADD, 4 * rows << 4U);
  TaskRun run;
  run.put(a_at, cube);
  run.put(b_at, weights);
  run.put(c_at, std::vector<std::int32_t>(rows * columns));
  run.expect_done(task.words(0x0d));
  const auto c = run.take<std::int32_t>(c_at, rows * columns);
  for (std::uint32_t r = 0; r < rows; ++r)
    for (std::uint32_t k = 0; k < columns; ++k) {
      std::int64_t sum = 0;
      for (std::uint32_t i = 0; i < inner; ++i)
        sum += std::int64_t{a[r * inner + i]} * b[k * inner + i];
      ASSERT_LT(std::abs(sum), std::int64_t{1} << 31U);
      EXPECT_EQ(c[(k / 4 * rows + r) * 4 + k % 4], sum);
    }
}

}  // namespace
}  // namespace npuscope::testing
