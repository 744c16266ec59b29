#include "decoder/compare/address_match.h"

#include <cstdlib>

namespace npuscope {

// One buffer holds many tensors, and addresses of several roles: partners are found from the finer
// side.
bool AddressMatch::b_is_finer(const SymbolicAddress& a, const SymbolicAddress& b) {
  return a.kind == SymbolicAddress::Kind::buffer && b.kind != SymbolicAddress::Kind::buffer;
}

void AddressMatch::add(const SymbolicAddress& a, const SymbolicAddress& b) {
  if (a.kind == SymbolicAddress::Kind::none || b.kind == SymbolicAddress::Kind::none) return;
  ++votes_[{Symbol{a.kind, a.id}, Symbol{b.kind, b.id}, b.offset - a.offset}];
}

void AddressMatch::decide(const AddressBook& a, const AddressBook& b) {
  using Kind = SymbolicAddress::Kind;
  // For each symbol of A and each of B: all votes, and those of the best distance.
  struct Candidate {
    std::uint64_t all = 0, best = 0;
    std::int64_t distance = 0;
  };
  std::map<Key, std::map<Symbol, Candidate>> candidates;
  for (const auto& [key, count] : votes_) {
    const auto& [from, to, distance] = key;
    const BufferRole role_a = a.role_of({from.first, from.second, 0});
    const BufferRole role_b = b.role_of({to.first, to.second, 0});
    const bool contradict =
        role_a != BufferRole::unknown && role_b != BufferRole::unknown && role_a != role_b;
    if (contradict) continue;
    // Counted from the first address of a role, both sides: what the first record does not show, no
    // other can.
    const bool same_kind = from.first == to.first;
    if (same_kind && from.first == Kind::role && from.second != to.second) continue;
    const bool from_b = b_is_finer({from.first, from.second, 0}, {to.first, to.second, 0});
    Candidate& candidate = from_b ? candidates[{true, to}][from] : candidates[{false, from}][to];
    candidate.all += count;
    const bool better =
        count > candidate.best ||
        (count == candidate.best && std::llabs(distance) < std::llabs(candidate.distance));
    if (better) {
      candidate.best = count;
      candidate.distance = distance;
    }
    if (same_kind && from.first != Kind::role) candidate.distance = 0;
  }
  for (const auto& [from, partners] : candidates) {
    const Candidate* best = nullptr;
    for (const auto& [to, candidate] : partners) {
      if (best != nullptr && candidate.all <= best->all) continue;
      best = &candidate;
      partners_[from] = {to, candidate.distance};
    }
  }
}

bool AddressMatch::corresponds(const SymbolicAddress& a, const SymbolicAddress& b) const {
  using Kind = SymbolicAddress::Kind;
  if (a.kind == Kind::none || b.kind == Kind::none) return a.kind == b.kind;
  const bool from_b = b_is_finer(a, b);
  const SymbolicAddress &fine = from_b ? b : a, &coarse = from_b ? a : b;
  const auto partner = partners_.find({from_b, {fine.kind, fine.id}});
  return partner != partners_.end() && partner->second.symbol == Symbol{coarse.kind, coarse.id} &&
         partner->second.distance == b.offset - a.offset;
}

}  // namespace npuscope
