// What the addresses of a program point to: a buffer or tensor, and an offset. Two programs agree
// where their offsets do; where the buffers lie does not count.
//
//   AddressBook book(input, set, db);
//   book.find(record, word_index, word)        // {tensor "input", 0x380}
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "decoder/compare/register_classes.h"
#include "decoder/model.h"
#include "decoder/open.h"

namespace npuscope {

struct SymbolicAddress {
  enum class Kind : std::uint8_t {
    none,    // zero: no address at all
    tensor,  // of a model; id is an index into Model::tensors
    buffer,  // of a capture whose buffers' addresses are known; id is an index into
             // Capture::buffers
    role,  // of an unknown buffer: id is the AddressRole, the offset counts from its first address
           // in the program
  };
  Kind kind = Kind::none;
  std::uint32_t id = 0;
  std::int64_t offset = 0;
  friend bool operator==(const SymbolicAddress&, const SymbolicAddress&) = default;
};

class AddressBook {
 public:
  AddressBook(const Opened& input, const ProgramSet& set, const RegisterClasses& classes);

  [[nodiscard]] SymbolicAddress find(const Record& record, std::size_t word_index, Word word) const;
  // "input + 0x380", "GEM 4 (input) + 0x380", "feature + 0x380", "0x0".
  [[nodiscard]] std::string text(const SymbolicAddress& address) const;
  [[nodiscard]] BufferRole role_of(const SymbolicAddress& address) const;

  // Whether equal words can only mean equal places: both are captures with buffers of the same
  // roles at the same addresses, or without any.
  [[nodiscard]] static bool same_places(const AddressBook& a, const AddressBook& b);

 private:
  struct Interval {
    std::uint64_t begin = 0, end = 0;
    std::uint32_t buffer = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  const Opened& input_;
  const RegisterClasses& classes_;
  bool is_model_ = false;
  std::unordered_map<std::uint32_t, const Relocation*>
      relocations_;                             // by word of the regcmd buffer
  std::vector<Interval> intervals_;             // ascending
  std::map<AddressRole, std::uint32_t> first_;  // address that each role begins with
};

}  // namespace npuscope
