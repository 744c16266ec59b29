// What one task did: operation, sizes, multiplications, bytes and addresses of each DMA client.
//
//   for (const TaskReport& task : result.tasks)
//     fmt::print("{}\n", text_of(task));               // replay/sim/trace.h
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace npuscope::sim {

// The clients that move data between memory and the blocks.
enum class DmaPath : std::uint8_t {
  commands,      // PC: register words
  feature,       // CNA
  weights,       // CNA
  main,          // MRDMA of DPU_RDMA
  bias_scale,    // BRDMA: operands per channel of the first stage
  batch_norm,    // NRDMA: of the second stage
  element_wise,  // ERDMA
  output,        // WDMA of the DPU
  pool_input,    // PPU_RDMA
  pool_output,   // PPU
};
inline constexpr std::size_t dma_path_count = 10;

[[nodiscard]] constexpr std::string_view name_of(DmaPath path) {
  constexpr std::array<std::string_view, dma_path_count> names{
      "commands",   "feature",      "weights", "main",       "bias_scale",
      "batch_norm", "element_wise", "output",  "pool_input", "pool_output"};
  return names[static_cast<std::size_t>(path)];
}

struct DmaTraffic {
  std::uint64_t bytes = 0;
  std::uint64_t lowest = 0, end = 0;  // device addresses touched: [lowest, end); 0, 0: none
  std::uint64_t faulty = 0;           // bytes outside all buffers
  std::uint64_t first_fault = 0;
  std::uint64_t unwritten = 0;  // bytes read that nothing wrote; counted with poisoned memory
  std::uint64_t first_unwritten = 0;
};

struct TaskReport {
  unsigned core = 0;
  std::size_t index = 0;      // counted from the begin of the run of this core
  std::uint32_t address = 0;  // of its first word
  std::uint32_t words = 0;    // that were executed
  std::uint32_t enable_mask = 0;
  std::string operation;  // "convolution 3x3, stride 1x1, pad 1,1, f16; ReLU"
  std::uint32_t in_width = 0, in_height = 0, in_channels = 0;
  std::uint32_t out_width = 0, out_height = 0, out_channels = 0;
  std::uint64_t macs = 0;  // multiplications with operands of the task, padding included
  std::array<DmaTraffic, dma_path_count> traffic{};

  [[nodiscard]] DmaTraffic& of(DmaPath path) { return traffic[static_cast<std::size_t>(path)]; }
  [[nodiscard]] const DmaTraffic& of(DmaPath path) const {
    return traffic[static_cast<std::size_t>(path)];
  }
};

}  // namespace npuscope::sim
