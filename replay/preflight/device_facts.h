// What only a device or a run can tell. Rules that need a fact which is not there are listed as not
// evaluated; nothing is assumed.
//
//   DeviceFacts facts;                       // lint: empty, no device is asked
//   facts.iommu_enabled = answer == 1;       // a run fills in what it asked
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace npuscope::preflight {

struct DeviceFacts {
  std::optional<std::string> driver_name;         // of the DRM node: "rknpu"
  std::optional<std::uint32_t> driver_version;    // 10000*major + 100*minor + patch
  std::optional<std::uint32_t> hardware_version;  // 0x46495245 on the RK3588
  std::optional<bool> iommu_enabled;
  std::optional<bool> has_fences;                // the kernel was built with fences
  std::optional<std::uint32_t> available_cores;  // mask: 7, or 3 where a core is fused off
  std::optional<std::uint32_t> iommu_domain;     // the domain that all buffers live in
  std::optional<bool> device_locked;             // by us, from open to readback
  std::optional<std::size_t> other_users;        // processes that have the node open
  // Lines of the kernel log since boot or the last mark that say a run went wrong for good.
  std::optional<std::vector<std::string>> poison_lines;
  std::optional<bool> health_probe_passed;
  std::optional<bool> outputs_prefilled;  // with a canary, to tell "never written" from zeros
};

}  // namespace npuscope::preflight
