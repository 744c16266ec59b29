#include "decoder/corpus/database.h"

#include <filesystem>

namespace npuscope::corpus {

namespace {

// A row of an honest file has some bytes and takes some steps of SQLite's machine to read, some
// times over: 64 for each byte are plenty, and so are these for what is done before.
constexpr std::int64_t steps_of_a_byte = 64, steps_at_least = 50'000'000;
constexpr int steps_between_looks = 1'000'000;

int count_steps(void* left) {
  return (*static_cast<std::int64_t*>(left) -= steps_between_looks) < 0 ? 1 : 0;
}

}  // namespace

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {text == nullptr ? "" : text,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::span<const std::byte> Statement::bytes(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::string& path, Access access) {
  const int flags =
      access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.path_ = path;
  database.handle_ = std::shared_ptr<sqlite3>(handle, sqlite3_close_v2);
  if (status != SQLITE_OK)
    return unreadable(handle == nullptr ? "no memory" : sqlite3_errmsg(handle), path,
                      "is the path right? `npuscope corpus build` makes the file");
  sqlite3_busy_timeout(handle, 10000);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (access == Access::write) return database;
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(path, ignored);
  database.steps_left_ = std::make_shared<std::int64_t>(
      steps_at_least + steps_of_a_byte * static_cast<std::int64_t>(ignored ? 0 : bytes));
  sqlite3_progress_handler(handle, steps_between_looks, count_steps, database.steps_left_.get());
  return database;
}

void Database::allow_any_steps() {
  sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
  if (status != SQLITE_OK && problem_.empty()) problem_ = sqlite3_errmsg(handle_.get());
  return Statement(statement);
}

void Database::run(const std::string& sql) {
  const int status = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK && problem_.empty()) problem_ = sqlite3_errmsg(handle_.get());
}

std::int64_t Database::number(std::string_view sql) {
  Statement query = prepare(sql);
  return query.step() ? query.number(0) : 0;
}

Result<void> Database::state() {
  const int status = sqlite3_errcode(handle_.get());
  const bool good = status == SQLITE_OK || status == SQLITE_DONE || status == SQLITE_ROW;
  if (!good && problem_.empty()) problem_ = sqlite3_errmsg(handle_.get());
  if (problem_.empty()) return {};
  return unreadable(problem_, path_, "is it a file of `npuscope corpus build`, is the disk full?");
}

}  // namespace npuscope::corpus
