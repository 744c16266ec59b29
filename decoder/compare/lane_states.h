// The effective registers of both records of a pair, for pairs in the order of a comparison.
//
//   LaneStates states(a.sets[0], b.sets[0]);
//   for (const RecordPair& pair : result.pairs) { states.enter(pair);  states.a(0x1020) ... }
#pragma once

#include <optional>

#include "decoder/compare/difference.h"
#include "decoder/program/register_state.h"

namespace npuscope {

class LaneStates {
 public:
  LaneStates(const ProgramSet& a, const ProgramSet& b) : a_{a, {}, {}, 0}, b_{b, {}, {}, 0} {}

  // The next pair. The states begin anew where it belongs to another lane.
  void enter(const RecordPair& pair) {
    a_.enter(pair.task_a);
    b_.enter(pair.task_b);
  }
  // What the record of each side runs with; none: not known.
  [[nodiscard]] std::optional<std::uint32_t> a(std::uint16_t offset) const {
    return a_.value(offset);
  }
  [[nodiscard]] std::optional<std::uint32_t> b(std::uint16_t offset) const {
    return b_.value(offset);
  }

 private:
  struct Side {
    const ProgramSet& set;
    std::optional<RegisterState> state;
    const Lane* lane = nullptr;
    std::uint32_t running = 0;  // enable_mask of the last task

    void enter(std::size_t task);
    [[nodiscard]] const Lane* lane_of(std::size_t task) const;
    [[nodiscard]] std::optional<std::uint32_t> value(std::uint16_t offset) const;
  };
  Side a_, b_;
};

}  // namespace npuscope
