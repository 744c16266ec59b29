// What `npuscope query` prints, as text or JSON lines. Both writers have the same members.
//
//   QueryText writer(db, sink, inputs.size() > 1);
//   writer.match(record, columns);  writer.origin(record, reference, origin);
//   writer.dead(place, word);  writer.count(source, tally);
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/sink.h"
#include "decoder/query/dead_words.h"
#include "decoder/query/provenance.h"
#include "regdb/register_db.h"

namespace npuscope::cli {

// A value of a matching record.
struct QueryColumn {
  const query::Reference* reference = nullptr;
  query::Value value;
  query::Origin origin;  // of registers and fields
};

// Records (or dead words) of one input.
struct QueryTally {
  std::size_t records = 0;
  std::size_t matched = 0;       // lines that were printed
  std::size_t undecided = 0;     // the answer depends on a value that is unknown
  std::size_t inapplicable = 0;  // the question has no answer there
  std::size_t repeated = 0;      // with --dead: words that the same record repeats
};

class QueryText {
 public:
  QueryText(const RegisterDb& db, Sink& sink, bool name_inputs)
      : db_(db), sink_(sink), name_inputs_(name_inputs) {}

  void begin() {}
  void match(const query::LaneRecord& record, std::span<const QueryColumn> columns);
  void origin(const query::LaneRecord& record, const query::Reference& reference,
              const query::Origin& origin);
  void dead(const query::TaskPlace& place, const query::DeadWord& dead);
  void count(std::string_view source, const QueryTally& tally);
  void end_of_input(std::string_view, const QueryTally&) {}

 private:
  [[nodiscard]] std::string head(const query::TaskPlace& place) const;
  void line(const std::string& text);

  const RegisterDb& db_;
  Sink& sink_;
  bool name_inputs_;
};

class QueryJson {
 public:
  QueryJson(const RegisterDb& db, Sink& sink) : db_(db), sink_(sink) {}

  void begin();
  void match(const query::LaneRecord& record, std::span<const QueryColumn> columns);
  void origin(const query::LaneRecord& record, const query::Reference& reference,
              const query::Origin& origin);
  void dead(const query::TaskPlace& place, const query::DeadWord& dead);
  void count(std::string_view, const QueryTally&) {}
  void end_of_input(std::string_view source, const QueryTally& tally);

 private:
  const RegisterDb& db_;
  Sink& sink_;
};

// "CNA_CBUF_CON0", or what target and offset are if they name no register.
[[nodiscard]] std::string written_name(const RegisterDb& db, Word word);

}  // namespace npuscope::cli
