#include "decoder/compare/cause_groups.h"

#include <algorithm>

namespace npuscope {

CauseGroups::CauseGroups(const RegisterDb& db) {
  for (const Group& group : db.groups()) {
    const auto cause = static_cast<CauseIndex>(groups_.size());
    groups_.push_back(&group);
    for (const GroupMember& member : group.members) {
      claims_[{member.reg, member.field}].push_back({cause, &member});
      if (member.field != nullptr) continue;
      for (const Field& field : member.reg->fields)
        claims_[{member.reg, &field}].push_back({cause, &member});
    }
  }
}

std::span<const CauseClaim> CauseGroups::claims(const Register* reg, const Field* field) const {
  const auto found = claims_.find({reg, field});
  return found == claims_.end() ? std::span<const CauseClaim>() : found->second;
}

CauseIndex CauseGroups::named(std::string_view name) {
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const Group* group) { return group->name == name; });
  if (found != groups_.end()) return static_cast<CauseIndex>(found - groups_.begin());
  own_.emplace_back();
  own_.back().name = name;
  groups_.push_back(&own_.back());
  return static_cast<CauseIndex>(groups_.size() - 1);
}

bool CauseGroups::may_follow(CauseIndex cause, CauseIndex from) const {
  const std::vector<std::string>& after = groups_[cause]->after;
  return cause != from && std::find(after.begin(), after.end(), groups_[from]->name) != after.end();
}

}  // namespace npuscope
