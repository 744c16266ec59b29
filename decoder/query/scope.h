// The registers that a record writes itself, or changes.
//
//   for (const Reference& r : registers_in_scope(record, db, {.changed = true})) ... r.name ...
#pragma once

#include <vector>

#include "decoder/query/provenance.h"

namespace npuscope::query {

// Those that the record consumes and that are in the scope: in the order of the words if the scope
// is `written`, else of blocks and offsets. Registers that the database does not know have a name
// too. What is unknown is in no scope.
[[nodiscard]] std::vector<Reference> registers_in_scope(const LaneRecord& record,
                                                        const RegisterDb& db, Scope scope);

}  // namespace npuscope::query
