// What a capture means: records cut by a task table, the lanes of the cores, and the programs for
// 1, 2 and 3 cores.
//
//   for (const ProgramSet& set : find_programs(capture))            //
//   decoder/program/find_programs.h
//     for (const Program& program : set.programs)
//       for (const Lane& lane : program.lanes)
//         for (std::size_t t = lane.first; t < lane.first + lane.count; ++t)
//           if (const Record* record = set.record_of(t)) ...
//
// A ProgramSet holds views into the bytes of the Capture it was made from and must not outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/task.h"
#include "decoder/word.h"

namespace npuscope {

inline constexpr std::size_t no_index = static_cast<std::size_t>(-1);

// A place in a buffer of the capture. Absolute device addresses live only at the edges.
struct Address {
  std::size_t buffer = no_index;  // index into Capture::buffers
  std::uint64_t offset = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// A run of words of a record that are known. A complete record has exactly one.
struct WordRun {
  std::size_t first = 0;  // index of the first word in the record: 0 is the first body word
  WordView words;
};

enum class TailForm : std::uint8_t {
  standard,  // link or zero, REGISTER_AMOUNTS, marker, OPERATION_ENABLE
  foreign,   // something else that ends in OPERATION_ENABLE: hand-written clients
  missing,   // the capture ends before it, or there is none
};

// The words one task points to: body and tail. Tasks that name the same address share a record.
struct Record {
  Address at;
  std::uint32_t body_words = 0;  // words before the tail
  std::uint32_t tail_words = 0;  // 4 in vendor streams
  TailForm tail = TailForm::missing;
  std::vector<WordRun> runs;          // ascending, within [0, body_words + tail_words)
  std::size_t first_task = no_index;  // the first task of the table that names it

  [[nodiscard]] std::size_t total_words() const { return std::size_t{body_words} + tail_words; }
  [[nodiscard]] std::size_t known_words() const;
  [[nodiscard]] bool complete() const { return known_words() == total_words(); }
  [[nodiscard]] std::optional<Word> word(std::size_t index) const;  // none: not captured
  // Calls visit(index, word) for each known word of the body / of the tail, in order.
  template <typename Visit>
  void for_each_body_word(Visit&& visit) const {
    for_each(0, body_words, visit);
  }
  template <typename Visit>
  void for_each_word(Visit&& visit) const {
    for_each(0, total_words(), visit);
  }

 private:
  template <typename Visit>
  void for_each(std::size_t begin, std::size_t end, Visit& visit) const {
    for (const WordRun& run : runs) {
      for (std::size_t i = 0; i < run.words.size(); ++i) {
        const std::size_t index = run.first + i;
        if (index >= begin && index < end) visit(index, run.words[i]);
      }
    }
  }
};

// Where the first word of a tail leads.
enum class LinkKind : std::uint8_t {
  unknown,                 // the tail was not captured
  end,                     // no next record
  next,                    // the next entry of the table
  shared_continues_1core,  // the record is shared with the 1-core lane, whose tail leads on there
  jump_over_shared,        // forward over shared entries to the lane's next own record
  other_record,            // a record of the table, none of the above
  broken,                  // no record starts there
};

[[nodiscard]] std::string_view name_of(LinkKind kind);
[[nodiscard]] std::string_view name_of(TailForm form);

struct TaskEntry {
  Task task;
  std::size_t record =
      no_index;  // index into ProgramSet::records, no_index: the words were not captured
  LinkKind link = LinkKind::unknown;
  std::size_t link_task = no_index;  // the task the link leads to
};

// The tasks that one core runs in one program.
struct Lane {
  unsigned core = 0;
  std::size_t first = 0;  // index into ProgramSet::tasks
  std::size_t count = 0;
};

// A complete alternative: the whole network for this many cores.
struct Program {
  unsigned cores = 1;
  std::vector<Lane> lanes;
  bool submitted = false;  // the one that the submit runs; without a submit the first
  [[nodiscard]] std::size_t task_count() const;
};

// One task table with its records.
struct ProgramSet {
  std::size_t table_buffer = no_index;  // where the table is; no_index: recovered without a table
  std::uint64_t table_offset = 0;
  std::size_t stream_buffer = no_index;  // where the records are
  std::uint64_t stream_size = 0;         // bytes of that buffer
  std::uint64_t base = 0;  // what to subtract from regcmd_addr to get an offset in stream_buffer
  std::uint64_t link_base =
      0;  // the same for links; differs where a table has offsets and commands are placed
  std::string base_source;        // how `base` was found, for a person
  bool relative = false;          // addresses are offsets (model file), base is 0
  std::vector<TaskEntry> tasks;   // table order, never de-duplicated
  std::vector<Record> records;    // distinct, by address
  std::vector<Program> programs;  // 1, 2, 3 cores
  std::string partition_source;   // "lists of the model", "op_idx and chain ends", ...
  bool inferred =
      false;  // the partition or the tasks are a conclusion, not a statement of the source
  std::vector<Diagnostic> diagnostics;

  [[nodiscard]] const Record* record_of(std::size_t task) const {
    const std::size_t index = tasks[task].record;
    return index == no_index ? nullptr : &records[index];
  }
  // The bytes from the first record to the end of the last one with its padding: [first, second) in
  // stream_buffer.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> window() const;
  [[nodiscard]] const Program* program_for(unsigned cores) const;
};

}  // namespace npuscope
