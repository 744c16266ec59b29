#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "decoder/corpus/build.h"
#include "decoder/corpus/pipeline.h"
#include "decoder/corpus/schema.h"
#include "decoder/corpus/store_writer.h"

namespace npuscope::corpus {

namespace {

// Units between two commits: what a build that is killed has to do again.
constexpr std::size_t units_of_a_step = 64;

// Units that are hashed before the first of them is decoded. Rows are kept in the order of the
// hashes: in that order each is put behind the last one, in any other each is its own place of the
// file to read, keep for the case of a failure, and write. So few bytes that they are still in
// memory when they are read again to be decoded.
constexpr std::size_t units_of_a_window = 32768;
constexpr std::uint64_t bytes_of_a_window = std::uint64_t{1} << 30U;

// One file in a rollback journal: nothing stands beside it when it is done. After a power failure
// it may have to be built again, so nothing waits for the disk.
Result<Database> open_for_build(const std::string& path) {
  auto database = Database::open(path, Database::Access::write);
  if (!database) return database;
  database->run("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=OFF; PRAGMA cache_size=-4096;");
  database->run("BEGIN IMMEDIATE;" + schema_sql() +
                fmt::format("INSERT OR IGNORE INTO meta VALUES('schema', '{}');"
                            "INSERT OR IGNORE INTO meta VALUES('decoder', '{}');COMMIT;",
                            schema_version, NPUSCOPE_VERSION));
  if (auto good = database->state(); !good) return tl::unexpected(good.error());
  const auto wrong = database->number(
      fmt::format("SELECT count(*) FROM meta WHERE (key = 'schema' AND value <> '{}')"
                  " OR (key = 'decoder' AND value <> '{}')",
                  schema_version, NPUSCOPE_VERSION));
  if (wrong != 0)
    return unreadable("made by another version of npuscope", path, "build it anew: --overwrite");
  if (auto good = check_schema(*database); !good) return tl::unexpected(good.error());
  return database;
}

struct KnownFile {
  std::uint64_t size = 0;
  std::int64_t changed = 0, content = 0;
  bool read = false;  // not one that could not even be looked at
};

bool lies_under(const std::string& path, const std::vector<std::string>& roots) {
  for (std::string root : roots) {
    while (root.size() > 1 && root.back() == '/') root.pop_back();
    if (path == root || (path.starts_with(root) && path[root.size()] == '/')) return true;
  }
  return false;
}

class StoreBuild {
 public:
  StoreBuild(Database& database, const RegisterDb& db, const BuildOptions& options)
      : database_(database), options_(options), decoder_(db, options.limits), writer_(database) {
    Statement files = database.prepare("SELECT path, size, changed, content FROM files");
    while (files.step())
      known_.emplace(files.text(0), KnownFile{static_cast<std::uint64_t>(files.number(1)),
                                              files.number(2), files.number(3), !files.is_null(1)});
  }

  Result<BuildCounts> run() {
    const FoundUnits found = find_units(options_.roots, options_.limits.load.file_bytes);
    std::vector<const Unit*> units = chosen(found.units);
    const std::vector<const Unreadable*> unreadable = chosen(found.unreadable);
    database_.run("BEGIN");
    forget_missing(units, unreadable);
    for (const Unreadable* file : unreadable) writer_.add_unreadable(*file);
    counts_.files += unreadable.size();
    std::erase_if(units, [&](const Unit* unit) {
      counts_.files += unit->files.size();
      const bool same = is_unchanged(*unit);
      if (same) counts_.unchanged += unit->files.size();
      return same;
    });
    if (options_.begin) options_.begin(units.size());
    for (std::size_t first = 0; first < units.size() && database_.state();)
      first += build_window(std::span(units).subspan(first));
    drop_orphans();
    database_.run("COMMIT");
    counts_.unreadable = static_cast<std::size_t>(
        database_.number("SELECT count(*) FROM files WHERE problem <> ''"));
    if (auto good = database_.state(); !good) return tl::unexpected(good.error());
    return counts_;
  }

 private:
  template <typename Item>
  std::vector<const Item*> chosen(const std::vector<Item>& all) const {
    std::vector<const Item*> items;
    for (std::size_t i = options_.shard; i < all.size(); i += options_.shards)
      items.push_back(&all[i]);
    return items;
  }

  void forget_missing(const std::vector<const Unit*>& units,
                      const std::vector<const Unreadable*>& unreadable) {
    std::set<std::string_view> present;
    for (const Unit* unit : units)
      for (const UnitFile& file : unit->files) present.insert(file.path);
    for (const Unreadable* file : unreadable) present.insert(file->path);
    for (const auto& [path, file] : known_)
      if (!present.contains(path) && lies_under(path, options_.roots)) {
        writer_.forget_file(path);
        // Dumps of one run are one content: without one of them it is another.
        changed_.insert(file.content);
      }
  }

  [[nodiscard]] bool is_unchanged(const Unit& unit) const {
    for (const UnitFile& file : unit.files) {
      const auto found = known_.find(file.path);
      if (found == known_.end() || !found->second.read || found->second.size != file.size ||
          found->second.changed != file.changed || changed_.contains(found->second.content))
        return false;
    }
    return true;
  }

