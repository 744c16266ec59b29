// The bytes that a task reads and writes, path by path, from its registers alone.
//
//   for (const DmaAccess& access : dma_accesses(task))
//     access.path; access.address_register; access.first; access.end;
//
// Bytes are counted from the address that the path's register holds; `first` is negative where a
// negative stride reads below it. Source of the formulas: the address generators as they were found
// on 2,320 convolution tasks of vendor models, 642 copies and 408 element-wise tasks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/preflight/task_view.h"

namespace npuscope::preflight {

struct DmaAccess {
  std::string_view path;  // "feature"
  std::uint16_t address_register = 0;
  std::int64_t first = 0, end = 0;  // bytes
  bool writes = false;
  std::string unknown;  // why the range is not known; empty: it is
};

// The paths that the task has switched on. CNA: feature, weights. DPU: output. DPU_RDMA: main
// source, bias, BN operand, element-wise operand. PPU: pooled output; PPU_RDMA: pooling source.
[[nodiscard]] std::vector<DmaAccess> dma_accesses(const TaskView& task);

// Bytes of an element by the precision code of CNA, DPU and RDMA; 0 for codes without whole bytes
// and codes that were never seen.
[[nodiscard]] std::uint32_t element_bytes(std::uint32_t precision);

}  // namespace npuscope::preflight
