#include "replay/sim/lut.h"

#include <algorithm>
#include <cmath>

#include "regdb/register_fields.h"

namespace npuscope::sim {

namespace {

constexpr std::size_t low_table = 0, high_table = 1;

double power_of_two(int exponent) {
  return std::ldexp(1.0, exponent);
}

}  // namespace

void LutTables::select(std::uint32_t access) {
  using namespace reg;
  address_ = DPU_LUT_ACCESS_CFG_LUT_ADDR.in(access);
  table_ = DPU_LUT_ACCESS_CFG_LUT_TABLE_ID.in(access);
  writes_ = DPU_LUT_ACCESS_CFG_LUT_ACCESS_TYPE.in(access) != 0;
}

void LutTables::write(std::uint32_t data) {
  if (!writes_) return;
  if (address_ < entries) tables_[table_][address_] = static_cast<std::int16_t>(data);
  ++address_;
}

float LutTables::look_up(const LutConfig& config, float x) const {
  const bool high = !(x < 0);
  const auto& table = tables_[high ? high_table : low_table];
  const double start = high ? config.high_start : config.low_start;
  const unsigned select = high ? config.high_select : config.low_select;
  const double distance = static_cast<double>(x) - start;
  if (!high && distance < 0)
    return static_cast<float>(table.front() +
                              distance * config.underflow_slope *
                                  power_of_two(-static_cast<int>(config.underflow_shift)));
  if (high && x > static_cast<float>(config.high_end))
    return static_cast<float>(table.back() +
                              (static_cast<double>(x) - config.high_end) * config.overflow_slope *
                                  power_of_two(-static_cast<int>(config.overflow_shift)));
  if (x != x) return x;
  const double position = std::clamp(distance * power_of_two(-static_cast<int>(select)), 0.0,
                                     static_cast<double>(entries - 1));
  const auto index = std::min(static_cast<std::size_t>(position), entries - 2);
  const double fraction = position - static_cast<double>(index);
  return static_cast<float>(table[index] + fraction * (table[index + 1] - table[index]));
}

std::int64_t LutTables::look_up(const LutConfig& config, std::int64_t x) const {
  const bool high = x >= 0;
  const auto& table = tables_[high ? high_table : low_table];
  const std::int64_t start = high ? config.high_start : config.low_start;
  const unsigned select = std::min(high ? config.high_select : config.low_select, 31U);
  const std::int64_t distance = x - start;
  if (!high && distance < 0)
    return table.front() + rounding_shift(distance * config.underflow_slope, config.underflow_shift,
                                          Rounding::half_up);
  if (high && x > config.high_end)
    return table.back() + rounding_shift((x - config.high_end) * config.overflow_slope,
                                         config.overflow_shift, Rounding::half_up);
  const std::int64_t last = static_cast<std::int64_t>(entries - 1) << select;
  const std::int64_t position = std::clamp<std::int64_t>(distance, 0, last);
  const auto index =
      std::min<std::size_t>(static_cast<std::size_t>(position >> select), entries - 2);
  const std::int64_t fraction = position - (static_cast<std::int64_t>(index) << select);
  return table[index] +
         rounding_shift(fraction * (table[index + 1] - table[index]), select, Rounding::half_up);
}

}  // namespace npuscope::sim
