// Rules that need a device or a run. Without the fact they are not evaluated.
#include <fmt/format.h>

#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

constexpr std::uint32_t rk3588_hardware = 0x46495245;
constexpr std::uint32_t oldest_driver = 906;  // 0.9.6
constexpr std::uint32_t fence_flags = 0x18;

Where of_device(std::string_view name) {
  Where where;
  where.name = fmt::format("device.{}", name);
  return where;
}

// Judges a fact: `wrong` gives what was expected, or nothing.
template <typename Fact, typename Wrong>
void judge_fact(Verdict& verdict, const std::optional<Fact>& fact, std::string_view name,
                std::string_view missing, Wrong&& wrong) {
  if (!fact) return verdict.skip(std::string(missing));
  verdict.looked();
  const std::optional<std::string> expected = wrong(*fact);
  if (expected) verdict.find(of_device(name), fmt::format("{}", *fact), *expected);
}

using Expected = std::optional<std::string>;

void driver_known(const Context& context, Verdict& verdict) {
  const DeviceFacts& device = context.device();
  judge_fact(verdict, device.driver_name, "driver_name", "needs a device: the driver's name",
             [](const std::string& name) -> Expected {
               if (name == "rknpu") return std::nullopt;
               return "rknpu";
             });
  judge_fact(verdict, device.driver_version, "driver_version",
             "needs a device: the driver's version", [](std::uint32_t version) -> Expected {
               if (version >= oldest_driver) return std::nullopt;
               return "906 (0.9.6) or later";
             });
  judge_fact(verdict, device.hardware_version, "hardware_version",
             "needs a device: the hardware's version", [](std::uint32_t version) -> Expected {
               if (version == rk3588_hardware) return std::nullopt;
               return fmt::format("{}, the RK3588", rk3588_hardware);
             });
}

void iommu_on(const Context& context, Verdict& verdict) {
  judge_fact(verdict, context.device().iommu_enabled, "iommu_enabled",
             "needs a device: whether the IOMMU is on", [](bool on) -> Expected {
               if (on) return std::nullopt;
               return "true: wrong addresses would hit physical memory";
             });
}

template <typename Visit>
void for_each_flags(const Context& context, Verdict& verdict, Visit&& visit) {
  if (context.submits().empty()) verdict.skip("the input has no submit");
  for (const SubmitView& view : context.submits()) visit(view, *view.submit);
}

void fences_built(const Context& context, Verdict& verdict) {
  for_each_flags(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!submit.flags) return verdict.skip("flags was not logged");
    if ((*submit.flags & fence_flags) == 0) return verdict.looked();
    if (!context.device().has_fences)
      return verdict.skip("needs a device: whether its kernel has fences");
    verdict.looked();
    if (!*context.device().has_fences)
      verdict.find(context.where(view, "flags"), fmt::format("{:#x}", *submit.flags),
                   "no fence flags: the kernel was built without fences");
  });
}

void cores_available(const Context& context, Verdict& verdict) {
  for_each_flags(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!submit.core_mask) return verdict.skip("core_mask was not logged");
    if (!context.device().available_cores)
      return verdict.skip("needs a device: which cores it has");
    verdict.looked();
    const std::uint32_t available = *context.device().available_cores;
    if ((*submit.core_mask & ~available) != 0)
      verdict.find(context.where(view, "core_mask"), fmt::format("{:#x}", *submit.core_mask),
                   fmt::format("a part of {:#x}, the cores of the device", available));
  });
}

void domain_of_buffers(const Context& context, Verdict& verdict) {
  for_each_flags(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!submit.regcfg_obj_addr) return verdict.skip("iommu_domain_id was not logged");
    if (!context.device().iommu_domain)
      return verdict.skip("needs a device: the domain that the buffers live in");
    verdict.looked();
    const auto domain = static_cast<std::uint32_t>(*submit.regcfg_obj_addr);
    if (domain != *context.device().iommu_domain)
      verdict.find(context.where(view, "iommu_domain_id"), fmt::format("{}", domain),
                   fmt::format("{}, the domain of the buffers", *context.device().iommu_domain));
  });
}

