#include "decoder/compare/lane_states.h"

namespace npuscope {

const Lane* LaneStates::Side::lane_of(std::size_t task) const {
  if (lane != nullptr && task >= lane->first && task < lane->first + lane->count) return lane;
  for (const Program& program : set.programs)
    for (const Lane& each : program.lanes)
      if (task >= each.first && task < each.first + each.count) return &each;
  return nullptr;
}

void LaneStates::Side::enter(std::size_t task) {
  if (task == no_index) return;
  const Lane* its = lane_of(task);
  if (!state || its != lane) {
    state.emplace();
    lane = its;
  } else {
    state->launch(running);
  }
  if (const Record* record = set.record_of(task)) state->apply(task, *record);
  running = set.tasks[task].task.enable_mask;
}

std::optional<std::uint32_t> LaneStates::Side::value(std::uint16_t offset) const {
  const auto block = block_of_offset(offset);
  if (!state || !block) return std::nullopt;
  // A block that does not run has registers, but they mean nothing.
  const int bit = facts_of(*block).enable_bit;
  if (bit >= 0 && (running >> static_cast<unsigned>(bit) & 1U) == 0) return std::nullopt;
  const Cell* cell = state->find(offset);
  return cell == nullptr ? std::nullopt : std::optional(cell->value);
}

}  // namespace npuscope
