#include "decoder/corpus/spread_tables.h"

#include <optional>
#include <vector>

#include "decoder/corpus/store_reader.h"
#include "decoder/query/records.h"

namespace npuscope::corpus {

namespace {

enum class Kind : std::uint8_t { writes, fields };

struct Row {
  std::int64_t set = 0, a = 0, b = 0, c = 0, d = 0, value = 0, written = 0;
  const Register* reg = nullptr;
  const Field* field = nullptr;
  std::uint16_t offset = 0;
};

struct Source {
  Database* database;
  const RegisterDb* db;
  Kind kind;
};

// SQLite hands out pointers to the bases, as C does.
struct Table : sqlite3_vtab {
  explicit Table(const Source& from) : sqlite3_vtab{}, source(&from) {}
  const Source* source;
};

// One capture is spread at a time.
struct Cursor : sqlite3_vtab_cursor {
  explicit Cursor(const Source& from) : sqlite3_vtab_cursor{}, source(&from) {}
  const Source* source;
  std::optional<StoreReader> reader;
  std::string reg;  // only this register; empty: all
  std::vector<Row> rows;
  std::size_t at = 0;
  bool ended = false;

  void rewind() {
    reader.emplace(*source->database);
    rows.clear();
    at = 0;
    ended = false;
    fill();
  }
  void advance() {
    ++at;
    fill();
  }

 private:
  void fill() {
    while (at >= rows.size() && !ended) {
      rows.clear();
      at = 0;
      ended = !reader->next();
      if (ended) return;
      if (source->kind == Kind::writes) {
        spread_writes();
      } else {
        spread_fields();
      }
    }
  }
  [[nodiscard]] bool wanted(const Register* found) const {
    return reg.empty() || (found != nullptr && found->full_name == reg);
  }

  void spread_writes() {
    const Opened& input = reader->capture().opened;
    for (std::size_t s = 0; s < input.sets.size(); ++s)
      for (std::size_t r = 0; r < input.sets[s].records.size(); ++r)
        input.sets[s].records[r].for_each_word([&](std::size_t index, Word word) {
          const Register* found = source->db->at(word.offset());
          const bool ours =
              found != nullptr && found->block && target_of(*found->block) == word.target();
          if (!wanted(ours ? found : nullptr)) return;
          rows.push_back({static_cast<std::int64_t>(s), static_cast<std::int64_t>(r),
                          static_cast<std::int64_t>(index), word.target(), 0, word.value(), 0,
                          ours ? found : nullptr, nullptr, word.offset()});
        });
  }

  void spread_fields() {
    query::for_each_record(reader->capture().opened, [&](const query::LaneRecord& record) {
      for (std::size_t block = 0; block < block_count; ++block) {
        if (!record.runs(static_cast<Block>(block))) continue;
        record.state.for_each(static_cast<Block>(block),
                              [&](std::uint16_t offset, const Cell& cell) {
                                const Register* found = source->db->at(offset);
                                if (found == nullptr || !wanted(found)) return;
                                Row row{static_cast<std::int64_t>(record.place.set_number),
                                        record.place.program.cores,
                                        static_cast<std::int64_t>(record.place.lane_number),
                                        static_cast<std::int64_t>(record.place.task),
                                        record.place.entry().task.op_idx,
                                        0,
                                        cell.task == record.place.task ? 1 : 0,
                                        found,
                                        nullptr,
                                        offset};
                                for (const Field& field : found->fields) {
                                  row.field = &field;
                                  row.value = field.extract(cell.value);
                                  rows.push_back(row);
                                }
                              });
      }
    });
  }
};

constexpr const char* writes_columns =
    "CREATE TABLE writes(content, capture, set_number, record, word, target, offset, register, "
    "value)";
constexpr const char* fields_columns =
    "CREATE TABLE fields(content, capture, set_number, cores, lane, task, node, register, field, "
    "value, written)";
constexpr int register_column = 7;  // in both

int connect(sqlite3* handle, void* data, int, const char* const*, sqlite3_vtab** table, char**) {
  const auto* source = static_cast<const Source*>(data);
  const int status =
      sqlite3_declare_vtab(handle, source->kind == Kind::writes ? writes_columns : fields_columns);
  if (status != SQLITE_OK) return status;
  *table = new Table(*source);
  return SQLITE_OK;
}

// SQLite hands back what it was given, as its own type.
// NOLINTBEGIN(cppcoreguidelines-pro-type-static-cast-downcast)
int disconnect(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

// One register alone is many times cheaper than all.
int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
  info->estimatedCost = 1e9;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn != register_column ||
        constraint.op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->idxNum = 1;
    info->estimatedCost = 1e7;
    break;
  }
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
  *cursor = new Cursor(*static_cast<Table*>(table)->source);
  return SQLITE_OK;
}

Cursor& of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<Cursor*>(cursor);
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete &of(cursor);
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int number, const char*, int, sqlite3_value** values) {
  of(cursor).reg.clear();
  if (number == 1) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    of(cursor).reg = text == nullptr ? "?" : text;
  }
  of(cursor).rewind();
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  of(cursor).advance();
  return SQLITE_OK;
}

int ended(sqlite3_vtab_cursor* cursor) {
  return of(cursor).ended ? 1 : 0;
}

void show_name(sqlite3_context* context, const std::string* name) {
  if (name == nullptr) return sqlite3_result_null(context);
  sqlite3_result_text(context, name->c_str(), static_cast<int>(name->size()), SQLITE_STATIC);
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int number) {
  const Cursor& own = of(cursor);
  const Row& row = own.rows[own.at];
  const bool writes = own.source->kind == Kind::writes;
  const std::int64_t numbers[]{
      own.reader->capture().content, own.reader->capture().number, row.set, row.a, row.b, row.c,
      writes ? row.offset : row.d};
  if (number < register_column) {
    sqlite3_result_int64(context, numbers[number]);
  } else if (number == register_column) {
    show_name(context, row.reg == nullptr ? nullptr : &row.reg->full_name);
  } else if (!writes && number == register_column + 1) {
    show_name(context, &row.field->name);
  } else {
    sqlite3_result_int64(context, number == register_column + 3 ? row.written : row.value);
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = static_cast<sqlite3_int64>(of(cursor).at);
  return SQLITE_OK;
}

sqlite3_module module_of_tables() {
  sqlite3_module module{};
  module.xConnect = connect;  // no xCreate: the tables are there without being made
  module.xBestIndex = best_index;
  module.xDisconnect = disconnect;
  module.xOpen = open_cursor;
  module.xClose = close_cursor;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = ended;
  module.xColumn = column;
  module.xRowid = row_id;
  return module;
}

// NOLINTEND(cppcoreguidelines-pro-type-static-cast-downcast)

}  // namespace

void add_spread_tables(Database& database, const RegisterDb& db) {
  static const sqlite3_module module = module_of_tables();
  const auto release = [](void* source) { delete static_cast<Source*>(source); };
  sqlite3_create_module_v2(database.handle(), "writes", &module,
                           new Source{&database, &db, Kind::writes}, release);
  sqlite3_create_module_v2(database.handle(), "fields", &module,
                           new Source{&database, &db, Kind::fields}, release);
}

}  // namespace npuscope::corpus
