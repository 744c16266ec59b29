// Kernel, board and memory.
#include <fmt/format.h>

#include <algorithm>

#include "replay/audit/machine.h"
#include "replay/audit/memory.h"

namespace npuscope::audit {

namespace {

void add_told(Audit& audit, std::string_view id, const Told& told, std::string_view wanted,
              std::string advice) {
  if (told.value.empty()) {
    audit.unread(id, told.source, "nothing says so");
    return;
  }
  const bool fits = wanted.empty() || told.value == wanted;
  audit.add(id, told.value, told.source,
            wanted.empty() ? Judgement::note
            : fits         ? Judgement::good
                           : Judgement::warning,
            fits ? "" : std::move(advice));
}

void add_kernel(const Machine& machine, Audit& audit) {
  add_told(audit, "kernel.architecture", machine.architecture, "aarch64",
           "boards with this NPU are aarch64");
  add_told(audit, "kernel.release", machine.release, "", "");
  add_told(audit, "kernel.page_size", machine.page_size, "4096",
           "captures assume pages of 4096 bytes: sizes and addresses of buffers will differ");
  const std::string boot_id = "/proc/sys/kernel/random/boot_id";
  if (machine.boot.boot_id)
    audit.add("boot.id", *machine.boot.boot_id, boot_id);
  else
    audit.unread("boot.id", boot_id, "missing or empty");
  if (machine.boot.uptime_seconds)
    audit.add("boot.uptime", fmt::format("{} s", *machine.boot.uptime_seconds), "/proc/uptime");
  else
    audit.unread("boot.uptime", "/proc/uptime", "missing or no number");
}

void add_board(const Machine& machine, Audit& audit) {
  const std::string root = tree_root(machine.host);
  const auto model = tree_texts(machine.host, root + "/model");
  if (model.empty())
    audit.unread("board.model", root + "/model", "no device tree");
  else
    audit.add("board.model", model.front(), root + "/model", Judgement::note,
              "names of boards in documents and in the device tree can differ");
  const std::string source = root + "/compatible";
  if (machine.chips.empty()) {
    audit.unread("board.chip", source, "no device tree",
                 machine.npu_present() ? Judgement::note : Judgement::no_npu);
    return;
  }
  const std::string chip = fmt::format("{}", fmt::join(machine.chips, " "));
  const bool known = machine.has_chip("rockchip,rk3588") || machine.has_chip("rockchip,rk3588s");
  if (known || machine.npu_present())
    audit.add("board.chip", chip, source, known ? Judgement::good : Judgement::warning,
              known ? "" : "programs are made for the RK3588 and RK3588S");
  else
    audit.add("board.chip", chip, source, Judgement::no_npu, "not an RK3588 or RK3588S");
}

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

std::string in_mib(std::uint64_t bytes) {
  return fmt::format("{} MiB", bytes / mib);
}

// Whether page tables above 4 GiB are known to make trouble, and what to do then.
void judge_high_memory(const Machine& machine, Fact& fact) {
  const bool small = machine.has_chip("rockchip,rk3566") || machine.has_chip("rockchip,rk3568");
  if (small && machine.npu_present()) {
    fact.judgement = Judgement::blocks;
    fact.advice =
        "page tables of the IOMMU may lie above 4 GiB, where the NPU of this chip cannot read them "
        "(Linux commit 2a7e6400f72b): boot with mem=4G, or with the rk3568-iommu-v1 patches";
  } else if (machine.is_mainline()) {
    fact.judgement = Judgement::warning;
    fact.advice =
        "page tables of the IOMMU may lie above 4 GiB since Linux commit 2a7e6400f72b. That fails "
        "on "
        "the RK3566 and RK3568; of the RK3588 no failure is known. First bring-up with mem=4G on "
        "the kernel command line, or with the per-device-ops and rk3568-iommu-v1 patches";
  } else if (machine.npu_present()) {
    fact.advice = "buffers of the NPU have addresses below 4 GiB through its IOMMU";
  }
}

void add_memory(const Machine& machine, Audit& audit) {
  const host::HostText meminfo = machine.host.read("/proc/meminfo");
  const host::HostText cmdline = machine.host.read("/proc/cmdline");
  if (const auto total = meminfo_bytes(meminfo.text, "MemTotal"))
    audit.add("memory.total", in_mib(*total), "/proc/meminfo");
  else
    audit.unread("memory.total", "/proc/meminfo", meminfo.read() ? "no MemTotal" : meminfo.why());
  if (cmdline.read())
    audit.add("kernel.command_line", cmdline.line(), "/proc/cmdline");
  else
    audit.unread("kernel.command_line", "/proc/cmdline", cmdline.why());

  const auto above = bytes_above_4g(machine.host.read("/proc/iomem", mib).text,
                                    machine.host.read("/proc/zoneinfo", 4 * mib).text);
  const std::string source = "/proc/iomem, /proc/zoneinfo";
  if (!above) {
    audit.unread("memory.above_4g", source, "neither says where memory lies",
                 machine.is_mainline() ? Judgement::warning : Judgement::note);
  } else {
    Fact& fact = audit.add("memory.above_4g", in_mib(*above), source, Judgement::good);
    if (*above > 0) fact.judgement = Judgement::note, judge_high_memory(machine, fact);
  }

  // Buffers of clients that ask for contiguous memory come from here; ours do not.
  constexpr std::uint64_t low = 16 * mib;
  if (const auto free = meminfo_bytes(meminfo.text, "CmaFree"))
    audit.add("memory.cma_free", in_mib(*free), "/proc/meminfo",
              *free < low && machine.is_vendor() ? Judgement::warning : Judgement::note,
              *free < low
                  ? "clients that ask for contiguous buffers may fail with ENXIO in mmap: cma= "
                    "on the command line reserves more"
                  : "");
  else
    audit.unread("memory.cma_free", "/proc/meminfo", "no CmaFree");
}

}  // namespace

void add_system_facts(const Machine& machine, Audit& audit) {
  add_kernel(machine, audit);
  add_board(machine, audit);
  add_memory(machine, audit);
}

}  // namespace npuscope::audit
