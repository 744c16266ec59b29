// A command word from the names of its register and fields, as people write them.
//
//   word_from_names(db, "EMIT(REG_CNA_CBUF_CON0, CNA_CBUF_CON0_WEIGHT_BANK(1) |
//   CNA_CBUF_CON0_DATA_BANK(11));") word_from_names(db, "CNA_CBUF_CON0, 0x1b")
//
// Field names of other databases are known as aliases; REG_CNA_UNKNOWN_1ABC names a register that
// no database has.
#pragma once

#include <string_view>

#include "decoder/word.h"
#include "regdb/register_db.h"

namespace npuscope {

// The error says which name is not known, or which number does not fit.
[[nodiscard]] Result<Word> word_from_names(const RegisterDb& db, std::string_view emit);

}  // namespace npuscope
