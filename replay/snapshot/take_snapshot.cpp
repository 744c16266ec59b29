#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "decoder/input/kernel_line.h"
#include "decoder/input/text_lines.h"
#include "replay/host/device_answers.h"
#include "replay/host/kernel_log.h"
#include "replay/host/npu_nodes.h"
#include "replay/snapshot/snapshot.h"

namespace npuscope::snapshot {

namespace {

// Registers that reading does not change. Those of the DPU and its reader are the ones that a job
// may leave behind for the next.
constexpr std::array<std::uint16_t, 21> offsets{
    0x0000, 0x0004, 0x0008, 0x0010, 0x0014, 0x0020, 0x0024, 0x0028, 0x002c, 0x0030, 0x0034,
    0x0038, 0x003c, 0x1000, 0x1004, 0x3004, 0x4000, 0x4004, 0x5004, 0x6004, 0x7004};

constexpr std::size_t most_value = 16384;  // trans_stat is the longest
constexpr std::size_t most_log_lines = 32;

void add_file(const host::Host& host, const std::string& path, Snapshot& snapshot) {
  host::HostText text = host.read(path, most_value);
  while (!text.text.empty() && (text.text.back() == '\n' || text.text.back() == '\0'))
    text.text.pop_back();
  snapshot.values.push_back({path, text.read() ? text.text : "", text.error});
}

void add_files(const host::Host& host, Snapshot& snapshot) {
  add_file(host, "/proc/sys/kernel/random/boot_id", snapshot);
  add_file(host, "/proc/uptime", snapshot);
  for (std::uint32_t core = 0; core < core_count; ++core)
    for (const char* name : {"runtime_status", "runtime_usage"})
      add_file(host, fmt::format("/sys/devices/platform/{:x}.npu/power/{}", core_base(core), name),
               snapshot);
  const std::string devfreq = "/sys/class/devfreq/";
  for (const std::string& device : host.names(devfreq)) {
    if (!device.ends_with(".npu")) continue;
    for (const char* name : {"cur_freq", "target_freq", "governor", "load", "trans_stat"})
      add_file(host, devfreq + device + "/" + name, snapshot);
  }
  for (const char* name : {"version", "load", "power", "freq", "volt", "delayms", "reset"})
    add_file(host, std::string("/sys/kernel/debug/rknpu/") + name, snapshot);
}

void add_answers(const host::Host& host, Snapshot& snapshot) {
  if (!host.live()) return;
  for (const host::DeviceNode& node : host::device_nodes(host)) {
    if (!node.is_npu() || !node.openable()) continue;
    const auto answers = host::ask_device(node.path);
    if (!answers) continue;
    snapshot.values.push_back({"DRM VERSION", answers->driver + " " + answers->drm_version, 0});
    const auto add = [&](const char* name, const std::optional<std::uint32_t>& answer,
                         bool hexadecimal) {
      if (!answer) return;
      snapshot.values.push_back(
          {name, hexadecimal ? fmt::format("{:#x}", *answer) : fmt::format("{}", *answer), 0});
    };
    add("ACTION GET_HW_VERSION", answers->hardware_version, true);
    add("ACTION GET_DRV_VERSION", answers->driver_version, false);
    add("ACTION GET_FREQ", answers->frequency, false);
    add("ACTION GET_VOLT", answers->voltage, false);
    add("ACTION GET_IOMMU_EN", answers->iommu_enabled, false);
    return;  // all nodes are of one device
  }
}

void add_log(const host::Host& host, Snapshot& snapshot) {
  const host::KernelLog log = host::read_kernel_log(host);
  if (!log.error.empty()) {
    snapshot.no_log = fmt::format("{}: {}", log.source, log.error);
    return;
  }
  LineReader lines(log.text);
  std::string_view line;
  while (lines.next(line)) {
    if (!parse_kernel_line(line)) continue;
    if (snapshot.log.size() == most_log_lines) snapshot.log.erase(snapshot.log.begin());
    snapshot.log.emplace_back(line);
  }
}

std::string first_failure(const std::vector<Guard>& guards) {
  for (const Guard& guard : guards)
    if (!guard.passed) return fmt::format("{}: {}", guard.id, guard.found);
  return "";
}

// Held for as long as the registers are read, and released whatever happens.
class HeldPower {
 public:
  explicit HeldPower(const MmioRequest& request)
      : request_(request), held_(request.hold_power(true)) {}
  ~HeldPower() {
    if (held_) request_.hold_power(false);
  }
  HeldPower(const HeldPower&) = delete;
  HeldPower& operator=(const HeldPower&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  const MmioRequest& request_;
  bool held_;
};

// One core. Its power is looked at again right before: the domains of cores are separate.
bool add_core(const host::Host& host, std::uint32_t core, const MmioRequest& request,
              Snapshot& snapshot) {
  snapshot.guards.push_back(active_guard(host, core));
  if (!snapshot.guards.back().passed) return false;
  for (const std::uint16_t offset : offsets) {
    const auto value = request.read(core_base(core) + offset);
    if (!value) {
      snapshot.no_registers = value.error().text();
      return false;
    }
    snapshot.registers.push_back({core, offset, *value});
  }
  return true;
}

void add_registers(const host::Host& host, const MmioRequest& request, Snapshot& snapshot) {
  const std::string release = host.read("/proc/sys/kernel/osrelease", 256).line();
  snapshot.guards = mmio_guards(host, audit::read_kernel_config(host, release), request);
  snapshot.no_registers = first_failure(snapshot.guards);
  if (!snapshot.no_registers.empty()) return;
  const HeldPower power(request);
  snapshot.guards.push_back({"power-held", power.held(), power.held() ? "yes" : "cannot be held"});
  for (std::uint32_t core = 0; core < core_count && power.held(); ++core)
    if ((request.core_mask >> core & 1U) != 0 && !add_core(host, core, request, snapshot)) break;
  if (snapshot.no_registers.empty()) snapshot.no_registers = first_failure(snapshot.guards);
}

}  // namespace

Snapshot take_snapshot(const host::Host& host, const std::string& label, const MmioRequest& mmio) {
  Snapshot snapshot;
  snapshot.label = label;
  add_files(host, snapshot);
  add_answers(host, snapshot);
  add_log(host, snapshot);
  add_registers(host, mmio, snapshot);
  return snapshot;
}

}  // namespace npuscope::snapshot
