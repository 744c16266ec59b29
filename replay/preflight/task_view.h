// One task with the registers it runs with, as rules look at it.
//
//   if (task.runs(Block::cna)) ... task.cell(0x1040)->value ...
//
// Registers persist two tasks deep (decoder/program/register_state.h). Where words were not
// captured, nothing that they could have changed counts as known: a rule then says "not evaluated".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decoder/program/register_state.h"
#include "regdb/register_field.h"

namespace npuscope::preflight {

struct TaskView {
  const ProgramSet* set = nullptr;
  std::size_t set_index = 0;
  std::size_t task = 0;  // index into ProgramSet::tasks
  const TaskEntry* entry = nullptr;
  const Record* record = nullptr;  // nullptr: the words were not captured
  unsigned cores = 1, core = 0;    // the program and its lane
  std::size_t program = 0;         // index into ProgramSet::programs
  std::size_t position = 0;        // in the lane
  std::uint32_t enable = 0;        // OPERATION_ENABLE of the words; of the task entry without them
  std::vector<std::pair<std::uint16_t, Cell>> registers;  // effective, by offset
  bool lost_words = false;  // words of this record or of one it inherits from are missing

  [[nodiscard]] bool runs(Block block) const {
    const int bit = facts_of(block).enable_bit;
    return bit >= 0 && (enable >> static_cast<unsigned>(bit) & 1U) != 0;
  }
  [[nodiscard]] const Cell* cell(std::uint16_t offset) const;
  // Written by this task's own words.
  [[nodiscard]] bool writes(std::uint16_t offset) const;
  [[nodiscard]] bool complete() const { return record != nullptr && record->complete(); }
};

// Reads registers for one judgement. A register without a known value reads as 0 and is remembered:
// the judgement then does not count.
class Reading {
 public:
  explicit Reading(const TaskView& task) : task_(task) {}

  [[nodiscard]] std::uint32_t operator()(const reg::RegisterField& field);
  [[nodiscard]] std::uint32_t whole(std::uint16_t offset);
  // A 28-bit two's complement number.
  [[nodiscard]] std::int64_t signed_field(const reg::RegisterField& field);

  [[nodiscard]] bool complete() const { return !missing_; }
  // "CNA_CBUF_CON0 was not captured", "... was never written".
  [[nodiscard]] std::string reason() const;

 private:
  const TaskView& task_;
  std::optional<std::uint16_t> missing_;
};

// Views of all tasks of all programs: by set, program, lane, position. Where a tool changed the
// values of the words (Trust::lossy) no register is known.
[[nodiscard]] std::vector<TaskView> view_tasks(const Capture& capture,
                                               const std::vector<ProgramSet>& sets);

// "CNA_CBUF_CON0", or "0x1ffc" for a register without a name.
[[nodiscard]] std::string register_name(std::uint16_t offset);

}  // namespace npuscope::preflight
