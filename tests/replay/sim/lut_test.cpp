// Lookup tables against their own arithmetic: linear interpolation in f64, slopes beyond the ends.
#include "replay/sim/lut.h"

#include <gtest/gtest.h>

#include <cmath>

#include "regdb/register_fields.h"

namespace npuscope::sim {
namespace {

// The vendor's sigmoid: 513 entries of 2^15 * sigmoid(x / 2596), minus one.
double entry(bool high, std::size_t index) {
  const double x = (high ? 0 : -16384) + 32.0 * static_cast<double>(index);
  return std::round(32768 / (1 + std::exp(-x / 2596))) - 1;
}

LutTables sigmoid_tables() {
  LutTables tables;
  for (const std::uint32_t table : {0U, 1U}) {
    tables.select(table << 16U | 1U << 17U);
    for (std::size_t i = 0; i < LutTables::entries; ++i)
      tables.write(static_cast<std::uint32_t>(static_cast<std::int32_t>(entry(table == 1, i))));
  }
  return tables;
}

LutConfig config() {
  LutConfig lut;
  lut.low_start = -16384;
  lut.high_end = 16384;
  lut.low_select = lut.high_select = 5;
  lut.underflow_slope = 23107;
  lut.underflow_shift = 22;
  lut.overflow_slope = 16434;
  lut.overflow_shift = 13;
  return lut;
}

double expected(double x) {
  const bool high = x >= 0;
  if (x < -16384) return entry(false, 0) + (x + 16384) * 23107 * 0x1p-22;
  if (x > 16384) return entry(true, 512) + (x - 16384) * 16434 * 0x1p-13;
  const double position = std::min((x - (high ? 0 : -16384)) / 32, 512.0);
  const auto index = std::min<std::size_t>(static_cast<std::size_t>(position), 511);
  return entry(high, index) +
         (position - static_cast<double>(index)) * (entry(high, index + 1) - entry(high, index));
}

TEST(Lut, FloatsAreInterpolatedWithTheirFraction) {
  const LutTables tables = sigmoid_tables();
  for (double x = -20000; x <= 20000; x += 17.37) {
    const auto f = static_cast<float>(x);
    const double wanted = expected(static_cast<double>(f));
    EXPECT_NEAR(static_cast<double>(tables.look_up(config(), f)), wanted,
                std::fabs(wanted) * 0x1p-23 + 1e-9)
        << x;
  }
  EXPECT_TRUE(std::isnan(tables.look_up(config(), NAN)));
}

TEST(Lut, IntegersAreWithinHalfAStepOfTheTable) {
  const LutTables tables = sigmoid_tables();
  for (std::int64_t x = -20000; x <= 20000; x += 7)
    EXPECT_NEAR(static_cast<double>(tables.look_up(config(), x)), expected(static_cast<double>(x)),
                0.5)
        << x;
}

TEST(Lut, AWriteBehindTheEndChangesNothing) {
  LutTables tables = sigmoid_tables();
  const float before = tables.look_up(config(), 16384.0F);
  tables.write(77);  // entry 513 of table 1
  EXPECT_EQ(tables.look_up(config(), 16384.0F), before);
  tables.select(1U << 16U);  // for reading
  tables.write(77);
  EXPECT_EQ(tables.look_up(config(), 0.0F), static_cast<float>(entry(true, 0)));
}

}  // namespace
}  // namespace npuscope::sim
