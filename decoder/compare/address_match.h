// Which buffers of two programs correspond, found from all pairs of addresses together: the
// correspondence that most of them support. An address that breaks it is a difference.
//
//   AddressMatch match;
//   match.add(from_a, from_b);  ...  match.decide(book_a, book_b);
//   match.corresponds(from_a, from_b)
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "decoder/compare/address_book.h"

namespace npuscope {

class AddressMatch {
 public:
  // These buffers correspond, whatever the addresses say.
  void fix(const SymbolicAddress& a, const SymbolicAddress& b);
  void add(const SymbolicAddress& a, const SymbolicAddress& b);

  // Offsets in buffers that both sides know, or in tensors, must be equal. Where one side knows
  // more than the other (a tensor of a model against a buffer of its run), the distance that most
  // addresses have is the right one.
  void decide(const AddressBook& a, const AddressBook& b);

  [[nodiscard]] bool corresponds(const SymbolicAddress& a, const SymbolicAddress& b) const;

  // What decide() found, in the order of the finer side's buffers.
  [[nodiscard]] std::vector<BufferPair> pairs(const AddressBook& a, const AddressBook& b) const;

 private:
  using Symbol = std::pair<SymbolicAddress::Kind, std::uint32_t>;
  struct Partner {
    Symbol symbol;
    std::int64_t distance = 0;  // offset in B minus offset in A
    std::uint64_t votes = 0;    // addresses at this distance
  };
  using Key = std::pair<bool, Symbol>;  // whether the symbol is of B
  using Vote = std::tuple<Symbol, Symbol, std::int64_t>;
  std::map<Vote, std::uint64_t> votes_;
  std::pair<const Vote, std::uint64_t>* last_ = nullptr;  // most addresses repeat it
  std::map<Key, Partner> partners_;
};

}  // namespace npuscope
