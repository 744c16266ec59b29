// SQLite as the corpus uses it: a connection and prepared statements whose first failure stays.
//
//   auto database = Database::open("corpus.sqlite", Database::Access::write);
//   Statement insert = database->prepare("INSERT INTO notes VALUES(?,?)");
//   insert.run(std::int64_t{1}, "text");                  // binds, steps, resets
//   if (auto good = database->state(); !good) return tl::unexpected(good.error());
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "regdb/error.h"

namespace npuscope::corpus {

class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement = nullptr) : statement_(statement, sqlite3_finalize) {}

  // For statements without rows.
  template <typename... Values>
  void run(const Values&... values) {
    start(values...);
    step();
    sqlite3_reset(statement_.get());
  }
  // Binds the values; the rows follow with step().
  template <typename... Values>
  void start(const Values&... values) {
    if (!statement_) return;
    sqlite3_reset(statement_.get());
    int at = 0;
    (bind(++at, values), ...);
  }
  // True: there is a row.
  bool step() { return statement_ && sqlite3_step(statement_.get()) == SQLITE_ROW; }

  [[nodiscard]] std::int64_t number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  // Both stay valid until the next step().
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::byte> bytes(int column) const;
  [[nodiscard]] sqlite3_stmt* get() const { return statement_.get(); }

 private:
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }
  void bind(int at, std::string_view text) {
    sqlite3_bind_text64(statement_.get(), at, text.data() == nullptr ? "" : text.data(),
                        text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int at, std::span<const std::byte> bytes) {
    sqlite3_bind_blob64(statement_.get(), at, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  void bind(int at, std::nullptr_t) { sqlite3_bind_null(statement_.get(), at); }

  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

class Database {
 public:
  enum class Access : std::uint8_t { read, write };
  // Access::write makes the file if there is none. A file is not believed: its views and defaults
  // run nothing but harmless functions; and who reads it is stopped after far more steps than its
  // size can need, because pages that lead to one another in circles have rows without end.
  [[nodiscard]] static Result<Database> open(const std::string& path, Access access);

  // A statement that SQLite does not accept makes state() an Error.
  [[nodiscard]] Statement prepare(std::string_view sql);
  // One or several statements without rows.
  void run(const std::string& sql);
  // The first number of the first row; 0: there is none.
  [[nodiscard]] std::int64_t number(std::string_view sql);

  // An Error with the text of the first failure of any statement of this connection.
  [[nodiscard]] Result<void> state();
  // For queries of the user, which may take as long as they like.
  void allow_any_steps();
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::shared_ptr<sqlite3> handle_;
  std::shared_ptr<std::int64_t> steps_left_;
  std::string path_, problem_;
};

}  // namespace npuscope::corpus
