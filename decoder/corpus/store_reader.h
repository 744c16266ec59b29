// Captures of a corpus as programs again, so that whatever works on inputs works on stored ones.
//
//   StoreReader reader(database);
//   while (reader.next())
//     query::for_each_record(reader.capture().opened, ...);
//
// In the order of their paths. What is read back has records, tasks, lanes, operators and sizes of
// buffers, but no bytes beside the words of records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decoder/corpus/database.h"
#include "decoder/corpus/layer.h"

namespace npuscope::corpus {

struct StoredCapture {
  std::int64_t content = 0, number = 0;
  std::string path;      // the first file with this content
  std::string compiler;  // of a model, as it says it
  Opened opened;
  std::vector<std::vector<Layer>> layers;  // of each set

  // The operator that a task belongs to; nullptr: the 1-core program has none with its node.
  [[nodiscard]] const Layer* layer_of(std::size_t set, std::uint32_t node) const;
};

// Opens a corpus for reading; an Error if it is none.
[[nodiscard]] Result<Database> open_store(const std::string& path);

class StoreReader {
 public:
  // `database` must outlive it.
  explicit StoreReader(Database& database);
  // False: there are no more, or the database has failed.
  bool next();
  // Valid until the next call of next().
  [[nodiscard]] const StoredCapture& capture() const { return capture_; }

 private:
  void read_buffers();
  void read_sets();
  void read_records(ProgramSet& set, std::int64_t number);
  void read_tasks(ProgramSet& set, std::int64_t number);
  void read_programs(ProgramSet& set, std::int64_t number);
  void read_layers(std::int64_t number);

  Statement captures_, buffers_, sets_, records_, words_, tasks_, programs_, lanes_, layers_;
  StoredCapture capture_;
};

}  // namespace npuscope::corpus
