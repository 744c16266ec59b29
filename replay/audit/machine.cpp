#include "replay/audit/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "decoder/input/text_lines.h"

namespace npuscope::audit {

namespace {

constexpr std::array<const char*, 2> platform_drivers{"RKNPU", "rocket"};
constexpr std::array<const char*, 2> module_names{"rknpu", "rocket"};

Told architecture_of(const host::Host& host, const KernelConfig& config) {
  if (host.live()) {
    utsname name{};
    if (::uname(&name) == 0) return {static_cast<const char*>(name.machine), "uname(2)"};
  }
  const std::string path = "/proc/sys/kernel/arch";  // since Linux 6.1
  if (const auto text = host.read(path, 64); text.read()) return {text.line(), path};
  if (config.known() && config.value("ARM64") == "y") return {"aarch64", config.source};
  return {"", path + ", kernel configuration"};
}

Told page_size_of(const host::Host& host, const KernelConfig& config) {
  if (host.live()) return {fmt::format("{}", ::sysconf(_SC_PAGESIZE)), "sysconf(3)"};
  for (const auto& [option, size] :
       {std::pair{"ARM64_4K_PAGES", "4096"}, std::pair{"ARM64_16K_PAGES", "16384"},
        std::pair{"ARM64_64K_PAGES", "65536"}})
    if (config.known() && config.value(option) == "y") return {size, config.source};
  return {"", "kernel configuration"};
}

bool is_npu_device(const std::string& name) {
  return name.ends_with(".npu");
}

bool is_loaded(const host::Host& host, const std::string& module, const std::string& modules) {
  return host.has("/sys/module/" + module) || modules.starts_with(module + " ") ||
         modules.find("\n" + module + " ") != std::string::npos;
}

std::vector<std::string> npu_paths(const std::vector<host::DeviceNode>& nodes) {
  std::vector<std::string> paths;
  for (const host::DeviceNode& node : nodes)
    if (node.is_npu()) paths.push_back(node.path);
  return paths;
}

// Of the vendor's driver when there are both: it tells more.
std::optional<host::DeviceAnswers> best_answers(const Machine& machine) {
  std::optional<host::DeviceAnswers> first;
  if (!machine.host.live()) return first;
  for (const host::DeviceNode& node : machine.nodes) {
    if (!node.is_npu() || !node.openable()) continue;
    auto answers = host::ask_device(node.path);
    if (answers && (!first || answers->driver == "rknpu")) first = std::move(answers);
  }
  return first;
}

bool uses(const Machine& machine, const char* driver) {
  return machine.bound.contains(driver) ||
         std::any_of(machine.nodes.begin(), machine.nodes.end(),
                     [driver](const host::DeviceNode& node) { return node.driver == driver; });
}

bool tree_has(const Machine& machine, std::string_view compatible) {
  return std::any_of(machine.tree.begin(), machine.tree.end(),
                     [compatible](const TreeNode& node) { return node.is(compatible); });
}

}  // namespace

bool Machine::has_chip(std::string_view compatible) const {
  return std::find(chips.begin(), chips.end(), compatible) != chips.end();
}

bool Machine::is_vendor() const {
  return tree_has(*this, "rockchip,rk3588-rknpu") || uses(*this, "RKNPU") ||
         std::any_of(nodes.begin(), nodes.end(),
                     [](const host::DeviceNode& node) { return node.path == host::heap_node; });
}

bool Machine::is_mainline() const {
  return tree_has(*this, "rockchip,rk3588-rknn-core") || uses(*this, "rocket");
}

bool Machine::npu_present() const {
  const bool core =
      std::any_of(tree.begin(), tree.end(), [](const TreeNode& node) { return node.is_core(); });
  return core || is_vendor() || is_mainline();
}

Machine look_at(const host::Host& host) {
  Machine machine;
  machine.host = host;
  const std::string release = "/proc/sys/kernel/osrelease";
  machine.release = {host.read(release, 256).line(), release};
  machine.config = read_kernel_config(host, machine.release.value);
  machine.architecture = architecture_of(host, machine.config);
  machine.page_size = page_size_of(host, machine.config);
  machine.chips = tree_texts(host, tree_root(host) + "/compatible");
  machine.tree = npu_tree_nodes(host);
  machine.nodes = host::device_nodes(host);
  for (const char* driver : platform_drivers) {
    const auto names = host.list(std::string("/sys/bus/platform/drivers/") + driver);
    if (names.error != 0) continue;
    auto& devices = machine.bound[driver];
    std::copy_if(names.names.begin(), names.names.end(), std::back_inserter(devices),
                 is_npu_device);
  }
  const std::string modules = host.read("/proc/modules", std::size_t{1} << 20U).text;
  for (const char* module : module_names)
    if (is_loaded(host, module, modules)) machine.modules.emplace_back(module);
  machine.boot = host::boot_state(host);
  machine.users = host::device_users(host, npu_paths(machine.nodes));
  machine.answers = best_answers(machine);
  return machine;
}

Audit audit(const Machine& machine, const AuditOptions& options) {
  Audit result;
  result.npu_present = machine.npu_present();
  add_system_facts(machine, result);
  add_driver_facts(machine, result);
  add_state_facts(machine, options, result);
  // Without an NPU there is nothing to block.
  if (!result.npu_present)
    for (Fact& fact : result.facts)
      if (fact.judgement == Judgement::blocks) fact.judgement = Judgement::note;
  return result;
}

}  // namespace npuscope::audit
