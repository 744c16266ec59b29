// A folder of its own for each test, and what a store holds as text.
//
//   Folder folder;
//   folder.write("a/b.log", "text");  folder.copy(testdata_path("example"), "example");
//   EXPECT_EQ(contents_of(folder.path("one.sqlite")), contents_of(folder.path("two.sqlite")));
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "decoder/corpus/build.h"
#include "decoder/corpus/database.h"
#include "decoder/corpus/schema.h"
#include "tests/corpus.h"

namespace npuscope::testing {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "npuscope-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(root_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name = "in") const {
    return root_ + "/" + name;
  }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path("in/" + name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void copy(const std::string& from, const std::string& name) const {
    const std::filesystem::path to = path("in/" + name);
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }

 private:
  std::string root_;
};

[[nodiscard]] inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every row of every table, in the order of the keys.
[[nodiscard]] inline std::string contents_of(const std::string& store) {
  auto database = corpus::Database::open(store, corpus::Database::Access::read);
  EXPECT_TRUE(database);
  std::string text;
  std::vector<std::string> tables(corpus::content_tables.begin(), corpus::content_tables.end());
  tables.emplace_back("files");
  for (const std::string& table : tables) {
    corpus::Statement rows = database->prepare("SELECT * FROM " + table);
    while (rows.step()) {
      text += table;
      for (int i = 0; i < sqlite3_column_count(rows.get()); ++i)
        text += fmt::format("|{}", rows.text(i));
      text += '\n';
    }
  }
  EXPECT_TRUE(database->state());
  return text;
}

[[nodiscard]] inline corpus::BuildOptions build_options(const std::string& root) {
  corpus::BuildOptions options;
  options.roots = {root};
  options.limits.geometry = [](const std::vector<corpus::RegisterValues>& records) {
    return fmt::format("{} records", records.size());
  };
  return options;
}

inline corpus::BuildCounts build(const std::string& store, const corpus::BuildOptions& options) {
  const auto counts = corpus::build_store(store, RegisterDb::builtin(), options);
  EXPECT_TRUE(counts) << (counts ? "" : counts.error().text());
  return counts.value_or(corpus::BuildCounts{});
}

[[nodiscard]] inline std::int64_t ask(const std::string& store, const std::string& sql) {
  auto database = corpus::Database::open(store, corpus::Database::Access::read);
  EXPECT_TRUE(database);
  const std::int64_t answer = database->number(sql);
  EXPECT_TRUE(database->state()) << sql;
  return answer;
}

}  // namespace npuscope::testing
