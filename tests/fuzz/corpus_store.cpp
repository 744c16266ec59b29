// A store of a corpus. Bytes that begin like an SQLite file are that file. Others are lines of text
// `TABLE|VALUE|VALUE...`, the rows of a store that is otherwise sound: a value is a number, or text
// behind ', or words in hexadecimal digits behind x. Promises: whatever reads a store ends, and
// what is merged from one is read too.
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "decoder/corpus/build.h"
#include "decoder/corpus/formula.h"
#include "decoder/corpus/html_report.h"
#include "decoder/corpus/schema.h"
#include "decoder/corpus/spread_tables.h"
#include "decoder/corpus/statistics.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 1U << 16U;

// A folder of this process that is gone with it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "npuscope-fuzz-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "a folder can be made");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string_view take(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

std::vector<std::byte> words_of(std::string_view digits) {
  std::vector<std::byte> bytes;
  for (; digits.size() > 1; digits.remove_prefix(2)) {
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + 2, value, 16);
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

void insert(corpus::Database& database, std::string_view line) {
  const std::string_view table = take(line, '|');
  const bool known =
      std::ranges::find(corpus::content_tables, table) != corpus::content_tables.end() ||
      table == "files" || table == "meta";
  if (!known) return;
  std::string sql = "INSERT OR REPLACE INTO " + std::string(table) + " VALUES(";
  for (bool first = true; !line.empty(); first = false) {
    const std::string_view value = take(line, '|');
    if (!first) sql += ',';
    if (value.starts_with('x')) {
      sql += "x'";
      for (const std::byte byte : words_of(value.substr(1)))
        for (const unsigned shift : {4U, 0U})
          sql += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> shift & 15U];
      sql += '\'';
    } else if (value.starts_with('\'')) {
      sql += '\'';
      for (const char c : value.substr(1)) sql += c == '\'' || c == '\0' ? '.' : c;
      sql += '\'';
    } else {
      std::int64_t number = 0;
      std::from_chars(value.data(), value.data() + value.size(), number);
      sql += std::to_string(number);
    }
  }
  static_cast<void>(
      sqlite3_exec(database.handle(), (sql + ")").c_str(), nullptr, nullptr, nullptr));
}

void write_rows(const std::string& path, std::string_view text) {
  auto database = corpus::Database::open(path, corpus::Database::Access::write);
  require(database.has_value(), "a store can be made");
  database->run("PRAGMA synchronous=OFF;BEGIN;" + corpus::schema_sql());
  while (!text.empty()) insert(*database, take(text, '\n'));
  database->run("COMMIT");
}

void read_all(corpus::Database& store) {
  const RegisterDb& db = RegisterDb::builtin();
  static_cast<void>(corpus::tally_registers(store, db));
  const auto field = query::find_reference(db, "cna.dma_con2.surf_stride");
  require(field.has_value(), "a field of ours is found");
  static_cast<void>(corpus::tally_values(store, field->reference, {true, true, true}));
  static_cast<void>(corpus::shape_samples(store, field->reference));
  Sink nowhere([](std::string_view) { return true; });
  static_cast<void>(corpus::write_html_report(store, db, nowhere));
  corpus::add_spread_tables(store, db);
  for (const char* sql :
       {"SELECT * FROM writes", "SELECT * FROM fields", "SELECT * FROM overview"}) {
    corpus::Statement query = store.prepare(sql);
    while (query.step()) static_cast<void>(query.text(sqlite3_column_count(query.get()) - 1));
  }
}

}  // namespace

void fuzz_corpus_store(std::span<const std::byte> bytes) {
  static const Folder folder;
  if (bytes.size() > most_bytes) return;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string path = folder.file("store"), merged = folder.file("merged");
  for (const char* name : {"store", "store-journal", "store-wal", "merged", "merged-journal"})
    fs::remove(folder.file(name));
  if (text.starts_with("SQLite format 3")) {
    std::ofstream(path, std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
  } else {
    write_rows(path, text);
  }
  if (auto store = corpus::open_store(path)) read_all(*store);
  if (!corpus::merge_stores(merged, {path})) return;
  if (auto store = corpus::open_store(merged)) read_all(*store);
}

}  // namespace npuscope::fuzz
