#include "decoder/compare/address_match.h"

#include <cstdlib>

namespace npuscope {

namespace {

using Kind = SymbolicAddress::Kind;

// One buffer holds many tensors, and unknown memory many buffers: partners are found from the finer
// side.
unsigned fineness(Kind kind) {
  return kind == Kind::tensor ? 2 : kind == Kind::buffer ? 1 : 0;
}

bool b_is_finer(const SymbolicAddress& a, const SymbolicAddress& b) {
  return fineness(b.kind) > fineness(a.kind);
}

// Against a known buffer, an unknown one is a place in memory: which register names it says
// nothing.
void forget_role(SymbolicAddress& a, SymbolicAddress& b) {
  if (a.kind == b.kind) return;
  if (a.kind == Kind::role) a.id = 0;
  if (b.kind == Kind::role) b.id = 0;
}

// All votes of two symbols, and those of the best distance: the shortest one of those that have
// most.
struct Candidate {
  std::uint64_t all = 0, best = 0;
  std::int64_t distance = 0;

  void add(std::uint64_t votes, std::int64_t at) {
    all += votes;
    const bool nearer = std::llabs(at) < std::llabs(distance);
    if (votes < best || (votes == best && !nearer)) return;
    best = votes;
    distance = at;
  }
};

}  // namespace

void AddressMatch::fix(const SymbolicAddress& a, const SymbolicAddress& b) {
  partners_[{false, {a.kind, a.id}}] = {{b.kind, b.id}, b.offset - a.offset, 0};
  // Also where only B's address lies in its buffer: the other one is outside of A's then.
  partners_[{true, {b.kind, b.id}}] = {{a.kind, a.id}, b.offset - a.offset, 0};
}

void AddressMatch::add(const SymbolicAddress& from_a, const SymbolicAddress& from_b) {
  SymbolicAddress a = from_a, b = from_b;
  if (a.kind == Kind::none || b.kind == Kind::none) return;
  forget_role(a, b);
  const Vote vote{Symbol{a.kind, a.id}, Symbol{b.kind, b.id}, b.offset - a.offset};
  if (last_ == nullptr || last_->first != vote) last_ = &*votes_.try_emplace(vote, 0).first;
  ++last_->second;
}

void AddressMatch::decide(const AddressBook& a, const AddressBook& b) {
  std::map<Key, std::map<Symbol, Candidate>> candidates;
  for (const auto& [vote, count] : votes_) {
    const auto& [from, to, distance] = vote;
    const BufferRole role_a = a.role_of({from.first, from.second, 0});
    const BufferRole role_b = b.role_of({to.first, to.second, 0});
    const bool contradict =
        role_a != BufferRole::unknown && role_b != BufferRole::unknown && role_a != role_b;
    if (contradict) continue;
    // Addresses of one role on both sides: one of another role belongs to another buffer.
    const bool same_kind = from.first == to.first;
    if (same_kind && from.first == Kind::role && from.second != to.second) continue;
    // Offsets in two known buffers, or in two tensors, are equal or different.
    const std::int64_t at = same_kind && from.first != Kind::role ? 0 : distance;
    // Equally fine ones choose each other, else A and B would not be exchangeable.
    const bool from_b = b_is_finer({from.first, from.second, 0}, {to.first, to.second, 0});
    if (from_b || same_kind) candidates[{true, to}][from].add(count, at);
    if (!from_b) candidates[{false, from}][to].add(count, at);
  }
  for (const auto& [from, partners] : candidates) {
    if (partners_.contains(from)) continue;  // fixed
    const Candidate* best = nullptr;
    Partner partner;
    for (const auto& [to, candidate] : partners) {
      if (best != nullptr && candidate.all <= best->all) continue;
      best = &candidate;
      partner = {to, candidate.distance, candidate.best};
    }
    partners_.emplace(from, partner);
  }
}

bool AddressMatch::corresponds(const SymbolicAddress& from_a, const SymbolicAddress& from_b) const {
  SymbolicAddress a = from_a, b = from_b;
  if (a.kind == Kind::none || b.kind == Kind::none) return a.kind == b.kind;
  forget_role(a, b);
  const auto chosen = [&](bool b_chooses, const SymbolicAddress& by, const SymbolicAddress& other) {
    const auto partner = partners_.find({b_chooses, {by.kind, by.id}});
    return partner != partners_.end() && partner->second.symbol == Symbol{other.kind, other.id} &&
           partner->second.distance == b.offset - a.offset;
  };
  if (a.kind == b.kind) return chosen(false, a, b) && chosen(true, b, a);
  return b_is_finer(a, b) ? chosen(true, b, a) : chosen(false, a, b);
}

std::vector<BufferPair> AddressMatch::pairs(const AddressBook& a, const AddressBook& b) const {
  std::vector<BufferPair> pairs;
  for (const auto& [key, partner] : partners_) {
    const auto& [from_b, symbol] = key;
    const bool twice = from_b && symbol.first == partner.symbol.first;
    if (partner.votes == 0 || twice) continue;
    BufferPair pair;
    pair.addresses = partner.votes;
    SymbolicAddress &fine = from_b ? pair.b : pair.a, &coarse = from_b ? pair.a : pair.b;
    fine = (from_b ? b : a).begin_of({symbol.first, symbol.second, 0});
    coarse = {partner.symbol.first, partner.symbol.second,
              from_b ? fine.offset - partner.distance : fine.offset + partner.distance};
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace npuscope
