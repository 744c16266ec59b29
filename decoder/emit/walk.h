// The order in which every output shows programs: sets, programs, lanes, tasks in table order. A
// record that several tasks share is shown in full once; the others refer to it.
//
//   walk(capture, sets, Selection{.cores = 1}, writer);
//
// `writer` has: begin_set(SetView), begin_program(SetView, Program), begin_lane(SetView, Program,
// Lane), task(SetView, TaskView), end_set(SetView).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder/program.h"
#include "decoder/program/register_state.h"

namespace npuscope {

struct Selection {
  unsigned cores = 0;  // 1, 2, 3: only that program; 0: all
  bool state = false;  // effective registers as well; records are then shown for every task
};

struct SetView {
  const Capture& capture;
  const ProgramSet& set;
  std::size_t number = 0;
  // The device address of an offset in the command buffer; the offset itself in a model file.
  [[nodiscard]] std::uint64_t address(std::uint64_t offset) const { return offset + set.link_base; }
};

struct TaskView {
  std::size_t index = 0;
  const TaskEntry& entry;
  const Record* record = nullptr;  // nullptr: words not captured
  std::size_t same_as = no_index;  // the task in which this record was shown already
  const RegisterState* state =
      nullptr;  // after the task's writes, before its launch; only with Selection::state
};

// "input + 0x380": the tensor whose address a word of a model gets when it is placed; empty if the
// word stays as it is.
[[nodiscard]] std::string relocation_text(const SetView& view, const Record& record,
                                          std::size_t word_index);

// Of a capture that was linked with its model: what the model says of it, a line for the model and one for each layer with
// names and shapes. Else nothing.
[[nodiscard]] std::vector<std::string> model_lines(const Capture& capture);

// "1 (ConvRelu)": the index of a task's node in the model graph, with the operator where the model
// is at hand.
[[nodiscard]] std::string node_text(const SetView& view, std::uint32_t op_idx);

// "CNA+CORE+DPU" for 0x0d.
[[nodiscard]] std::string blocks_of(std::uint32_t enable_mask);

// Text of a source (file names, names of buffers) that cannot end the comment it is printed in:
// control characters become '?', "*/" becomes "* /" and "/*" becomes "/ *".
[[nodiscard]] std::string comment_text(std::string_view text);

// What the words of a tail mean, for a person: "end" or "next record 0xfff9cb80 (task 1)".
[[nodiscard]] std::string link_text(const TaskEntry& entry, const Record* record);

template <typename Writer>
void walk(const Capture& capture, const std::vector<ProgramSet>& sets, const Selection& selection,
          Writer& writer) {
  for (std::size_t number = 0; number < sets.size(); ++number) {
    const ProgramSet& set = sets[number];
    const SetView view{capture, set, number};
    writer.begin_set(view);
    std::vector<std::size_t> shown(set.records.size(), no_index);
    for (const Program& program : set.programs) {
      if (selection.cores != 0 && program.cores != selection.cores) continue;
      writer.begin_program(view, program);
      for (const Lane& lane : program.lanes) {
        writer.begin_lane(view, program, lane);
        RegisterState state;
        for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
          const std::size_t index = set.tasks[t].record;
          const Record* record = set.record_of(t);
          TaskView task{t, set.tasks[t], record, record == nullptr ? no_index : shown[index],
                        nullptr};
          if (selection.state && record != nullptr) {
            state.apply(t, *record);
            task.state = &state;
            task.same_as = no_index;
          }
          writer.task(view, task);
          if (selection.state) state.launch(task.entry.task.enable_mask);
          if (record != nullptr && shown[index] == no_index) shown[index] = t;
        }
      }
    }
    writer.end_set(view);
  }
}

// Calls visit(offset, word) for the non-zero words of a set's window that lie in no record. Vendor
// streams have none.
template <typename Visit>
void for_each_stray_word(const Capture& capture, const ProgramSet& set, Visit&& visit) {
  if (set.records.empty()) return;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
  for (const Record& record : set.records)
    taken.emplace_back(record.at.offset, record.at.offset + 8 * record.total_words());
  std::sort(taken.begin(), taken.end());
  const auto [first, last] = set.window();
  std::size_t next = 0;
  for (std::uint64_t at = first; at + 8 <= last; at += 8) {
    while (next < taken.size() && taken[next].second <= at) ++next;
    if (next < taken.size() && taken[next].first <= at) {
      at = taken[next].second - 8;
      continue;
    }
    const auto bytes = capture.buffers[set.stream_buffer].bytes_at(at, 8);
    if (bytes.empty()) continue;
    const Word word = WordView(bytes)[0];
    if (word.raw != 0) visit(at, word);
  }
}

}  // namespace npuscope
