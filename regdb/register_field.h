// A field of a register as a constant, for code that builds or reads register values.
//
//   #include "regdb/register_fields.h"                       // made from registers.xml by the
//   build reg::CNA_CBUF_CON0                                       // 0x1040
//   reg::CNA_CBUF_CON0_DATA_BANK.in(0xb1)                    // 1
//   reg::CNA_CBUF_CON0_DATA_BANK.fits(16)                    // false: four bits
//
// Values are as the register holds them: where the register holds "width - 1", so does the field.
#pragma once

#include <cstdint>

namespace npuscope::reg {

struct RegisterField {
  std::uint16_t offset = 0;  // of its register
  std::uint8_t low = 0;
  std::uint8_t high = 31;
  const char* name = "";  // "CNA_CBUF_CON0_DATA_BANK"

  [[nodiscard]] constexpr std::uint32_t largest() const {
    return static_cast<std::uint32_t>((std::uint64_t{1} << (high - low + 1U)) - 1U);
  }
  [[nodiscard]] constexpr bool fits(std::uint64_t value) const { return value <= largest(); }
  // The bits of `value`, which must fit, at their place in the register.
  [[nodiscard]] constexpr std::uint32_t at(std::uint32_t value) const {
    return (value & largest()) << low;
  }
  [[nodiscard]] constexpr std::uint32_t in(std::uint32_t register_value) const {
    return (register_value >> low) & largest();
  }
};

}  // namespace npuscope::reg
