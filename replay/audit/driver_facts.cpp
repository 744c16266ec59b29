// Device nodes, modules, configuration, device tree, what is bound, versions and the IOMMU.
#include <fmt/format.h>

#include <algorithm>

#include "decoder/input/kernel_line.h"
#include "decoder/input/text_lines.h"
#include "replay/audit/machine.h"

namespace npuscope::audit {

namespace {

void add_node(const Machine& machine, const host::DeviceNode& node, Audit& audit) {
  const std::string id = "node." + node.path;
  const std::string source = node.path + ", /sys/class";
  std::string value = node.driver.empty() ? "driver not said" : node.driver;
  if (node.status)
    value += fmt::format(", mode {:04o}, group {}", node.status->mode & 07777U, node.group);
  if (node.path == host::heap_node) {
    audit.add(id, value, source, Judgement::blocks,
              "a driver that was built for DMA heaps (ROCKCHIP_RKNPU_DMA_HEAP) cannot be used: it "
              "needs ROCKCHIP_RKNPU_DRM_GEM");
    return;
  }
  if (!node.is_npu()) {
    audit.add(id, value, source);
  } else if (!node.status) {
    audit.add(id, value + ", no node", source, Judgement::blocks, "is udev running?");
  } else if (!node.open_error) {
    audit.add(id, value, source, Judgement::note, "nobody says for whom it should be opened");
  } else if (node.openable()) {
    audit.add(id, value + ", openable", source, Judgement::good);
  } else {
    audit.add(
        id, value + ", not openable", source, Judgement::blocks,
        fmt::format("{}sudo usermod -aG {} $USER, then log in anew",
                    machine.host.live()
                        ? fmt::format("{}; ", host::HostText{"", *node.open_error, false}.why())
                        : "",
                    node.group));
  }
}

// One node of the driver is enough: clients use the render node, sharing by name needs the other.
void forgive_second_nodes(const Machine& machine, Audit& audit) {
  const bool one =
      std::any_of(machine.nodes.begin(), machine.nodes.end(),
                  [](const host::DeviceNode& node) { return node.is_npu() && node.openable(); });
  if (!one) return;
  for (Fact& fact : audit.facts)
    if (fact.judgement == Judgement::blocks && fact.value.ends_with("not openable"))
      fact.judgement = Judgement::note;
}

void add_nodes(const Machine& machine, Audit& audit) {
  bool any = false;
  for (const host::DeviceNode& node : machine.nodes) {
    add_node(machine, node, audit);
    any = any || node.is_npu();
  }
  forgive_second_nodes(machine, audit);
  if (any) return;
  // In a tree that has the NPU other facts say what is missing.
  audit.add(
      "node", "none of an NPU", "/dev/dri, /dev/accel, /dev/rknpu, /sys/class",
      machine.npu_present() ? Judgement::blocks : Judgement::no_npu,
      machine.npu_present() ? "see tree, module and bound below" : "no driver of an NPU runs");
}

bool names_module(std::string_view list, const std::string& module) {
  const std::string file = "/" + module + ".ko";
  return list.find(file) != std::string_view::npos;
}

// Which module the device tree asks for.
std::string wanted_module(const Machine& machine) {
  if (machine.is_vendor()) return "rknpu";
  return machine.is_mainline() ? "rocket" : "";
}

void add_module(const Machine& machine, Audit& audit) {
  const std::string module = wanted_module(machine);
  if (module.empty()) return;
  const auto& loaded = machine.modules;
  const auto& bound = machine.bound;
  const std::string source = "/proc/modules, /sys/module, /lib/modules";
  if (std::find(loaded.begin(), loaded.end(), module) != loaded.end() ||
      bound.contains(module == "rknpu" ? "RKNPU" : module) ||
      (machine.answers && machine.answers->driver == module)) {
    audit.add("module." + module, "loaded or built in", source, Judgement::good);
    return;
  }
  const std::string folder = "/lib/modules/" + machine.release.value;
  constexpr std::size_t most = std::size_t{8} << 20U;
  if (names_module(machine.host.read(folder + "/modules.builtin", most).text, module))
    audit.add("module." + module, "built in", source, Judgement::good);
  else if (names_module(machine.host.read(folder + "/modules.dep", most).text, module))
    audit.add("module." + module, "there, but not loaded", source, Judgement::blocks,
              "sudo modprobe " + module);
  else
    audit.add("module." + module, "not found", source, Judgement::blocks,
              module == "rocket"
                  ? "this kernel needs CONFIG_DRM_ACCEL_ROCKET (Linux 6.18 and later)"
                  : "this kernel needs CONFIG_ROCKCHIP_RKNPU");
}

void add_config(const Machine& machine, Audit& audit) {
  if (!machine.config.known()) {
    audit.unread("config", machine.config.source, machine.config.error);
    return;
  }
  for (const char* option :
       {"ROCKCHIP_RKNPU", "ROCKCHIP_RKNPU_DRM_GEM", "ROCKCHIP_RKNPU_DMA_HEAP",
        "ROCKCHIP_RKNPU_FENCE", "ROCKCHIP_RKNPU_SRAM", "ROCKCHIP_RKNPU_DEBUG_FS",
        "DRM_ACCEL_ROCKET", "ROCKCHIP_IOMMU", "STRICT_DEVMEM"})
    audit.add(fmt::format("config.{}", option), machine.config.value(option),
              machine.config.source);
}

void add_tree(const Machine& machine, Audit& audit) {
  for (const TreeNode& node : machine.tree) {
    const std::string value =
        fmt::format("{}, {}",
                    node.compatible.empty() ? "no compatible"
                                            : fmt::format("{}", fmt::join(node.compatible, " ")),
                    node.status);
    const bool known = node.is("rockchip,rk3588-rknn-core") || node.is("rockchip,rk3588-rknpu");
    Judgement judgement = Judgement::good;
    std::string advice;
    if (!node.enabled()) {
      judgement = Judgement::blocks;
      advice = "enable it by an overlay: npuscope audit --overlay-text; read its warning first";
    } else if (node.is_core() && !known) {
      judgement = Judgement::warning;
      advice = "no driver that npuscope knows is for this";
    }
    audit.add("tree." + node.name, value, tree_root(machine.host), judgement, advice);
  }
  if (machine.tree.empty())
    audit.add("tree", "no node of the NPU", tree_root(machine.host),
              machine.npu_present() ? Judgement::note : Judgement::no_npu);
}

void add_bound(const Machine& machine, Audit& audit) {
  std::size_t count = 0;
  for (const auto& [driver, devices] : machine.bound) {
    if (devices.empty()) continue;
    count += devices.size();
    audit.add("bound." + driver, fmt::format("{}", fmt::join(devices, " ")),
              "/sys/bus/platform/drivers", Judgement::good);
  }
  const bool enabled =
      std::any_of(machine.tree.begin(), machine.tree.end(),
                  [](const TreeNode& node) { return node.is_core() && node.enabled(); });
  if (count == 0 && enabled)
    audit.add("bound", "no device", "/sys/bus/platform/drivers", Judgement::blocks,
              "no driver has taken the NPU: is it loaded, and what does `npuscope klog` say?");
}

// Cores that the driver found, by its log or by what is bound. The RK3583 has two.
void add_cores(const Machine& machine, Audit& audit) {
  if (machine.is_vendor()) {
    const bool two = machine.has_chip("rockchip,rk3583") || machine.has_chip("rockchip,rk3582");
    audit.add("cores", two ? "mask 0x3" : "mask 0x7", tree_root(machine.host) + "/compatible");
    return;
  }
  const auto rocket = machine.bound.find("rocket");
  if (rocket == machine.bound.end()) return;
  const std::size_t count = rocket->second.size();
  audit.add("cores", fmt::format("{} of 3", count), "/sys/bus/platform/drivers/rocket",
            count == 3 ? Judgement::good : Judgement::warning,
            count == 3 ? "" : "jobs run on the cores that are there");
}

// "0.9.8" -> 908.
std::optional<std::uint32_t> version_number(std::string_view text) {
  Scanner scan(text);
  const auto major = scan.decimal();
  if (!major || !scan.literal(".")) return std::nullopt;
  const auto minor = scan.decimal();
  if (!minor || !scan.literal(".")) return std::nullopt;
  const auto patch = scan.decimal();
  if (!patch || *major > 99 || *minor > 99 || *patch > 99) return std::nullopt;
  return static_cast<std::uint32_t>(10000 * *major + 100 * *minor + *patch);
}

Told version_in_log(const Machine& machine) {
  Told told;
  LineReader lines(machine.boot.log.text);
  std::string_view line;
  while (lines.next(line)) {
    const auto parsed = parse_kernel_line(line);
    if (parsed && parsed->kind->id == "klog.initialized")
      told = {std::string(argument(parsed->arguments, "version")), machine.boot.log.source};
  }
  return told;
}

Told driver_version(const Machine& machine) {
  if (machine.answers && machine.answers->driver_version) {
    const std::uint32_t number = *machine.answers->driver_version;
    return {fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100), "ACTION 1"};
  }
  const std::string debug = "/sys/kernel/debug/rknpu/version";
  const std::string text = machine.host.read(debug, 256).line();  // "RKNPU driver: v0.9.8"
  if (const auto at = text.rfind('v');
      at != std::string::npos && version_number(text.substr(at + 1)))
    return {text.substr(at + 1), debug};
  if (machine.answers && machine.answers->driver == "rocket")
    return {machine.answers->drm_version, "DRM VERSION"};
  return version_in_log(machine);
}

void add_versions(const Machine& machine, Audit& audit) {
  const Told version = driver_version(machine);
  if (version.value.empty()) {
    audit.unread("driver.version", "ACTION 1, debugfs, kernel log", "nothing says so",
                 machine.is_vendor() ? Judgement::warning : Judgement::note);
  } else {
    const auto number = version_number(version.value);
    const bool old = machine.is_vendor() && (!number || *number < 906);
    audit.add(
        "driver.version", version.value, version.source, old ? Judgement::blocks : Judgement::good,
        old ? "layouts of calls are known from 0.9.6 on: captures are read, nothing is run" : "");
  }
  constexpr std::uint32_t rk3588 = 0x46495245;
  if (machine.answers && machine.answers->hardware_version) {
    const std::uint32_t hardware = *machine.answers->hardware_version;
    audit.add("hardware.version", fmt::format("{:#x}", hardware), "ACTION 0",
              hardware == rk3588 ? Judgement::good : Judgement::blocks,
              hardware == rk3588 ? "" : fmt::format("the RK3588 answers {:#x}", rk3588));
  } else {
    audit.unread("hardware.version", "ACTION 0",
                 machine.host.live() ? "no driver answers" : "a copied system cannot be asked");
  }
}

void add_iommu(const Machine& machine, Audit& audit) {
  const std::string off_advice =
      "without the IOMMU every wrong address hits physical memory: enable its node";
  if (machine.answers && machine.answers->iommu_enabled) {
    const bool on = *machine.answers->iommu_enabled == 1;
    audit.add("iommu", on ? "on" : "off", "ACTION 18", on ? Judgement::good : Judgement::blocks,
              on ? "" : off_advice);
  } else if (machine.answers && machine.answers->driver == "rocket") {
    audit.add("iommu", "on", "the driver rocket", Judgement::good,
              "it does not run without: every client has addresses of its own");
  } else {
    std::vector<std::string> units;
    for (const std::string& name : machine.host.names("/sys/class/iommu"))
      if (name.starts_with("fda")) units.push_back(name);
    const auto in_tree = [](const TreeNode& node) { return !node.is_core() && node.enabled(); };
    const bool on = !units.empty();
    const bool enabled = std::any_of(machine.tree.begin(), machine.tree.end(), in_tree);
    if (on)
      audit.add("iommu", fmt::format("{}", fmt::join(units, " ")), "/sys/class/iommu",
                Judgement::good);
    else if (machine.host.has("/sys/class/iommu") || !enabled)
      audit.add("iommu", "none of the NPU", "/sys/class/iommu, device tree", Judgement::blocks,
                off_advice);
    else
      audit.unread("iommu", "/sys/class/iommu", "missing", Judgement::warning);
  }
  const auto groups = machine.host.list("/sys/kernel/iommu_groups");
  if (groups.error == 0)
    audit.add("iommu.groups", fmt::format("{}", groups.names.size()), "/sys/kernel/iommu_groups");
}

}  // namespace

void add_driver_facts(const Machine& machine, Audit& audit) {
  add_nodes(machine, audit);
  add_module(machine, audit);
  add_config(machine, audit);
  add_tree(machine, audit);
  add_bound(machine, audit);
  if (!machine.npu_present()) return;
  add_cores(machine, audit);
  add_versions(machine, audit);
  add_iommu(machine, audit);
}

}  // namespace npuscope::audit
