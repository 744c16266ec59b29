// What the addresses of a program point to: a buffer or tensor, and an offset. Two programs agree
// where their offsets do; where the buffers lie does not count.
//
//   AddressBook book(input, set, db);
//   book.find(record, word_index, word)        // {tensor "input", 0x380}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decoder/compare/register_classes.h"
#include "decoder/compare/symbolic_address.h"
#include "decoder/model.h"
#include "decoder/open.h"

namespace npuscope {

class AddressBook {
 public:
  AddressBook(const Opened& input, const ProgramSet& set, const RegisterClasses& classes);

  [[nodiscard]] SymbolicAddress find(const Record& record, std::size_t word_index, Word word) const;
  // "input + 0x380", "GEM 4 (input) + 0x380", "feature + 0x380", "0x0". The offset of an unknown
  // buffer counts from the first address of its role in the program.
  [[nodiscard]] std::string text(const SymbolicAddress& address) const;
  // Without the offset: "input", "GEM 4 (input)", "feature".
  [[nodiscard]] std::string name(const SymbolicAddress& address) const;
  // The device address, none in a model file.
  [[nodiscard]] std::optional<std::uint64_t> device_address(const SymbolicAddress& address) const;
  // Where the buffer begins; of an unknown one, the first address of its role.
  [[nodiscard]] SymbolicAddress begin_of(const SymbolicAddress& address) const;
  [[nodiscard]] BufferRole role_of(const SymbolicAddress& address) const;

  // The buffers of two captures that have buffers of the same roles at the same addresses, as far
  // as addresses are known: equal words point to equal places in them. Empty if any differs.
  [[nodiscard]] static std::vector<std::pair<SymbolicAddress, SymbolicAddress>> same_places(
      const AddressBook& a, const AddressBook& b);

 private:
  struct Interval {
    std::uint64_t begin = 0, end = 0;
    std::uint32_t buffer = 0;
  };

  const Opened& input_;
  const ProgramSet& set_;
  const RegisterClasses& classes_;
  bool is_model_ = false;
  std::unordered_map<std::uint32_t, const Relocation*>
      relocations_;                  // by word of the regcmd buffer
  std::vector<Interval> intervals_;  // ascending

  // The address that each role begins with in the program; found when it is first asked for, which
  // a comparison never does.
  [[nodiscard]] std::int64_t first_of(AddressRole role) const;
  mutable std::optional<std::map<AddressRole, std::uint32_t>> first_;
};

}  // namespace npuscope