  struct Hashed {
    const Unit* unit;
    std::string hash, problem;
    bool decoded = false;  // in this build, and first of those with its hash
  };

  // Takes units from the front until a window is full; says how many. Their files are listed when
  // all contents are there, so that a file that is listed needs no other look.
  std::size_t build_window(std::span<const Unit* const> units) {
    std::vector<const Unit*> taken;
    std::uint64_t bytes = 0;
    for (const Unit* unit : units) {
      if (taken.size() == units_of_a_window || bytes >= bytes_of_a_window) break;
      for (const UnitFile& file : unit->files) bytes += file.size;
      taken.push_back(unit);
    }
    std::vector<Hashed> window;
    const auto known = [](const std::string&) { return true; };  // nothing is decoded yet
    run_pipeline(
        taken, options_.threads, [&](const Unit& unit) { return decoder_.decode(unit, known); },
        [&](DecodedUnit&& hashed) {
          window.push_back({taken[window.size()], hashed.hash, hashed.problem});
          return true;
        });
    decode_new(window);
    for (const Hashed& entry : window) list(entry);
    return taken.size();
  }

  // The contents of the window that the corpus does not have, each once, in the order of hashes.
  void decode_new(std::vector<Hashed>& window) {
    std::vector<Hashed*> entries;
    for (Hashed& entry : window)
      if (entry.problem.empty() && !writer_.has(entry.hash)) entries.push_back(&entry);
    std::ranges::stable_sort(entries, {}, &Hashed::hash);
    std::vector<const Unit*> fresh;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entries[i]->decoded = i == 0 || entries[i]->hash != entries[i - 1]->hash;
      if (entries[i]->decoded) fresh.push_back(entries[i]->unit);
    }
    std::size_t at = 0;
    run_pipeline(
        fresh, options_.threads,
        [&](const Unit& unit) {
          return decoder_.decode(unit, [](const std::string&) { return false; });
        },
        [&](DecodedUnit&& decoded) {
          // What cannot be decoded cannot be under another name either.
          do entries[at]->problem = decoded.problem;
          while (++at < entries.size() && !entries[at]->decoded);
          return take(decoded);
        });
  }

  bool take(const DecodedUnit& decoded) {
    if (decoded.problem.empty()) writer_.add_content(decoded);
    if (options_.step) options_.step(decoded.unit.path);
    if (++taken_ % units_of_a_step != 0) return true;
    database_.run("COMMIT; BEGIN");
    return database_.state().has_value();
  }

  void list(const Hashed& entry) {
    std::string problem = entry.problem;
    if (problem.empty() && !writer_.has(entry.hash))
      problem = "it changed while it was read, or its hash begins like that of another";
    if (problem.empty()) ++(entry.decoded ? counts_.contents : counts_.duplicates);
    writer_.add_files(*entry.unit, entry.hash, problem);
    if (!entry.decoded && options_.step) options_.step(entry.unit->path);
  }

  void drop_orphans() {
    constexpr std::string_view gone =
        "content NOT IN (SELECT content FROM files WHERE content IS NOT NULL)";
    if (database_.number(fmt::format("SELECT count(*) FROM contents WHERE {}", gone)) == 0) return;
    for (const std::string_view table : content_tables)
      database_.run(fmt::format("DELETE FROM {} WHERE {}", table, gone));
  }

  Database& database_;
  const BuildOptions& options_;
  UnitDecoder decoder_;
  StoreWriter writer_;
  std::map<std::string, KnownFile> known_;
  std::set<std::int64_t> changed_;  // contents of which a file is gone
  BuildCounts counts_;
  std::size_t taken_ = 0;
};

}  // namespace

Result<BuildCounts> build_store(const std::string& path, const RegisterDb& db,
                                const BuildOptions& options) {
  auto database = open_for_build(path);
  if (!database) return tl::unexpected(database.error());
  return StoreBuild(*database, db, options).run();
}

Result<void> merge_stores(const std::string& into, const std::vector<std::string>& from) {
  auto database = open_for_build(into);
  if (!database) return tl::unexpected(database.error());
  for (const std::string& path : from) {
    // Another version, or no corpus at all, is told of the part and not of the whole.
    auto part = Database::open(path, Database::Access::read);
    if (!part) return tl::unexpected(part.error());
    const auto fitting = part->number(fmt::format(
        "SELECT count(*) FROM meta WHERE value IN ('{}', '{}')", schema_version, NPUSCOPE_VERSION));
    if (auto good = part->state(); !good) return good;
    if (fitting != 2)
      return unreadable("made by another version of npuscope", path, "build it anew");
    if (auto good = check_schema(*part); !good) return good;
    Statement attach = database->prepare("ATTACH ? AS part");
    attach.run(path);
    std::string sql = "BEGIN;INSERT OR REPLACE INTO files SELECT * FROM part.files;";
    for (const std::string_view table : content_tables)
      sql += fmt::format("INSERT OR IGNORE INTO {0} SELECT * FROM part.{0};", table);
    database->run(sql + "COMMIT;DETACH part;");
    if (auto good = database->state(); !good) return good;
  }
  return {};
}

}  // namespace npuscope::corpus
