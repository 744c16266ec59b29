// The two lookup tables of the DPU, and how a number is looked up.
//
//   LutTables tables;
//   tables.select(0x20000);  tables.write(-12);           // what 4100 and 4104 do
//   tables.look_up(config.lut, x)
//
// 513 entries each: LE (table 0) from LE_START to 0, LO (table 1) from LO_START on, a step being
// 2^INDEX_SELECT. Between entries values are interpolated, beyond the ends they go on with a slope.
// That the interpolated value keeps its fraction in float tasks is inferred: it agrees better with
// the function that the tables stand for.
#pragma once

#include <array>
#include <cstdint>

#include "replay/sim/dpu_config.h"

namespace npuscope::sim {

class LutTables {
 public:
  static constexpr std::size_t entries = 513;

  void select(std::uint32_t access);  // 4100: address, table, direction
  void write(std::uint32_t data);     // 4104: an entry; the address goes on by itself

  [[nodiscard]] float look_up(const LutConfig& config, float x) const;
  [[nodiscard]] std::int64_t look_up(const LutConfig& config, std::int64_t x) const;

 private:
  std::array<std::array<std::int16_t, entries>, 2> tables_{};
  std::uint32_t address_ = 0, table_ = 0;
  bool writes_ = false;
};

}  // namespace npuscope::sim
