// The registers that a convolution record writes: their order, and one value for each.
//
//   RecordRegisters registers;
//   registers.put(reg::CNA_CBUF_CON0_DATA_BANK, 11);
//   registers.set(reg::CNA_FEATURE_DATA_ADDR, 0xaf00, Base::input);
//   registers.misfit();                                   // what did not fit into its field, if
//   anything
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "regdb/register_field.h"

namespace npuscope {

// What an address register is relative to.
enum class Base : std::uint8_t {
  none,
  input,
  weights,
  bias,
  residual,
  output,
  barrier,   // the two tensors of the closing PPU record
  commands,  // first word of the command window: links
};

[[nodiscard]] std::string_view name_of(Base base);

// One register write: value = base + addend where there is a base.
struct RegisterWrite {
  std::uint16_t offset = 0;
  std::uint32_t value = 0;
  Base base = Base::none;
  friend bool operator==(const RegisterWrite&, const RegisterWrite&) = default;
};

// The four words in front of the body: repeated in it.
inline constexpr std::array<std::uint16_t, 4> leading_registers{0x1040, 0x1104, 0x1100, 0x100c};

// The body of a record that reads bias or residual, in the order of the vendor's streams. Records
// without them leave out the DPU_RDMA (0x5xxx): 104 instead of 122 words. Source: 202 full records
// of public models and all raw logs.
[[nodiscard]] std::span<const std::uint16_t> body_order();

class RecordRegisters {
 public:
  RecordRegisters();

  // `offset` must be one of body_order(). Both replace or complete what is there.
  void set(std::uint16_t offset, std::uint32_t value, Base base = Base::none);
  void put(const reg::RegisterField& field, std::uint64_t value);  // other fields keep their value

  [[nodiscard]] std::uint32_t value(std::uint16_t offset) const;
  [[nodiscard]] RegisterWrite write(std::uint16_t offset) const;
  // The first value that its field cannot hold: "CNA_DATA_SIZE0_DATAIN_WIDTH holds at most 2047,
  // not 4000".
  [[nodiscard]] const std::string& misfit() const { return misfit_; }

 private:
  static constexpr std::size_t count = 122;
  std::array<std::uint32_t, count> values_{};
  std::array<Base, count> bases_{};
  std::string misfit_;
};

}  // namespace npuscope
