#include "replay/snapshot/mmio_guards.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/host/npu_nodes.h"

namespace npuscope::snapshot {

namespace {

constexpr const char* power_file = "/sys/kernel/debug/rknpu/power";

}  // namespace

Guard asked_guard(const MmioRequest& request) {
  return {"asked", request.asked, request.asked ? "yes" : "reading registers was not asked for"};
}

Guard root_guard(const host::Host& host) {
  const auto who = host::identity_of(host);
  const bool root = who && who->uid == 0;
  return {"root", root, !who ? "the user is not known" : root ? "yes" : "not root"};
}

Guard cores_guard(const MmioRequest& request) {
  const bool known = request.core_mask != 0 && request.core_mask >> core_count == 0;
  return {"cores", known,
          known ? fmt::format("mask {:#x}", request.core_mask)
                : fmt::format("mask {:#x} names no cores: give those that the job ran on",
                              request.core_mask)};
}

// STRICT_DEVMEM leaves registers readable; IO_STRICT_DEVMEM forbids those that a driver has
// claimed. Source: Linux, kernel/resource.c and drivers/char/mem.c.
Guard devmem_guard(const audit::KernelConfig& config) {
  if (!config.known()) return {"devmem", false, "the kernel's configuration is not known"};
  const bool forbidden = config.value("IO_STRICT_DEVMEM") == "y";
  const bool device = config.value("DEVMEM") == "y";
  return {"devmem", device && !forbidden,
          forbidden ? "IO_STRICT_DEVMEM forbids it"
          : device  ? "allowed"
                    : "the kernel has no /dev/mem (DEVMEM)"};
}

Guard power_switch_guard(const host::Host& host) {
  const host::HostText power = host.read(power_file, 64);
  return {"power-switch", power.read(),
          power.read() ? power.line() : fmt::format("{}: {}", power_file, power.why())};
}

// The power domains of the three cores are switched one by one; a parent that is on says nothing.
// The vendor's driver has one device for all cores, whose domains are devices of the bus genpd;
// mainline has a device for each core. All that there are must be active.
Guard active_guard(const host::Host& host, std::uint32_t core) {
  const std::string domain = fmt::format("/sys/bus/genpd/devices/genpd:{}:fdab0000.npu", core);
  const std::string device = fmt::format("/sys/devices/platform/{:x}.npu", core_base(core));
  bool active = false, suspended = false;
  std::string found;
  for (const std::string& place : {domain, device}) {
    const host::HostText status = host.read(place + "/power/runtime_status", 64);
    if (status.missing()) continue;
    const std::string word = status.read() ? status.line() : status.why();
    (word == "active" ? active : suspended) = true;
    found += fmt::format("{}{} {}", found.empty() ? "" : ", ", host::last_part(place), word);
  }
  return {"active", active && !suspended,
          fmt::format("core {}: {}", core, found.empty() ? "no runtime_status" : found)};
}

std::vector<Guard> mmio_guards(const host::Host& host, const audit::KernelConfig& config,
                               const MmioRequest& request) {
  return {asked_guard(request), root_guard(host), cores_guard(request), devmem_guard(config),
          power_switch_guard(host)};
}

bool all_pass(const std::vector<Guard>& guards) {
  return std::all_of(guards.begin(), guards.end(), [](const Guard& guard) { return guard.passed; });
}

}  // namespace npuscope::snapshot
