// The groups of the register database as causes: which fields show them, and what may follow from
// what.
//
//   CauseGroups groups(db);
//   for (const CauseClaim& claim : groups.claims(reg, field)) ... groups.name(claim.cause) ...
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regdb/register_db.h"

namespace npuscope {

// A cause by its place in the order of the database.
using CauseIndex = std::uint32_t;

struct CauseClaim {
  CauseIndex cause = 0;
  const GroupMember* member = nullptr;
};

class CauseGroups {
 public:
  // `db` must outlive this.
  explicit CauseGroups(const RegisterDb& db);

  // The causes that name the field, or its register as a whole; field nullptr: only the latter.
  [[nodiscard]] std::span<const CauseClaim> claims(const Register* reg, const Field* field) const;

  // A cause that shows outside of registers. One that the database does not have comes last.
  [[nodiscard]] CauseIndex named(std::string_view name);

  [[nodiscard]] std::size_t size() const { return groups_.size(); }
  [[nodiscard]] const Group& operator[](CauseIndex cause) const { return *groups_[cause]; }
  [[nodiscard]] bool may_follow(CauseIndex cause, CauseIndex from) const;

 private:
  std::vector<const Group*> groups_;
  std::deque<Group> own_;  // that the database does not have
  std::map<std::pair<const Register*, const Field*>, std::vector<CauseClaim>> claims_;
};

}  // namespace npuscope
