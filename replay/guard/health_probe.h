// A small operation of which the answer is known, run before and after every program.
//
//   const ReplayProgram probe = probe_program(ProbeForm::inherit);
//   Result<bool> healthy = run_probe(device, ProbeForm::armed);
//
// An addition of two small cubes on DPU and DPU_RDMA alone, in two forms (KABI-X01). `inherit`
// writes no S_POINTER and has no tail, as the customary health check of public clients: it passes
// only if the job before left the ping-pong pointers in order. `armed` sets them itself. inherit
// fails and armed passes: the pointers are polluted. Both fail: the NPU is stuck.
#pragma once

#include "replay/guard/submission.h"

namespace npuscope::guard {

enum class ProbeForm : std::uint8_t { inherit, armed };

[[nodiscard]] std::string_view name_of(ProbeForm form);

[[nodiscard]] ReplayProgram probe_program(ProbeForm form);

// Are these the sums, in the buffer "output" of the probe?
[[nodiscard]] bool probe_is_right(std::span<const std::byte> output);

enum class Health : std::uint8_t { well, polluted, stuck };
[[nodiscard]] std::string_view name_of(Health health);
[[nodiscard]] Health health_of(bool inherit_passed, bool armed_passed);

}  // namespace npuscope::guard
