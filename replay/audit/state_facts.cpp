// Power, the kernel log, who else uses the NPU, where evidence of a crash would go, programs.
#include <fmt/format.h>

#include <array>

#include "replay/audit/machine.h"

namespace npuscope::audit {

namespace {

// Attributes that are there; a missing one says nothing.
void add_files(const Machine& machine, Audit& audit, const std::string& prefix,
               const std::string& folder, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const std::string path = folder + "/" + name;
    const host::HostText text = machine.host.read(path, 4096);
    if (text.missing()) continue;
    if (text.read())
      audit.add(prefix + host::last_part(path), text.line(), path);
    else
      audit.unread(prefix + host::last_part(path), path, text.why());
  }
}

void add_power(const Machine& machine, Audit& audit) {
  bool any = false;
  for (const std::string& name : machine.host.names("/sys/class/devfreq")) {
    if (!name.ends_with(".npu")) continue;
    any = true;
    add_files(machine, audit, "power.", "/sys/class/devfreq/" + name,
              {"cur_freq", "target_freq", "governor", "load"});
  }
  if (!any && machine.is_mainline())
    audit.add("power.cur_freq", "not controlled", "/sys/class/devfreq", Judgement::note,
              "mainline leaves the clock at its default, 200 MHz: times are not comparable");
  if (machine.answers && machine.answers->frequency)
    audit.add("power.clock", fmt::format("{} Hz", *machine.answers->frequency), "ACTION 2");
  if (machine.answers && machine.answers->voltage)
    audit.add("power.voltage", fmt::format("{} uV", *machine.answers->voltage), "ACTION 4");
  for (const char* core : {"fdab0000", "fdac0000", "fdad0000"})
    add_files(machine, audit, fmt::format("power.{}.", core),
              fmt::format("/sys/devices/platform/{}.npu/power", core),
              {"runtime_status", "runtime_usage"});
  for (const std::string& name : machine.host.names("/sys/class/regulator")) {
    const std::string folder = "/sys/class/regulator/" + name;
    const std::string regulator = machine.host.read(folder + "/name", 256).line();
    if (regulator.find("npu") == std::string::npos) continue;
    add_files(machine, audit, "power." + regulator + ".", folder, {"state", "microvolts"});
  }
}

void add_access(const Machine& machine, Audit& audit) {
  const host::HostNames debug = machine.host.list("/sys/kernel/debug/rknpu");
  if (debug.error == 0)
    audit.add("access.debugfs", "readable", "/sys/kernel/debug/rknpu");
  else
    audit.unread("access.debugfs", "/sys/kernel/debug/rknpu",
                 host::HostText{"", debug.error, false}.why(), Judgement::note,
                 "optional: snapshot and audit say more with it, as root");
  const std::string strict =
      machine.config.known() ? machine.config.value("STRICT_DEVMEM") : "not known";
  const auto who = host::identity_of(machine.host);
  audit.add("access.registers",
            fmt::format("STRICT_DEVMEM {}, {}", strict,
                        !who            ? "user not known"
                        : who->uid == 0 ? "root"
                                        : "not root"),
            "kernel configuration, /proc/self/status", Judgement::note,
            "optional: reading registers of a core without power hangs the board; npuscope "
            "snapshot guards it");
}

void add_log(const Machine& machine, const AuditOptions& options, Audit& audit) {
  const host::BootState& boot = machine.boot;
  const std::string doubt = boot.doubt();
  const std::string restricted = machine.host.read("/proc/sys/kernel/dmesg_restrict", 16).line();
  if (boot.poisoned()) {
    audit.add("log.poison", boot.poison.front().text, boot.log.source, Judgement::poison,
              fmt::format("{} line(s) after which the driver cannot be trusted: reboot; npuscope "
                          "klog explains them",
                          boot.poison.size()));
  } else if (doubt.empty()) {
    audit.add("log.poison", "none", boot.log.source, Judgement::good);
  } else {
    audit.unread(
        "log.poison", boot.log.source, doubt,
        options.accept_unproven_log ? Judgement::warning : Judgement::blocks,
        fmt::format("nobody can prove that this boot is clean: run it with sudo, or reboot{}; "
                    "--accept-unproven-log overrides",
                    restricted == "1" ? " (kernel.dmesg_restrict is 1)" : ""));
  }
  if (boot.log.error.empty())
    audit.add("log.failures", fmt::format("{}", boot.failures), boot.log.source,
              boot.failures > 0 ? Judgement::warning : Judgement::good,
              boot.failures > 0 ? "runs failed since the boot; npuscope klog explains them" : "");
}

void add_users(const Machine& machine, Audit& audit) {
  const host::DeviceUsers& users = machine.users;
  const std::string source = "/proc/*/fd";
  for (const host::DeviceUser& user : users.users)
    audit.add(fmt::format("user.{}.{}", user.pid, host::last_part(user.node)),
              fmt::format("{} has {} open", user.program, user.node), source, Judgement::blocks,
              "a timeout or reset stops the jobs of every process: end it first");
  if (users.hidden > 0)
    audit.add("users",
              fmt::format("{} seen, {} processes hidden", users.users.size(), users.hidden), source,
              Judgement::warning, "only root sees the files of all processes");
  else if (users.processes == 0)
    audit.unread("users", source, "there are no processes", Judgement::warning);
  else if (users.users.empty())
    audit.add("users", "none", source, Judgement::good);
}

// Where the last words of a crashing kernel would be found.
void add_evidence(const Machine& machine, Audit& audit) {
  const std::string console = machine.host.read("/proc/sys/kernel/printk", 64).line();
  const std::string backend = machine.host.read("/sys/module/pstore/parameters/backend", 64).line();
  const std::string modules = machine.host.read("/proc/modules", std::size_t{1} << 20U).text;
  const std::string cmdline = machine.host.read("/proc/cmdline").text;
  std::vector<std::string> sinks;
  if (!backend.empty() && backend != "(null)") sinks.push_back("pstore (" + backend + ")");
  if (modules.find("netconsole ") != std::string::npos ||
      cmdline.find("netconsole=") != std::string::npos)
    sinks.emplace_back("netconsole");
  for (const std::string_view serial : {"console=ttyS", "console=ttyFIQ", "console=ttyAMA"})
    if (cmdline.find(serial) != std::string::npos) {
      sinks.emplace_back("serial console");
      break;
    }
  const std::size_t kept = machine.host.names("/sys/fs/pstore").size();
  if (!console.empty()) audit.add("crash.printk", console, "/proc/sys/kernel/printk");
  if (kept > 0)
    audit.add("crash.records", fmt::format("{} kept", kept), "/sys/fs/pstore", Judgement::warning,
              "an earlier boot crashed: read them, then remove them");
  audit.add("crash.sinks", sinks.empty() ? "none" : fmt::format("{}", fmt::join(sinks, ", ")),
            "/proc/cmdline, /proc/modules, /sys/module/pstore",
            sinks.empty() ? Judgement::warning : Judgement::good,
            sinks.empty() ? "the log of a crash would be lost: set up netconsole, pstore or a "
                            "serial console, with loglevel=8, before unsafe runs"
                          : "");
}

constexpr std::array<const char*, 4> library_folders{
    "/usr/lib/", "/usr/lib64/", "/usr/lib/aarch64-linux-gnu/", "/usr/local/lib/"};

void add_programs(const Machine& machine, Audit& audit) {
  constexpr std::size_t most = std::size_t{32} << 20U;  // the runtime has some 7 MiB
  constexpr std::string_view mark = "librknnrt version: ";
  for (const char* folder : library_folders) {
    const std::string path = std::string(folder) + "librknnrt.so";
    const host::HostText file = machine.host.read(path, most);
    if (!file.read()) continue;
    const std::size_t at = file.text.find(mark);
    std::string version = at == std::string::npos ? "" : file.text.substr(at + mark.size(), 32);
    version = version.substr(0, version.find_first_of(std::string_view(" (\n\0", 4)));
    audit.add("program.librknnrt", version.empty() ? "version not found" : version, path);
    break;
  }
  for (const char* folder : library_folders) {
    const std::string path = std::string(folder) + "libteflon.so";
    if (!machine.host.has(path)) continue;
    audit.add("program.teflon", "there", path, Judgement::note, "of Mesa; needs 25.3 or later");
    break;
  }
}

}  // namespace

void add_state_facts(const Machine& machine, const AuditOptions& options, Audit& audit) {
  if (machine.npu_present()) {
    add_power(machine, audit);
    add_access(machine, audit);
  }
  add_log(machine, options, audit);
  add_users(machine, audit);
  add_evidence(machine, audit);
  add_programs(machine, audit);
}

}  // namespace npuscope::audit
