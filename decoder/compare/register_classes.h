// What kind of difference a register makes, looked up by its offset.
#pragma once

#include <array>
#include <cstdint>

#include "decoder/compare/difference.h"
#include "regdb/register_db.h"

namespace npuscope {

class RegisterClasses {
 public:
  explicit RegisterClasses(const RegisterDb& db);

  [[nodiscard]] bool is_address(std::uint16_t offset) const {
    return role(offset) != AddressRole::none;
  }
  [[nodiscard]] AddressRole role(std::uint16_t offset) const {
    return offset / 4U < roles_.size() ? roles_[offset / 4U] : AddressRole::none;
  }

  // The class of a difference in these bits, addresses aside: unknown if the database names none of
  // them, performance if none of them changes results.
  [[nodiscard]] DifferenceClass of_bits(std::uint16_t offset, std::uint32_t bits) const {
    const Entry& entry = at(offset);
    if ((bits & entry.owned) != bits) return DifferenceClass::unknown_register;
    return (bits & ~entry.performance) == 0 ? DifferenceClass::performance : DifferenceClass::value;
  }

 private:
  struct Entry {
    std::uint32_t owned = 0;        // bits that have a name
    std::uint32_t performance = 0;  // bits that do not change results
  };
  [[nodiscard]] const Entry& at(std::uint16_t offset) const {
    return offset / 4U < entries_.size() ? entries_[offset / 4U] : unknown_;
  }

  static constexpr std::size_t registers = 0x8000 / 4;
  std::array<Entry, registers> entries_{};
  std::array<AddressRole, registers> roles_{};  // asked for every word, so apart and small
  Entry unknown_;
};

}  // namespace npuscope
