// Why two register programs differ: the differences grouped into causes, each with its evidence.
//
//   Comparison result = compare(a, b, db);
//   for (const Cause& cause : explain(a, b, db, result).causes)
//     ... cause.name, cause.follows, cause.changed ...   // "tile-height", six fields, 50 -> 28
//     rows
//
// The causes are the groups of regdb/semantics.xml. A group is a cause where a field changed that
// shows it; fields that several groups share go to those of them that show. Causes that follow from
// others name them; the others are the roots. Fields that always change together with others and
// stayed are findings. What nothing explains is kept as the cause "unexplained".
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/compare/moved_buffers.h"

namespace npuscope {

// One field (or register, or other difference) of a cause, over all records.
struct Evidence {
  std::string name;            // "CNA_DATA_SIZE0.DATAIN_HEIGHT", "task regcfg_amount"
  std::string a, b;            // of the first record, in the unit: "50 pixels"; b may be empty
  std::string note;            // for a person; empty mostly
  std::uint64_t count = 0;     // how often; a register that a record writes twice counts twice
  std::uint64_t variants = 0;  // distinct pairs of a and b
};

struct Cause {
  std::string name;                  // "tile-height"; "unexplained"
  std::string note;                  // what it is, for a person
  bool root = false;                 // in some node it follows from nothing else that differs
  std::vector<std::string> follows;  // the roots that it follows from; empty for a root
  std::set<unsigned> cores;          // of the programs that show it; empty: the whole input
  std::uint64_t records = 0;         // pairs of records that show it
  std::vector<Evidence> changed;
  std::vector<Evidence> stayed;  // fields that stayed while their companions changed
};

inline constexpr std::string_view unexplained_cause = "unexplained";

struct Explanation {
  std::vector<Cause> causes;  // in the order of the register database
  std::vector<MovedBuffer> moved;
  std::uint64_t differences = 0;  // fields, and what is not one of a register
  std::uint64_t unexplained = 0;  // of these
  std::uint64_t stayed = 0;       // fields that should have changed with others, over all records
};

// `comparison` is what compare(a, b, db) gave.
[[nodiscard]] Explanation explain(const Opened& a, const Opened& b, const RegisterDb& db,
                                  const Comparison& comparison);

}  // namespace npuscope
