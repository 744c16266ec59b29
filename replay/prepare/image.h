// A program ready to run: buffers with their contents at device addresses, and the tasks of each
// core.
//
//   Result<LinkedModel> linked = link_model(opened, 3);          // replay/prepare/link_model.h
//   Image part = keep_core(linked->image, 0);
//   cut_to_prefix(part, 12);
//   Result<void> loaded = load(part, simulator.memory());
//
// An Image owns its bytes and knows no device: the simulator maps it as it stands, a driver
// allocates its buffers and links anew with the addresses that it got.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "regdb/error.h"
#include "replay/sim/address_space.h"
#include "replay/sim/core_tasks.h"

namespace npuscope {

struct ImageBuffer {
  std::string name;
  BufferRole role = BufferRole::unknown;
  std::uint32_t address = 0;
  std::uint64_t bytes = 0;
  std::vector<std::byte> content;  // its first bytes; what follows is left as the device has it
};

struct Image {
  unsigned cores = 1;
  std::vector<ImageBuffer> buffers;   // do not overlap
  std::vector<sim::CoreTasks> lanes;  // regcmd_addr are device addresses

  [[nodiscard]] std::size_t task_count() const;
  // The contents at [address, address + bytes); empty if no buffer has them.
  [[nodiscard]] std::span<std::byte> at(std::uint64_t address, std::uint64_t bytes);
  // Calls visit(task, words as bytes) for the body of each task's record. Tasks share records.
  template <typename Visit>
  void for_each_record(Visit&& visit) {
    for (sim::CoreTasks& lane : lanes)
      for (Task& task : lane.tasks)
        visit(task, at(task.regcmd_addr, std::uint64_t{8} * task.regcfg_amount));
  }
};

// Maps the buffers and writes their contents. Errors (usage): buffers that overlap each other or
// what is mapped already.
[[nodiscard]] Result<void> load(const Image& image, sim::AddressSpace& memory);

// The tasks of one core alone; half of a 2-core program gives half of its output.
[[nodiscard]] Image keep_core(const Image& image, unsigned core);

// The first `tasks` tasks of every lane.
void cut_to_prefix(Image& image, std::size_t tasks);

}  // namespace npuscope
