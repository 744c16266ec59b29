// What a name in an expression stands for: a property of the record, a register or a field of one.
//
//   auto found = find_reference(db, "cna.cbuf_con0.data_bank");
//   found->reference.offset == 0x1040;    found->reference.name == "CNA_CBUF_CON0.DATA_BANK"
//
// Names are read as lookup.h reads them, in any case. A name that is only the beginning of one
// register or field is completed, and `completed` says so; @1040 and 0x1040 are the register at
// this offset, whether the database knows it or not; any other name is an error with what was
// probably meant. ".value" behind a field is its quantity (sign, bias and shift of regdb applied),
// ".raw" or nothing the bits as they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/query/property.h"
#include "decoder/query/query_error.h"
#include "regdb/register_db.h"

namespace npuscope::query {

struct Reference {
  std::string name;                    // as outputs show it
  const Property* property = nullptr;  // if set, the rest is empty
  Block block = Block::pc;
  std::uint16_t offset = 0;
  const Register* reg = nullptr;  // nullptr: an offset that the database does not know
  const Field* field = nullptr;   // nullptr: the whole register
  bool quantity = false;

  [[nodiscard]] bool is_register() const { return property == nullptr; }
  // The number that this is of a register's value.
  [[nodiscard]] std::int64_t number_in(std::uint32_t register_value) const;
  friend bool operator==(const Reference& a, const Reference& b) { return a.name == b.name; }
};

struct FoundReference {
  Reference reference;
  std::string completed;  // the name as it was written, if it was not the whole name
};

// The span of an error is relative to `name`.
[[nodiscard]] Outcome<FoundReference> find_reference(const RegisterDb& db, std::string_view name);

// "0x1040" or "1040": also registers that the database does not know.
[[nodiscard]] Outcome<Reference> reference_at(const RegisterDb& db, std::string_view offset);
[[nodiscard]] Reference reference_at(const RegisterDb& db, Block block, std::uint16_t offset);

// The names of a list "cna.cbuf_con0, dpu": a block stands for all its registers.
[[nodiscard]] Outcome<std::vector<FoundReference>> find_references(const RegisterDb& db,
                                                                   std::string_view list);

}  // namespace npuscope::query
