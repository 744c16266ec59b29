// What a comparison of two register programs finds.
//
//   Comparison result = compare(a, b, db);                       // compare.h
//   for (const RegisterDifference& d : result.registers) ... result.pairs[d.pair].task_a ...
//
// Everything refers to the two inputs by index and must not outlive them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/compare/symbolic_address.h"
#include "decoder/program.h"

namespace npuscope {

enum class DifferenceClass : std::uint8_t {
  value,             // a field that the schedule or the numbers decide
  address,           // another place in a buffer; where buffers lie does not count
  derived,           // follows from another difference: lengths of what a link or a task leads to
  performance,       // changes speed, not results
  order,             // the same writes in another order
  unknown_register,  // a register or bits that the database does not name
  missing,           // A has it, B does not
  extra,             // B has it, A does not
};
inline constexpr std::size_t difference_classes = 8;

[[nodiscard]] std::string_view name_of(DifferenceClass kind);

inline constexpr std::uint32_t no_word = 0xffffffff;

// Two records that were compared, or one that has no counterpart.
struct RecordPair {
  std::size_t set = 0;                               // index into Comparison::sets
  unsigned cores = 1;                                // of the program
  unsigned core = 0;                                 // of the lane
  std::size_t task_a = no_index, task_b = no_index;  // no_index: no counterpart
};

// One register of one pair of records.
struct RegisterDifference {
  std::uint32_t pair = 0;  // index into Comparison::pairs
  std::uint32_t word_a = no_word,
                word_b = no_word;  // index in the record; no_word: not written there
  std::uint32_t a = 0, b = 0;      // effective values
  std::uint16_t offset = 0;
  DifferenceClass kind = DifferenceClass::value;
  bool known_a = true, known_b = true;  // false: nothing wrote it in this lane
};

// What a difference that is not one of a register is about.
enum class Subject : std::uint8_t {
  program,       // only one side has it
  task,          // only one side has it
  task_blocks,   // enable_mask: the blocks that the task starts
  task_field,    // anything else in its entry of the table
  length,        // of what a task or link leads to
  link,          // to another record
  tail,          // another form
  order,         // of the same writes
  submit_tasks,  // how many tasks are submitted, and to which cores
  submit,        // anything else in it
};

// Anything else: records, lanes, programs, tails, task entries, submits.
struct StructuralDifference {
  Subject subject = Subject::program;
  DifferenceClass kind = DifferenceClass::value;
  std::uint32_t pair = no_word;  // no_word: of the whole input
  std::string text;              // "the last record of the lane", "enable_mask 0xd / 0x1d"
};

struct SetPair {
  std::size_t a = 0, b = 0;  // indices into Opened::sets
};

struct Comparison {
  std::vector<SetPair> sets;
  std::vector<RecordPair> pairs;
  std::vector<RegisterDifference> registers;  // in the order of pairs, then of words
  std::vector<StructuralDifference> structure;
  std::vector<BufferPair> buffers;  // which of them correspond, unless all lie at the same places
  std::uint64_t words = 0;          // compared
  std::uint64_t not_compared = 0;   // words that one side did not capture
  std::uint64_t programs = 0, records = 0;

  [[nodiscard]] std::array<std::uint64_t, difference_classes> counts() const;
  [[nodiscard]] bool equal() const { return registers.empty() && structure.empty(); }
};

}  // namespace npuscope
