// Pooling against nested loops over plain arrays.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "replay/tensor/float16.h"
#include "tests/replay/sim/task_builder.h"

namespace npuscope::testing {
namespace {

using namespace reg;

constexpr std::uint32_t from = 0x1000000, to = 0x2000000;
constexpr std::uint32_t average = 0, maximum = 1, minimum = 2;

struct Pool {
  std::uint32_t method = maximum;
  int channels = 8, height = 8, width = 8, kernel_y = 2, kernel_x = 2, stride_y = 2, stride_x = 2;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::uint32_t notch = 0;

  [[nodiscard]] int out_height() const {
    return (height + pad_top + pad_bottom - kernel_y) / stride_y + 1;
  }
  [[nodiscard]] int out_width() const {
    return (width + pad_left + pad_right - kernel_x) / stride_x + 1;
  }
};

// Elements of 16 bits (f16) or 8 (int8); values as numbers.
template <typename Code>
class PoolCase {
 public:
  static constexpr bool is_float = sizeof(Code) == 2;
  static constexpr int lanes = 16 / int{sizeof(Code)};

  PoolCase(const Pool& pool, unsigned seed) : p_(pool) {
    std::mt19937 random(seed);
    codes_.resize(std::size_t(surfaces() * lanes * p_.height * p_.width));
    for (Code& code : codes_)
      code = is_float ? static_cast<Code>(f16_from_f64(double(random() % 4001) / 1000 - 2))
                      : static_cast<Code>(random());
  }

  [[nodiscard]] std::vector<double> simulated() const {
    TaskRun run;
    const std::size_t pitch = std::size_t(p_.out_width()) + p_.notch;
    const std::size_t size = std::size_t(surfaces()) * std::size_t(p_.out_height()) * pitch * 16;
    run.put(from, codes_);
    run.put(to, std::vector<std::uint8_t>(size));
    run.expect_done(registers().words(0x60));
    const auto memory = run.take<Code>(to, size / sizeof(Code));
    std::vector<double> values;
    for (int c = 0; c < p_.channels; ++c)
      for (int y = 0; y < p_.out_height(); ++y)
        for (int x = 0; x < p_.out_width(); ++x) {
          const std::size_t row = std::size_t(c / lanes * p_.out_height() + y) * pitch;
          values.push_back(number(memory[(row + std::size_t(x)) * lanes + std::size_t(c % lanes)]));
        }
    return values;
  }

  // Before rounding to the element type.
  [[nodiscard]] std::vector<double> expected() const {
    std::vector<double> values;
    for (int c = 0; c < p_.channels; ++c)
      for (int y = 0; y < p_.out_height(); ++y)
        for (int x = 0; x < p_.out_width(); ++x) values.push_back(window(c, y, x));
    return values;
  }

 private:
  [[nodiscard]] int surfaces() const { return (p_.channels + lanes - 1) / lanes; }
  static double number(Code code) {
    return is_float ? static_cast<double>(f32_from_f16(static_cast<std::uint16_t>(code)))
                    : static_cast<double>(static_cast<std::int8_t>(code));
  }
  [[nodiscard]] double window(int c, int y, int x) const {
    double sum = 0, low = 1e9, high = -1e9;
    for (int i = 0; i < p_.kernel_y; ++i)
      for (int j = 0; j < p_.kernel_x; ++j) {
        const int row = y * p_.stride_y + i - p_.pad_top;
        const int column = x * p_.stride_x + j - p_.pad_left;
        if (row < 0 || column < 0 || row >= p_.height || column >= p_.width) continue;
        const std::size_t pixel = std::size_t((c / lanes * p_.height + row) * p_.width + column);
        const double value = number(codes_[pixel * lanes + std::size_t(c % lanes)]);
        sum += value;
        low = std::min(low, value);
        high = std::max(high, value);
      }
    if (p_.method == average) return sum / (p_.kernel_y * p_.kernel_x);
    return p_.method == maximum ? high : low;
  }

  [[nodiscard]] std::uint32_t reciprocal(int kernel) const {
    if (!is_float) return static_cast<std::uint32_t>(65536 / kernel);
    return kernel == 1 ? 0x7c00U : f16_from_f64(65536.0 / kernel);
  }

