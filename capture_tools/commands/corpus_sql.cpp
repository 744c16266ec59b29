#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/corpus_commands.h"
#include "capture_tools/table_writer.h"
#include "decoder/corpus/spread_tables.h"

namespace npuscope::cli {

namespace {

// Reading, functions and nothing else: no other file is attached, no pragma changes anything.
int allow(void*, int action, const char*, const char*, const char*, const char*) {
  const bool reads = action == SQLITE_SELECT || action == SQLITE_READ ||
                     action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  return reads ? SQLITE_OK : SQLITE_DENY;
}

Cell cell_of(const corpus::Statement& query, int column) {
  switch (sqlite3_column_type(query.get(), column)) {
    case SQLITE_NULL:
      return {"", true, false};
    case SQLITE_INTEGER:
      return Cell::of(query.number(column));
    case SQLITE_FLOAT:
      return {std::string(query.text(column)), false, true};
    case SQLITE_BLOB: {
      std::string digits;
      for (const std::byte byte : query.bytes(column))
        digits += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
      return Cell::of(digits);
    }
    default:
      return Cell::of(query.text(column));
  }
}

}  // namespace

Result<int> corpus_sql(const po::variables_map& options, const Arguments& arguments) {
  const auto format = format_of(options, {"text", "csv", "jsonl"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto store = store_of(options);
  if (!store) return tl::unexpected(store.error());
  store->allow_any_steps();
  corpus::add_spread_tables(*store, database->get());
  // A table declares itself when it is first named, which is more than reading.
  static_cast<void>(store->prepare("SELECT 1 FROM writes, fields"));
  sqlite3_set_authorizer(store->handle(), allow, nullptr);
  corpus::Statement query = store->prepare(arguments.front());
  if (auto good = store->state(); !good)
    return wrong_usage(good.error().what, "docs/formats.md lists the tables");
  if (query.get() == nullptr) return wrong_usage("the query is empty");
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(sqlite3_column_count(query.get())));
  for (int i = 0; i < sqlite3_column_count(query.get()); ++i)
    names.emplace_back(sqlite3_column_name(query.get(), i));
  TableWriter table(*format, corpus_table_schema, names, output->sink());
  while (query.step()) {
    std::vector<Cell> cells;
    cells.reserve(names.size());
    for (int i = 0; i < static_cast<int>(names.size()); ++i) cells.push_back(cell_of(query, i));
    table.row(std::move(cells));
  }
  table.finish();
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  if (auto good = store->state(); !good) return tl::unexpected(good.error());
  return ExitCode::done;
}

}  // namespace npuscope::cli
