// A corpus as one HTML page that needs no network: overview, problems, programs with their
// timelines, tilings of the convolutions, values of every field.
//
//   Result<void> written = write_html_report(database, db, sink);
#pragma once

#include "decoder/corpus/database.h"
#include "decoder/emit/sink.h"
#include "regdb/register_db.h"

namespace npuscope::corpus {

[[nodiscard]] Result<void> write_html_report(Database& database, const RegisterDb& db, Sink& sink);

}  // namespace npuscope::corpus
