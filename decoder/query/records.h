// The records of an input, one for each task that a core runs, each with the registers it runs
// with.
//
//   for_each_record(input, [&](const LaneRecord& record) {
//     if (record.runs(Block::cna)) ... record.state.find(0x1040) ...
//   });
//
// Sets, programs, lanes and tasks in table order. A record that several tasks share is visited for
// each, because what it inherits may differ. The views are valid during the call only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decoder/open.h"
#include "decoder/program/register_state.h"

namespace npuscope {
struct Node;  // decoder/model.h
}

namespace npuscope::query {

// Which task of which lane.
struct TaskPlace {
  const Capture& capture;
  const ProgramSet& set;
  std::size_t set_number = 0;
  const Program& program;
  std::size_t lane_number = 0;  // in its program
  std::size_t task = 0;         // index in the table

  [[nodiscard]] const Lane& lane() const { return program.lanes[lane_number]; }
  [[nodiscard]] const TaskEntry& entry() const { return set.tasks[task]; }
  [[nodiscard]] const Record* record() const {
    return set.record_of(task);
  }                                        // nullptr: not captured
  [[nodiscard]] const Node* node() const;  // of the model graph; nullptr: the source has no graph
  // The device address of a word of the record; none in a model file or without a record.
  [[nodiscard]] std::optional<std::uint64_t> address(std::size_t word) const;
};

struct LaneRecord {
  TaskPlace place;
  const RegisterState& state;  // after the words of the record, before its launch
  bool complete = false;       // all body words are known

  [[nodiscard]] bool runs(Block block) const;
};

// Whether all words in front of the tail are known.
[[nodiscard]] bool body_is_complete(const Record& record);

template <typename Visit>
void for_each_lane(const Opened& input, Visit&& visit) {
  for (std::size_t number = 0; number < input.sets.size(); ++number) {
    const ProgramSet& set = input.sets[number];
    for (const Program& program : set.programs)
      for (std::size_t lane = 0; lane < program.lanes.size(); ++lane)
        visit(TaskPlace{input.capture, set, number, program, lane, program.lanes[lane].first});
  }
}

// The records of one lane; `place` names its first task.
template <typename Visit>
void for_each_record_of_lane(TaskPlace place, Visit&& visit) {
  RegisterState state;
  const Lane& lane = place.lane();
  for (std::size_t i = 0; i < lane.count; ++i, ++place.task) {
    const Record* record = place.record();
    const bool complete = record != nullptr && body_is_complete(*record);
    if (record != nullptr) state.apply(place.task, *record);
    if (!complete) state.forget_unwritten(place.task);
    visit(LaneRecord{place, state, complete});
    state.launch(place.entry().task.enable_mask);
  }
}

template <typename Visit>
void for_each_record(const Opened& input, Visit&& visit) {
  for_each_lane(input, [&](const TaskPlace& place) { for_each_record_of_lane(place, visit); });
}

}  // namespace npuscope::query
