// Reads semantics.xml over a list of registers. The schema stands at the top of that file.
//
//   apply_semantics(overlay, registers, enums, groups, report);
//
// A register or field that the overlay names and the list lacks is a notice, not an error: the
// overlay must also serve over other people's databases.
#pragma once

#include <deque>
#include <vector>

#include "regdb/diagnostics.h"
#include "regdb/register_db.h"
#include "regdb/xml_file.h"

namespace npuscope {

// `registers` must not move afterwards, `groups` points into it. Overlay enums are appended to
// `enums`.
void apply_semantics(const XmlFile& overlay, std::vector<Register>& registers,
                     std::deque<Enum>& enums, std::vector<Group>& groups, Diagnostics& report);

// True if `text` equals `pattern`, in which one "*" stands for any text.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace npuscope
