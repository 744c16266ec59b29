// Inserts decoded units into a corpus; all statements prepared once.
//
//   StoreWriter writer(database);
//   database.run("BEGIN");
//   writer.add_content(decoded);  writer.add_files(decoded.unit, decoded.hash, "");
//   database.run("COMMIT");
//   database.state()        // an Error if anything failed
#pragma once

#include <unordered_map>

#include "decoder/corpus/database.h"
#include "decoder/corpus/decoded_unit.h"

namespace npuscope::corpus {

class StoreWriter {
 public:
  // `database` must have the tables of schema.h and outlive it.
  explicit StoreWriter(Database& database);

  [[nodiscard]] bool has(const std::string& hash) const;
  // The corpus must not have it yet.
  void add_content(const DecodedUnit& decoded);
  // Files with the content of this hash; with a problem they have none.
  void add_files(const Unit& unit, const std::string& hash, const std::string& problem);
  void add_unreadable(const Unreadable& file);
  void forget_file(const std::string& path);

 private:
  void add_capture(const DecodedCapture& decoded, const std::string& source, std::int64_t content,
                   std::int64_t number);
  void add_set(const DecodedCapture& decoded, std::size_t number, std::int64_t content,
               std::int64_t capture);
  void add_unknowns(const DecodedCapture& decoded, std::int64_t content, std::int64_t capture);
  void add_model(const Capture& capture, std::int64_t content, std::int64_t number);

  std::unordered_map<std::int64_t, std::string> hashes_;  // of the contents that are there
  Statement file_, forget_, content_, capture_, note_, buffer_, set_, program_, lane_, task_,
      record_, words_, unknown_, relocation_, layer_, tensor_;
};

}  // namespace npuscope::corpus
