// What the driver behind an open node answers (KABI-L01, L02): questions only, nothing is changed.
//
//   const auto answers = ask_device("/dev/dri/card1");
//   if (answers && answers->iommu_enabled == 1) ...
//
// Each call of the vendor's driver holds a power reference for three seconds; none of these touches
// a register of the NPU. Only for nodes of the machine we run on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace npuscope::host {

struct DeviceAnswers {
  std::string driver;                             // of DRM VERSION: "rknpu", "rocket"
  std::string drm_version;                        // "0.9.8"
  std::optional<std::uint32_t> hardware_version;  // of the vendor's driver, as all that follow
  std::optional<std::uint32_t> driver_version;    // 10000*major + 100*minor + patch
  std::optional<std::uint32_t> frequency;         // Hz
  std::optional<std::uint32_t> voltage;           // microvolts
  std::optional<std::uint32_t> iommu_enabled;     // 1 or 0
};

// Nothing when the node cannot be opened or is no DRM device.
[[nodiscard]] std::optional<DeviceAnswers> ask_device(const std::string& path);

}  // namespace npuscope::host
