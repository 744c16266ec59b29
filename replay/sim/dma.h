// How the blocks reach memory: every access is counted for its client, and one outside the buffers
// is remembered instead of crashing.
//
//   Dma dma(memory, dma_base, report);
//   const std::byte* cells = dma.read(DmaPath::feature, address, width * 16);
//
// Bytes outside all buffers read as zero and take no writes; the report says how many there were.
#pragma once

#include <span>
#include <vector>

#include "replay/sim/address_space.h"
#include "replay/sim/task_report.h"

namespace npuscope::sim {

class Dma {
 public:
  // `base` is added to every address (PC register DMA_BASE, 0 in practice).
  Dma(AddressSpace& memory, std::uint32_t base, TaskReport& report)
      : memory_(memory), base_(base), report_(report) {}

  // Valid until the next call. Addresses wrap at 32 bits, as the hardware's adders do.
  [[nodiscard]] const std::byte* read(DmaPath path, std::uint64_t address, std::size_t bytes);
  void write(DmaPath path, std::uint64_t address, std::span<const std::byte> bytes);

 private:
  [[nodiscard]] std::uint32_t begin(DmaPath path, std::uint64_t address, std::size_t bytes);
  const std::byte* read_in_parts(DmaPath path, std::uint32_t address, std::size_t bytes);
  void fault(DmaPath path, std::uint64_t address, std::uint64_t bytes);

  AddressSpace& memory_;
  std::uint32_t base_;
  TaskReport& report_;
  std::vector<std::byte> scratch_;
};

}  // namespace npuscope::sim
