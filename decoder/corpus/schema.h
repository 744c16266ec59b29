// The tables of a corpus, as SQL. docs/formats.md says what each column means.
//
// Every row below a content has the key (content, capture, ...), where `content` is the first 63
// bits of the content's hash. So equal contents give equal rows whoever decoded them, in whatever
// order: shards are merged by inserting what is missing, and a build that was stopped goes on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "decoder/corpus/database.h"

namespace npuscope::corpus {

inline constexpr std::string_view schema_version = "npuscope.corpus/1";

// Tables that hold what contents are, parents first; all have a column `content`.
inline constexpr std::array<std::string_view, 14> content_tables{
    "contents", "captures", "notes", "buffers",  "sets",        "programs", "lanes",
    "tasks",    "records",  "words", "unknowns", "relocations", "layers",   "tensors"};

// Makes the tables and views that do not exist.
[[nodiscard]] std::string schema_sql();

// An Error if a table or view is not as schema_sql() makes it, or if the file brings along code of
// its own: a corpus may come from anywhere, and a query must not run what somebody put there.
[[nodiscard]] Result<void> check_schema(Database& database);

// The key of a content from its hash.
[[nodiscard]] std::int64_t content_key(std::string_view hash);

}  // namespace npuscope::corpus