void device_to_ourselves(const Context& context, Verdict& verdict) {
  judge_fact(verdict, context.device().device_locked, "device_locked",
             "needs a run: the lock on the device", [](bool locked) -> Expected {
               if (locked) return std::nullopt;
               return "true, from open to readback";
             });
  judge_fact(verdict, context.device().other_users, "other_users",
             "needs a run: other processes on the device", [](std::size_t users) -> Expected {
               if (users == 0) return std::nullopt;
               return "0: a reset or a timeout hits the jobs of all";
             });
}

void boot_clean(const Context& context, Verdict& verdict) {
  const auto& lines = context.device().poison_lines;
  if (!lines) {
    verdict.skip("needs a device: its kernel log");
  } else {
    verdict.looked();
    for (const std::string& line : *lines)
      verdict.find(of_device("kernel_log"), line, "no such line since boot: reboot");
  }
  judge_fact(verdict, context.device().health_probe_passed, "health_probe_passed",
             "needs a device: a health probe", [](bool passed) -> Expected {
               if (passed) return std::nullopt;
               return "true";
             });
}

void outputs_prefilled(const Context& context, Verdict& verdict) {
  judge_fact(verdict, context.device().outputs_prefilled, "outputs_prefilled",
             "needs a run: what was in the outputs before it", [](bool filled) -> Expected {
               if (filled) return std::nullopt;
               return "true: zeros and \"never written\" look alike";
             });
}

constexpr Rule rules[] = {
    {"KABI-L01", "driver-version", "", Severity::error, Scope::device,
     "the driver is rknpu 0.9.6 or later on an RK3588",
     "structures and meanings of fields differ before", "RKNPU driver rknpu_job.c, line 885",
     "run on the simulator", driver_known},
    {"KABI-L02", "iommu", "", Severity::error, Scope::device, "the IOMMU is on",
     "every address would be a physical one", "RKNPU driver rknpu_drv.c, line 459",
     "enable it in the device tree", iommu_on},
    {"KABI-L05-fence", "fences", "", Severity::error, Scope::device,
     "fence flags only where the kernel has fences", "the submit fails",
     "RKNPU driver rknpu_job.c, line 798", "leave the flags out", fences_built},
    {"KABI-L07-cores", "cores-available", "", Severity::error, Scope::device,
     "the core mask names cores that the device has", "the driver refuses, or waits for ever",
     "RKNPU driver rknpu_job.c, line 757", "mask 0", cores_available},
    {"KABI-L23-buffers", "domain-of-buffers", "", Severity::error, Scope::device,
     "task, commands and data live in the submit's IOMMU domain", "addresses fault",
     "RKNPU driver rknpu_iommu.c, line 429", "allocate all in one domain", domain_of_buffers},
    {"KABI-L27", "exclusive-device", "", Severity::error, Scope::device,
     "nobody else uses the device during a run",
     "a timeout or reset stops the jobs of every process",
     "RKNPU driver rknpu_reset.c, lines 113-139", "stop the other program", device_to_ourselves},
    {"KABI-L28", "clean-boot", "", Severity::error, Scope::device,
     "no run has poisoned this boot, and a health probe passes",
     "after an invalid interrupt and a timeout the driver holds a freed job",
     "RKNPU driver rknpu_job.c, lines 576 and 659-674", "reboot", boot_clean},
    {"KABI-L30", "canary", "", Severity::warning, Scope::device,
     "outputs hold a known pattern before the run",
     "an output that was never written cannot be told from zeros",
     "practice of gregordinary/rknpu-submit", "fill them before the submit", outputs_prefilled},
};

}  // namespace

std::span<const Rule> device_rules() {
  return rules;
}

}  // namespace npuscope::preflight
