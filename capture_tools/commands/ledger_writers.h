// How `npuscope ledger` shows what it knows. Text for people; the other forms are exports.
#pragma once

#include <string>
#include <vector>

#include "decoder/emit/sink.h"
#include "replay/ledger/campaigns.h"
#include "replay/ledger/next.h"
#include "replay/ledger/status.h"

namespace npuscope::cli {

struct LedgerView {
  const std::string& name;  // of the file
  const ledger::Ledger& ledger;
  std::vector<ledger::ShapeStatus> all;       // what is next depends on all of them
  std::vector<ledger::ShapeStatus> statuses;  // those that are shown
};

// A line for each shape.
void write_ledger_list(const LedgerView& view, Sink& sink);
// All that is known of each.
void write_ledger_shapes(const LedgerView& view, Sink& sink);
// How many shapes of each family have which status; what others reported.
void write_ledger_table(const LedgerView& view, Sink& sink);
// The best captures and runs, at most `count` of each.
void write_ledger_next(const LedgerView& view, std::size_t count, Sink& sink);

// The whole ledger as a document.
void write_ledger_json(const LedgerView& view, Sink& sink);  // npuscope.ledger-status/1
void write_ledger_csv(const LedgerView& view, Sink& sink);   // RFC 4180, a row for each program
void write_ledger_markdown(const LedgerView& view, Sink& sink);
void write_ledger_html(const LedgerView& view, Sink& sink);  // one page, nothing is fetched

}  // namespace npuscope::cli
