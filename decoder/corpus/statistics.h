// How often which register has which value, over a whole corpus.
//
//   RegisterTally tally = tally_registers(database, db);
//   tally.at(0x1040).at(0xb1).tasks            // tasks that run with CNA_CBUF_CON0 = 0xb1
//   tally_field(tally.at(0x1040), field)       // the same for one of its fields
//
// Effective values: what a task runs with, written by itself or inherited. Registers of addresses
// are left out, since each placement has its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "decoder/corpus/store_reader.h"
#include "decoder/query/reference.h"

namespace npuscope::corpus {

struct Occurrence {
  std::size_t tasks = 0;     // of all lanes of all programs
  std::size_t contents = 0;  // distinct files
  std::int64_t last = -1;    // the content that was counted last
  std::string example;       // the first path

  void add(const StoredCapture& capture);
  void add(const Occurrence& other);
};

using ValueTally = std::map<std::uint32_t, Occurrence>;     // by value
using RegisterTally = std::map<std::uint16_t, ValueTally>;  // by offset

[[nodiscard]] RegisterTally tally_registers(Database& database, const RegisterDb& db);

// Contents of one value are summed over the register's values, so they are an upper bound.
[[nodiscard]] ValueTally tally_field(const ValueTally& values, const Field& field);

// What the operator of a task is asked for: any of "op", "shape", "kernel".
struct Grouping {
  bool op = false, shape = false, kernel = false;
};

struct GroupedValue {
  std::string op, shape, kernel;  // empty where not asked for, or not known
  std::int64_t value = 0;
  auto operator<=>(const GroupedValue&) const = default;
};

// The values of one register or field, apart for each group.
[[nodiscard]] std::map<GroupedValue, Occurrence> tally_values(Database& database,
                                                              const query::Reference& reference,
                                                              const Grouping& grouping);

}  // namespace npuscope::corpus
