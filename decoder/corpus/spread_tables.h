// The tables `writes` and `fields` for SQL: words are stored as they stand, these spread them.
//
//   add_spread_tables(database, db);
//   SELECT value, count(*) FROM fields WHERE register = 'CNA_CBUF_CON0' AND field = 'DATA_BANK' ...
//
//   writes   content capture set_number record word target offset register value
//   fields   content capture set_number cores lane task node register field value written
//
// `writes` has every captured word of every record; `fields` what each task of each lane runs with,
// written by itself (1) or inherited (0); only registers of the blocks that the task enables.
// Nothing is stored twice, and names are those of the register database of today.
#pragma once

#include "decoder/corpus/database.h"
#include "regdb/register_db.h"

namespace npuscope::corpus {

// Both must outlive every statement of `database`.
void add_spread_tables(Database& database, const RegisterDb& db);

}  // namespace npuscope::corpus
