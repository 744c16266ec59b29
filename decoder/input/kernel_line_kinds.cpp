// What the drivers of the NPU write to the kernel log. Sources: rknpu driver 0.9.8 (rknpu_job.c,
// rknpu_reset.c, rknpu_drv.c, rknpu_iommu.c), the published trace patch of it, and of Linux
// drivers/accel/rocket and drivers/iommu/rockchip-iommu.c. Defects B1 to B15 are those that
// docs/board-setup.md lists.
#include <algorithm>
#include <array>

#include "decoder/input/kernel_line.h"

namespace npuscope {

namespace {

using enum KernelEffect;

constexpr std::string_view reboot =
    "reboot before the next run; `npuscope audit` tells when it is clean";
constexpr std::string_view trace_source =
    "a line of the trace patch; the plain driver does not write it";

// Tried in this order: a text that holds another one stands before it.
constexpr std::array rows{
    KernelLineKind{"klog.pc_commit_prelude", "RKNPU", "pc commit prelude:(?P<equals>.*)",
                   information, "a job is about to be programmed: the state that it finds",
                   trace_source, "", ""},
    KernelLineKind{"klog.pc_commit_trace", "RKNPU", "pc commit trace:(?P<equals>.*)", information,
                   "the tasks of the job, of which the driver reads the first and the last",
                   trace_source, "", ""},
    KernelLineKind{"klog.pc_commit_regs", "RKNPU", "pc commit regs:(?P<equals>.*)", information,
                   "registers of the program controller as the driver wrote them", trace_source, "",
                   ""},
    KernelLineKind{"klog.pc_commit_armed", "RKNPU", "pc commit armed:(?P<equals>.*)", information,
                   "the job has been started", trace_source, "", ""},
    KernelLineKind{"klog.invalid_irq_pc_regs", "RKNPU", "invalid irq pc regs:(?P<equals>.*)",
                   poison, "registers at an interrupt that the job does not wait for", trace_source,
                   "B1", reboot},
    KernelLineKind{"klog.valid_irq_trace", "RKNPU", "valid irq trace:(?P<equals>.*)", information,
                   "the interrupt that ends the job", trace_source, "", ""},
    KernelLineKind{"klog.timeout_pc_regs", "RKNPU", "timeout pc regs:(?P<equals>.*)", failure,
                   "registers at a timeout", trace_source, "B13", "see the lines around it"},
    KernelLineKind{
        "klog.failed_to_wait", "RKNPU", "failed to wait job,(?P<commas>.*)", failure,
        "a job did not finish",
        "the driver gives up, stops the job and resets all cores, also under jobs of other "
        "processes (rknpu_job.c, lines 193-221; rknpu_reset.c, lines 113-139)",
        "B13",
        "compare task counter and status: counter 0 and status 0 is a job that never "
        "started, else check the program with `npuscope lint`"},
    KernelLineKind{
        "klog.invalid_irq_status", "RKNPU", "invalid (?P<commas>irq status:.*)", poison,
        "an interrupt that the job does not wait for",
        "the driver ignores it; when a timeout follows, it keeps a pointer to a job that "
        "it has freed, and the core takes no job any more (rknpu_job.c, lines 576, 612 and "
        "659-674)",
        "B1", reboot},
    KernelLineKind{
        "klog.irq_status", "RKNPU", "(?P<commas>irq status:.*)", failure,
        "the state of a job that timed out",
        "printed when a job is stopped; raw bits 12 and 13 are DMA errors, which the driver "
        "does not wait for (rknpu_job.c)",
        "", "a DMA error is a wrong address: `npuscope lint` checks them"},
    KernelLineKind{
        "klog.soft_reset_failed", "RKNPU", "failed to soft reset", poison,
        "the cores could not be reset",
        "the driver stays in the state of resetting for ever (rknpu_reset.c, lines 113-139)", "B13",
        reboot},
    KernelLineKind{
        "klog.soft_reset", "RKNPU", "^soft reset", failure, "all cores were reset",
        "after a timeout, or because a program asked for it; jobs of other processes end "
        "with EINVAL (rknpu_reset.c, lines 113-139)",
        "B13", "let one process use the NPU at a time"},
    KernelLineKind{
        "klog.job_commit_failed", "RKNPU", "job commit failed", poison,
        "a job could not be started",
        "a core that still holds a freed job takes no other, and a core mask of 5 or 6 has no way "
        "to start (rknpu_job.c, lines 404-426 and 442)",
        "B1", reboot},
    KernelLineKind{"klog.job_abort", "RKNPU", "job abort", failure, "a job was stopped",
                   "after a timeout, or a reset by another process (rknpu_job.c)", "B13",
                   "see the lines before it"},
    KernelLineKind{"klog.iommu_domain", "RKNPU", "switch iommu domain", failure,
                   "the IOMMU domain could not be changed",
                   "an invalid domain is counted down without having been counted up, and later "
                   "changes wait for ever (rknpu_job.c, lines 540 and 568)",
                   "B10", "use domain 0; reboot when it comes again"},
    KernelLineKind{"klog.iommu_mode", "RKNPU", "rknpu iommu is (?P<iommu>enabled|disabled)",
                   information, "whether the driver uses its IOMMU",
                   "without it every wrong address hits physical memory", "", ""},
    KernelLineKind{"klog.initialized", "RKNPU",
                   R"(Initialized (?P<name>rknpu|rocket) (?P<version>[0-9.]+)(?: (?P<date>\d{8}))?)"
                   R"((?: for (?P<device>\S+))?(?: on minor (?P<minor>\d+))?)",
                   information, "a driver of the NPU is ready", "written once, when it is loaded",
                   "", ""},
    KernelLineKind{"klog.rocket_core", "rocket", R"(core (?P<core>\d+) version:? (?P<version>\w+))",
                   information, "a core was found", "one line for each core that is enabled", "",
                   ""},
    KernelLineKind{"klog.rocket_timeout", "rocket", "NPU job timed out", failure,
                   "a job did not finish within 500 ms",
                   "the driver resets the core and goes on; waiting for the job's buffers still "
                   "succeeds, so that only this line tells (rocket_job.c)",
                   "",
                   "results of that job are not to be used; `npuscope lint` checks the program"},
    KernelLineKind{
        "klog.rocket_warning", "rocket", R"(WARNING: .*(?P<place>rocket_\w+\.c:\d+))", failure,
        "a warning of the driver",
        "the driver warns this way of DMA errors, that is of wrong addresses (rocket_job.c)", "",
        "check the addresses of the program with `npuscope lint`"},
    KernelLineKind{"klog.oops", "",
                   R"(\b(?:pc|lr|PC is at|LR is at)\s*:?\s*(?P<function>(?:rknpu|rocket)_\w+))",
                   poison, "the kernel crashed in a driver of the NPU",
                   "a null or foreign pointer: a task buffer without a kernel mapping, a task "
                   "index behind its "
                   "end, a wrong object address, or a job that was freed",
                   "B1, B4, B5 or B6", reboot},
    KernelLineKind{
        "klog.page_fault", "rk_iommu",
        R"(Page fault at (?P<address>0x[0-9a-fA-F]+)(?: of type (?P<type>\w+))?)", poison,
        "the NPU used an address that is mapped to nothing",
        "the vendor's driver has no handler for it, and what the hardware still does is not known "
        "(rockchip-iommu.c)",
        "", reboot},
    KernelLineKind{"klog.page_fault", "rk_iommu", "Page fault", poison,
                   "the NPU used an address that is mapped to nothing",
                   "the vendor's driver has no handler for it (rockchip-iommu.c)", "", reboot},
    KernelLineKind{"klog.page_table", "rk_iommu", R"(iova = (?P<address>0x[0-9a-fA-F]+):)",
                   information, "where the tables of the IOMMU end for the address of a page fault",
                   "rockchip-iommu.c", "", ""},
    KernelLineKind{"klog.page_table", "rk_iommu", "mmu_dte_addr:", information,
                   "entries of the page tables for the address of a page fault", "rockchip-iommu.c",
                   "", ""},
    KernelLineKind{"klog.bus_error", "rk_iommu",
                   R"(Bus error occurred at (?P<address>0x[0-9a-fA-F]+))", failure,
                   "the IOMMU could not read its tables for an address",
                   "tables in memory that it does not reach, for one (rockchip-iommu.c)", "",
                   "see what `npuscope audit` says of memory above 4 GiB"},
    KernelLineKind{"klog.iommu_stuck", "rk_iommu",
                   R"((?:request|command) timed out(?:, (?P<commas>.*))?)", failure,
                   "the IOMMU did not answer its driver",
                   "it has no power, or is busy with a fault (rockchip-iommu.c)", "",
                   "reboot when it comes again"},
    KernelLineKind{"klog.other", "", "", information,
                   "a line about the NPU that npuscope does not know", "", "", ""},
};

}  // namespace

std::string_view name_of(KernelEffect effect) {
  switch (effect) {
    case information:
      return "information";
    case failure:
      return "failure";
    case poison:
      break;
  }
  return "poison";
}

std::span<const KernelLineKind> kernel_line_kinds() {
  return rows;
}

const KernelLineKind* kernel_line_kind(std::string_view id) {
  const auto* found = std::find_if(rows.begin(), rows.end(),
                                   [id](const KernelLineKind& row) { return row.id == id; });
  return found == rows.end() ? nullptr : found;
}

}  // namespace npuscope