  [[nodiscard]] TaskBuilder registers() const {
    const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
    const std::uint32_t precision = is_float ? 2 : 0;
    TaskBuilder task;
    task.raw(PPU_DATA_CUBE_OUT_WIDTH, u(p_.out_width() - 1))
        .raw(PPU_DATA_CUBE_OUT_HEIGHT, u(p_.out_height() - 1))
        .raw(PPU_DATA_CUBE_OUT_CHANNEL, u(p_.channels - 1))
        .raw(PPU_OPERATION_MODE_CFG, 0x10 | p_.method | p_.notch << 16U)
        .raw(PPU_POOLING_KERNEL_CFG, u((p_.kernel_x - 1) | (p_.kernel_y - 1) << 8 |
                                       (p_.stride_x - 1) << 16 | (p_.stride_y - 1) << 20))
        .raw(PPU_RECIP_KERNEL_WIDTH, reciprocal(p_.kernel_x))
        .raw(PPU_RECIP_KERNEL_HEIGHT, reciprocal(p_.kernel_y))
        .raw(PPU_POOLING_PADDING_CFG,
             u(p_.pad_left | p_.pad_top << 4 | p_.pad_right << 8 | p_.pad_bottom << 12))
        .raw(PPU_PADDING_VALUE_1_CFG, 0)
        .raw(PPU_DST_BASE_ADDR, to)
        .raw(PPU_DST_SURF_STRIDE, u(p_.out_height() * (p_.out_width() + int(p_.notch)) * 16))
        .raw(PPU_DATA_FORMAT, precision)
        .raw(PPU_MISC_CTRL, 3)
        .raw(PPU_RDMA_RDMA_CUBE_IN_WIDTH, u(p_.width - 1))
        .raw(PPU_RDMA_RDMA_CUBE_IN_HEIGHT, u(p_.height - 1))
        .raw(PPU_RDMA_RDMA_CUBE_IN_CHANNEL, u(p_.channels - 1))
        .raw(PPU_RDMA_RDMA_SRC_BASE_ADDR, from)
        .raw(PPU_RDMA_RDMA_SRC_LINE_STRIDE, u(p_.width * 16))
        .raw(PPU_RDMA_RDMA_SRC_SURF_STRIDE, u(p_.width * p_.height * 16))
        .raw(PPU_RDMA_RDMA_DATA_FORMAT, is_float ? 2 : 1);
    return task;
  }

  Pool p_;
  std::vector<Code> codes_;
};

template <typename Code>
void expect_near(const Pool& pool, double tolerance) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const PoolCase<Code> test(pool, seed);
    const auto got = test.simulated(), wanted = test.expected();
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(got[i], wanted[i], tolerance) << "element " << i << ", seed " << seed;
  }
}

const Pool geometries[] = {
    {.channels = 8},
    {.channels = 20, .height = 9, .width = 7, .kernel_y = 3, .kernel_x = 3},
    {.kernel_y = 3,
     .kernel_x = 3,
     .stride_y = 1,
     .stride_x = 1,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1},
    {.channels = 40, .height = 7, .width = 7, .kernel_y = 7, .kernel_x = 7},  // global
    {.height = 5, .width = 13, .kernel_y = 1, .kernel_x = 4, .stride_y = 1, .stride_x = 3},
    {.height = 6, .width = 6, .notch = 3},
};

TEST(Pooling, MaximumAndMinimumAreExact) {
  for (Pool pool : geometries)
    for (const std::uint32_t method : {maximum, minimum}) {
      pool.method = method;
      expect_near<std::uint16_t>(pool, 0);
      expect_near<std::uint8_t>(pool, 0);
    }
}

TEST(Pooling, AveragesAreWithinTheErrorOfTheirReciprocals) {
  for (Pool pool : geometries) {
    if (pool.pad_top > 0) continue;  // padding counts there: another definition
    pool.method = average;
    // Two reciprocals with 11 bits, values up to 2, a step of the result: 2^-10 each.
    expect_near<std::uint16_t>(pool, 2 * 2 * 0x1p-11 + 0x1p-10);
    // Reciprocals of 16 fraction bits, cut: 128 * 2 / (65536 / 7) of a step at most.
    expect_near<std::uint8_t>(pool, 0.5 + 128 * 2 / 9362.0);
  }
}

TEST(Pooling, AnAverageCountsItsPadding) {
  Pool pool{.method = average,
            .height = 4,
            .width = 4,
            .kernel_y = 2,
            .kernel_x = 2,
            .stride_y = 2,
            .stride_x = 2,
            .pad_top = 2,
            .pad_left = 0,
            .pad_bottom = 0,
            .pad_right = 0};
  expect_near<std::uint16_t>(pool, 0x1p-9);  // expected() divides by the whole window as well
}

TEST(Pooling, APaddedWindowNeverTakesThePadding) {
  const Pool pool{.method = maximum,
                  .height = 2,
                  .width = 2,
                  .kernel_y = 2,
                  .kernel_x = 2,
                  .stride_y = 1,
                  .stride_x = 1,
                  .pad_top = 1,
                  .pad_left = 1,
                  .pad_bottom = 1,
                  .pad_right = 1};
  for (unsigned seed = 10; seed < 14; ++seed) {
    const PoolCase<std::uint8_t> test(pool, seed);
    EXPECT_EQ(test.simulated(), test.expected());
  }
}

}  // namespace
}  // namespace npuscope::testing
