// The configuration of the running kernel, of /proc/config.gz or /boot/config-RELEASE.
//
//   const KernelConfig config = read_kernel_config(host, "6.1.75");
//   if (config.value("DRM_ACCEL_ROCKET") == "m") ...      // "y", "m", a text, or "n"
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "replay/host/host.h"

namespace npuscope::audit {

struct KernelConfig {
  std::map<std::string, std::string, std::less<>> options;  // without CONFIG_; only those set
  std::string source;
  std::string error;  // why it could not be read, "" if it was
  [[nodiscard]] bool known() const { return error.empty(); }
  // "n" for what is not set; ask only when it is known.
  [[nodiscard]] std::string value(std::string_view option) const;
};

[[nodiscard]] KernelConfig read_kernel_config(const host::Host& host, const std::string& release);
[[nodiscard]] KernelConfig parse_kernel_config(std::string_view text);

}  // namespace npuscope::audit
