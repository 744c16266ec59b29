// Compares two register programs: program by program (1, 2, 3 cores), lane by lane, record by
// record.
//
//   Comparison result = compare(captured, generated, RegisterDb::builtin());
//   if (result.equal()) ...
//
// Records are aligned by content where their numbers differ, by position otherwise. Values are
// effective ones: what a short record does not write, it has from the record two back. Addresses
// are compared as places in buffers, links as the records they lead to. Equal programs at other
// addresses are equal.
#pragma once

#include "decoder/compare/address_book.h"
#include "decoder/compare/difference.h"

namespace npuscope {

[[nodiscard]] Comparison compare(const Opened& a, const Opened& b, const RegisterDb& db);

}  // namespace npuscope
