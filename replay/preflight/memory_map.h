// What an address register points to: a tensor of a model file (by relocation), or a buffer of a
// capture (by device address).
//
//   const MemoryMap memory(capture);
//   std::optional<Target> target = memory.target_of(task, 0x1070);   // the feature
//   target->owner; target->offset; target->size;
//
// Absolute addresses mean nothing across captures, so everything that compares two addresses
// compares owner and offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "decoder/model.h"
#include "replay/preflight/task_view.h"

namespace npuscope::preflight {

struct Target {
  // Equal for addresses into the same thing: index of the tensor or buffer, no_index for an address
  // of which only the number is known.
  std::size_t owner = no_index;
  std::uint64_t offset = 0;  // bytes; the address itself without an owner
  std::uint64_t size = 0;    // bytes of the owner, 0 without one
  std::string name;          // of the owner
};

class MemoryMap {
 public:
  // `capture` must outlive the map.
  explicit MemoryMap(const Capture& capture);

  // Every buffer of the run is known with its address, so that an address outside all of them is
  // wrong.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool relocatable() const { return capture_->model != nullptr; }

  // Where the register of this task points. Nothing if its value is not known, or if it belongs to
  // a model and is not relocated.
  [[nodiscard]] std::optional<Target> target_of(const TaskView& task, std::uint16_t offset) const;

  // The buffer that holds this device address; no owner if there is none.
  [[nodiscard]] Target target_at(std::uint64_t address) const;

 private:
  [[nodiscard]] std::optional<Target> relocated(const TaskView& task, const Cell& cell) const;

  const Capture* capture_;
  std::unordered_map<std::uint32_t, const Relocation*> by_word_;
  bool complete_ = false;
};

}  // namespace npuscope::preflight
