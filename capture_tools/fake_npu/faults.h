// Faults that a fake NPU is told to make: what a board does once in a thousand submits, on demand.
//
//   Result<Fault> fault = parse_fault("dispatch-miss@3");       // the third submit, counted from 1
//
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "regdb/error.h"

namespace npuscope::fake {

enum class FaultKind : std::uint8_t {
  dispatch_miss,      // the job is accepted and never starts: no interrupt, counter 0
  early_retirement,   // the driver takes the job for done before its last task ran
  iommu_fault,        // the first access finds nothing mapped
  foreign_reset,      // another process resets the NPU while the job runs
  invalid_interrupt,  // the interrupt is not the expected one
  no_memory,          // the n-th allocation fails
  unplugged,          // the n-th ioctl finds no device, nor do those after it
};

struct Fault {
  FaultKind kind = FaultKind::dispatch_miss;
  std::uint64_t number = 1;
};

// Errors (usage): an unknown name, which lists the known ones, or no number.
[[nodiscard]] Result<Fault> parse_fault(std::string_view text);
[[nodiscard]] bool contains(const std::vector<Fault>& faults, FaultKind kind, std::uint64_t number);

}  // namespace npuscope::fake
