#include "decoder/compare/pair_causes.h"

#include <algorithm>
#include <utility>

namespace npuscope {

// A field that only one group has shows it for certain. What is left after that shows the first of
// its groups for which it is more than a consequence.
void PairCauses::decide() {
  for (const Changed& each : fields_) {
    const auto of_field = claims(each);
    if (of_field.size() == 1 && !of_field[0].member->follows) shown_.insert(of_field[0].cause);
  }
  for (const Changed& each : fields_) {
    if (claims_that_show(each.reg, each.field) > 0) continue;
    for (const CauseClaim& claim : claims(each)) {
      if (claim.member->follows) continue;
      shown_.insert(claim.cause);
      break;
    }
  }
}

std::vector<CauseIndex> PairCauses::causes_of(std::size_t field) const {
  std::vector<CauseIndex> causes;
  for (const CauseClaim& claim : claims(fields_[field]))
    if (shown_.contains(claim.cause)) causes.push_back(claim.cause);
  return causes;
}

std::size_t PairCauses::claims_that_show(const Register* reg, const Field* field) const {
  const auto of_field = groups_.claims(reg, field);
  return static_cast<std::size_t>(
      std::count_if(of_field.begin(), of_field.end(),
                    [&](const CauseClaim& claim) { return shown_.contains(claim.cause); }));
}

bool PairCauses::changed(const GroupMember& member) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const Changed& each) {
    return each.reg == member.reg &&
           (member.field == nullptr || each.field == member.field || each.field == nullptr);
  });
}

// Where two groups share a field, their effects may cancel out: it proves nothing then.
std::vector<StayedField> PairCauses::stayed(const LaneStates& states) const {
  std::set<std::pair<CauseIndex, std::string_view>> changing;
  for (const Changed& each : fields_)
    if (claims_that_show(each.reg, each.field) == 1)
      for (const CauseClaim& claim : claims(each))
        if (shown_.contains(claim.cause) && !claim.member->together.empty())
          changing.emplace(claim.cause, claim.member->together);
  std::vector<StayedField> stayed;
  for (const CauseIndex cause : shown_) {
    for (const GroupMember& member : groups_[cause].members) {
      if (member.field == nullptr || !changing.contains({cause, member.together})) continue;
      if (changed(member) || claims_that_show(member.reg, member.field) != 1) continue;
      const auto a = states.a(member.reg->offset), b = states.b(member.reg->offset);
      if (!a || !b || member.field->extract(*a) != member.field->extract(*b)) continue;
      stayed.push_back({cause, &member, *a});
    }
  }
  return stayed;
}

}  // namespace npuscope
