// An entry as one line of a ledger, and back.
//
//   {"id":"4f0c...","type":"simulation","shape":"b1_c64_...","source":{...},"program":"...",...}
//
// `id` is the XXH3-128 of the line without it. Equal entries have equal lines, so ledgers can be
// compared, sorted and merged as text.
#pragma once

#include <string>
#include <string_view>

#include "regdb/error.h"
#include "replay/ledger/evidence.h"

namespace npuscope::ledger {

[[nodiscard]] std::string line_of(const Entry& entry);  // without the line's end

// An Error names what is wrong with the line: no JSON, a member that is missing, unknown or of
// another type, an id that is not that of the rest. `where` is for the message.
[[nodiscard]] Result<Entry> read_line(std::string_view line, const std::string& where);

}  // namespace npuscope::ledger
