// A ledger, or a text that is to be imported into one: journal, JSON lines, table. Promises: a
// ledger that was read writes back as itself; a table reads back as it was written; nothing enters
// without a shape, and every entry survives the ledger.
#include "replay/ledger/ledger.h"

#include "replay/ledger/csv.h"
#include "replay/ledger/evidence_json.h"
#include "replay/ledger/import.h"
#include "replay/shape/shape_names.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

void check(const ledger::Imported& imported) {
  for (const ledger::Entry& entry : imported.entries) {
    require(parse_encoded_shape(entry.shape).has_value(), "an entry has a shape");
    const auto again = ledger::read_line(ledger::line_of(entry), "again");
    require(again && *again == entry, "an entry reads back as it was written");
  }
  for (const Error& error : imported.refused)
    require(!error.what.empty(), "a refusal says something");
}

void check_ledger(std::string_view text) {
  std::vector<Error> complaints;
  const auto whole = ledger::parse_ledger(text, "fuzzed", &complaints);
  if (!whole) return;
  const std::string written = ledger::text_of(*whole);
  const auto again = ledger::parse_ledger(written, "again");
  require(again && ledger::text_of(*again) == written, "a ledger reads back as it was written");
}

void check_table(std::string_view text) {
  const auto table = parse_csv(text, "fuzzed.csv");
  if (!table || table->columns.empty()) return;  // of no bytes there is no table
  std::string written = csv_line(table->columns);
  for (const auto& row : table->rows) written += csv_line(row);
  const auto again = parse_csv(written, "again.csv");
  require(again && again->columns == table->columns && again->rows == table->rows,
          "a table reads back as it was written");
}

}  // namespace

void fuzz_ledger(std::span<const std::byte> bytes) {
  const FileBytes file = in_memory(bytes, "fuzzed");
  const ledger::Source source{"fuzzed", "", "", ""};
  check_ledger(file.text());
  check_table(file.text());
  check(ledger::import_sweep_json(file.text(), source));
  check(ledger::import_runs(file.text(), source));
  check(ledger::import_shape_table(file, source));
}

}  // namespace npuscope::fuzz
