// What must hold before a register of the NPU is read through /dev/mem (KABI-M1). A core without
// power answers with an external abort: the board hangs, and only its power switch helps.
//
//   const std::vector<Guard> guards = mmio_guards(host, config, request);
//   if (!all_pass(guards)) ... refuse, and say which ...
//
// Each guard is a function of its own. They are asked before the power is held, and the one about
// power again for each core while it is held.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "regdb/error.h"
#include "replay/audit/kernel_config.h"
#include "replay/host/host.h"

namespace npuscope::snapshot {

inline constexpr std::uint32_t core_count = 3;
// Source: TRM and device tree of the RK3588.
[[nodiscard]] constexpr std::uint64_t core_base(std::uint32_t core) {
  return 0xfdab0000U + core * std::uint64_t{0x10000};
}

struct Guard {
  std::string id;  // "asked", "root", "cores", "devmem", "power-switch", "active"
  bool passed = false;
  std::string found;  // what was found, for a person
};

struct MmioRequest {
  bool asked = false;           // by the person, by an option of its own
  std::uint32_t core_mask = 0;  // the cores that a job was submitted to
  // Reads a register at a physical address. Tests give one of their own.
  std::function<Result<std::uint32_t>(std::uint64_t address)> read;
  // Holds (true) or releases (false) the power of the NPU; false if that failed.
  std::function<bool(bool on)> hold_power;
};

[[nodiscard]] Guard asked_guard(const MmioRequest& request);
[[nodiscard]] Guard root_guard(const host::Host& host);
[[nodiscard]] Guard cores_guard(const MmioRequest& request);
[[nodiscard]] Guard devmem_guard(const audit::KernelConfig& config);
[[nodiscard]] Guard power_switch_guard(const host::Host& host);
[[nodiscard]] Guard active_guard(const host::Host& host, std::uint32_t core);

// All that can be known before the power is held, in this order.
[[nodiscard]] std::vector<Guard> mmio_guards(const host::Host& host,
                                             const audit::KernelConfig& config,
                                             const MmioRequest& request);
[[nodiscard]] bool all_pass(const std::vector<Guard>& guards);

// The real ones: /dev/mem, and the file power of the driver's debugfs. Neither is used in tests.
[[nodiscard]] Result<std::uint32_t> read_physical(std::uint64_t address);
[[nodiscard]] bool hold_debugfs_power(bool on);

}  // namespace npuscope::snapshot
