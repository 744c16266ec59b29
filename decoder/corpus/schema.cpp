#include "decoder/corpus/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace npuscope::corpus {

std::string schema_sql() {
  return R"sql(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Every file that was found. `unit`: what it is read with, the file itself or its folder. `problem`: why it was not decoded, empty if it was.
CREATE TABLE IF NOT EXISTS files(
  path TEXT PRIMARY KEY, unit TEXT NOT NULL, size INTEGER, changed INTEGER, content INTEGER,
  problem TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_of_content ON files(content, unit);
CREATE TABLE IF NOT EXISTS contents(content INTEGER PRIMARY KEY, hash TEXT NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS captures(
  content INTEGER, capture INTEGER, kind TEXT, chip TEXT, compiler TEXT,
  PRIMARY KEY(content, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes(
  content INTEGER, capture INTEGER, note INTEGER, severity TEXT, text TEXT,
  PRIMARY KEY(content, capture, note)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS buffers(
  content INTEGER, capture INTEGER, buffer INTEGER, name TEXT, role TEXT, trust TEXT, size INTEGER,
  known INTEGER, address INTEGER,
  PRIMARY KEY(content, capture, buffer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sets(
  content INTEGER, capture INTEGER, set_number INTEGER, stream_buffer INTEGER, stream_size INTEGER,
  base INTEGER, link_base INTEGER, relative INTEGER, inferred INTEGER, partition TEXT,
  PRIMARY KEY(content, capture, set_number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS programs(
  content INTEGER, capture INTEGER, set_number INTEGER, cores INTEGER, submitted INTEGER,
  tasks INTEGER, words TEXT, form TEXT,
  PRIMARY KEY(content, capture, set_number, cores)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lanes(
  content INTEGER, capture INTEGER, set_number INTEGER, cores INTEGER, lane INTEGER, first INTEGER,
  count INTEGER,
  PRIMARY KEY(content, capture, set_number, cores, lane)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks(
  content INTEGER, capture INTEGER, set_number INTEGER, task INTEGER, node INTEGER,
  enable_mask INTEGER, int_mask INTEGER, amount INTEGER, address INTEGER, record INTEGER,
  link INTEGER, link_task INTEGER,
  PRIMARY KEY(content, capture, set_number, task)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records(
  content INTEGER, capture INTEGER, set_number INTEGER, record INTEGER, offset INTEGER,
  body_words INTEGER, tail_words INTEGER, tail INTEGER, known_words INTEGER,
  PRIMARY KEY(content, capture, set_number, record)) WITHOUT ROWID;
-- The words of a record from `first` on, 8 bytes each, little-endian; a complete record has one row.
CREATE TABLE IF NOT EXISTS words(
  content INTEGER, capture INTEGER, set_number INTEGER, record INTEGER, first INTEGER, words BLOB,
  PRIMARY KEY(content, capture, set_number, record, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unknowns(
  content INTEGER, capture INTEGER, unknown INTEGER, set_number INTEGER, record INTEGER,
  word INTEGER, target INTEGER, offset INTEGER, value INTEGER, bits INTEGER,
  PRIMARY KEY(content, capture, unknown)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS relocations(
  content INTEGER, capture INTEGER, word INTEGER, tensor INTEGER, addend INTEGER, core INTEGER,
  PRIMARY KEY(content, capture, word)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS layers(
  content INTEGER, capture INTEGER, set_number INTEGER, node INTEGER, name TEXT, kind TEXT,
  shape TEXT, tasks INTEGER,
  PRIMARY KEY(content, capture, set_number, node)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tensors(
  content INTEGER, capture INTEGER, tensor INTEGER, name TEXT, type TEXT, kind INTEGER,
  layout INTEGER, shape TEXT, logical TEXT, size INTEGER,
  PRIMARY KEY(content, capture, tensor)) WITHOUT ROWID;

CREATE VIEW IF NOT EXISTS sources AS
  SELECT content, min(unit) AS path, count(DISTINCT unit) AS units
  FROM files WHERE content IS NOT NULL GROUP BY content;
CREATE VIEW IF NOT EXISTS duplicates AS
  SELECT DISTINCT f.unit AS path, s.path AS same_as
  FROM sources s JOIN files f USING(content) WHERE units > 1 AND f.unit <> s.path;
CREATE VIEW IF NOT EXISTS same_programs AS
  SELECT form, cores, count(*) AS programs, count(DISTINCT words) AS placements,
         group_concat(path, ' ') AS paths
  FROM (SELECT form, cores, words, path FROM programs JOIN sources USING(content)
        WHERE form <> '' ORDER BY path)
  GROUP BY form, cores HAVING count(*) > 1;
CREATE VIEW IF NOT EXISTS problems AS SELECT path, problem FROM files WHERE problem <> '';
CREATE VIEW IF NOT EXISTS shapes AS
  SELECT shape, kind, count(*) AS layers, count(DISTINCT content) AS contents
  FROM layers WHERE shape <> '' GROUP BY shape, kind;
CREATE VIEW IF NOT EXISTS operators AS
  SELECT kind, count(*) AS layers, sum(tasks) AS tasks, count(DISTINCT content) AS contents
  FROM layers GROUP BY kind;
CREATE VIEW IF NOT EXISTS overview AS
  SELECT path, c.kind, chip, compiler,
         (SELECT count(*) FROM tasks t WHERE (t.content, t.capture) = (c.content, c.capture)) AS tasks,
         (SELECT count(*) FROM records r WHERE (r.content, r.capture) = (c.content, c.capture)) AS records,
         (SELECT coalesce(sum(known_words), 0) FROM records r
            WHERE (r.content, r.capture) = (c.content, c.capture)) AS words
  FROM captures c JOIN sources USING(content);
)sql";
}

namespace {

using Objects = std::map<std::string, std::string>;  // name to the statement that made it

Objects objects_of(Database& database) {
  Objects objects;
  Statement query =
      database.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  while (query.step()) objects.emplace(query.text(0), query.text(1));
  return objects;
}

}  // namespace

Result<void> check_schema(Database& database) {
  static const auto ours = []() -> Result<Objects> {
    auto memory = Database::open(":memory:", Database::Access::write);
    if (!memory) return tl::unexpected(memory.error());
    memory->run(schema_sql());
    return objects_of(*memory);
  }();
  if (!ours) return tl::unexpected(ours.error());
  const Objects found = objects_of(database);
  if (auto good = database.state(); !good) return good;
  for (const auto& [name, sql] : *ours)
    if (const auto same = found.find(name); same == found.end() || same->second != sql)
      return unreadable(fmt::format("its {} is not that of {}", name, schema_version),
                        database.path(), "`npuscope corpus build` makes a corpus anew");
  for (const auto& [name, sql] : found)
    if (name.starts_with("trigger "))
      return unreadable(fmt::format("it has a {}", name), database.path(),
                        "`npuscope corpus build` makes a corpus anew");
  return {};
}

std::int64_t content_key(std::string_view hash) {
  std::uint64_t key = 0;
  std::from_chars(hash.data(), hash.data() + std::min<std::size_t>(hash.size(), 16), key, 16);
  return static_cast<std::int64_t>(key >> 1U);
}

}  // namespace npuscope::corpus
