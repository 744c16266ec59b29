// Whether anything that happened since this boot forbids a run (KABI-L28, X03).
//
//   const BootState boot = boot_state(Host{});
//   if (boot.poisoned()) return refuse(boot.poison.front().text);      // only a reboot cures
//   if (!boot.proven_clean()) ... boot.doubt() says why nobody knows ...
//
// A boot is named by boot_id: what was recorded as poisoned under one id stays so until it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/host/kernel_log.h"

namespace npuscope::host {

struct BootState {
  std::optional<std::string> boot_id;  // /proc/sys/kernel/random/boot_id
  std::optional<std::uint64_t> uptime_seconds;
  KernelLog log;
  std::vector<PoisonLine> poison;
  std::size_t failures = 0;  // lines of failures that the driver has recovered from

  [[nodiscard]] bool poisoned() const { return !poison.empty(); }
  // The whole log of this boot was read and holds no poison.
  [[nodiscard]] bool proven_clean() const { return !poisoned() && doubt().empty(); }
  // Why the log does not prove that the boot is clean; "" when it does.
  [[nodiscard]] std::string doubt() const;
};
[[nodiscard]] BootState boot_state(const Host& host);

}  // namespace npuscope::host
