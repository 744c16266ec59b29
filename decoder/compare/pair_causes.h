// The causes of one pair of records: which groups show in its fields, and which fields stayed that
// change together with others.
//
//   PairCauses pair(groups);
//   pair.add(field);  ...  pair.decide();
//   pair.causes_of(0)                     // of the first field: "kernel-size", "input-channels"
//   pair.stayed(states)                   // fields that should have changed
#pragma once

#include <set>
#include <span>
#include <vector>

#include "decoder/compare/cause_groups.h"
#include "decoder/compare/difference_text.h"
#include "decoder/compare/lane_states.h"

namespace npuscope {

// A field that has the same value on both sides though its companions in `cause` differ.
struct StayedField {
  CauseIndex cause = 0;
  const GroupMember* member = nullptr;
  std::uint32_t value = 0;  // of the register in A
};

class PairCauses {
 public:
  explicit PairCauses(const CauseGroups& groups) : groups_(groups) {}

  // A field that differs on both sides. Both pointers may be null: nothing has a name for it.
  void add(const Register* reg, const Field* field) { fields_.push_back({reg, field}); }
  void decide();

  // The groups that show in the pair.
  [[nodiscard]] const std::set<CauseIndex>& shown() const { return shown_; }
  // Of the field added at this place; empty: none of its groups shows.
  [[nodiscard]] std::vector<CauseIndex> causes_of(std::size_t field) const;
  [[nodiscard]] std::vector<StayedField> stayed(const LaneStates& states) const;

 private:
  struct Changed {
    const Register* reg;
    const Field* field;
  };
  [[nodiscard]] std::span<const CauseClaim> claims(const Changed& changed) const {
    return groups_.claims(changed.reg, changed.field);
  }
  [[nodiscard]] std::size_t claims_that_show(const Register* reg, const Field* field) const;
  [[nodiscard]] bool changed(const GroupMember& member) const;

  const CauseGroups& groups_;
  std::vector<Changed> fields_;
  std::set<CauseIndex> shown_;
};

}  // namespace npuscope
