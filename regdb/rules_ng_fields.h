// Fields of one register: from its bitfields, its bitset type, or the register itself when it has
// neither.
//
//   std::vector<Field> fields = read_fields(scope, reg_element, 32);   // low bit order not
//   guaranteed
//
// Field::name is set, Field::full_name is left to the caller, who knows where the register stands.
#pragma once

#include <vector>

#include "regdb/rules_ng_scope.h"

namespace npuscope::rules_ng {

// `width` is 8, 16, 32 or 64. `enums` receives the enums that stand inside bitfields.
[[nodiscard]] std::vector<Field> read_fields(Scope& scope, std::deque<Enum>& enums,
                                             const Element& reg, unsigned width);

// The values of an <enum>, or of a <bitfield> with values inside.
[[nodiscard]] Enum read_enum(Scope& scope, const Element& element, std::string name);

}  // namespace npuscope::rules_ng
