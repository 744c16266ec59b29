#include "replay/host/device_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "decoder/input/scan.h"

namespace npuscope::host {

DeviceUsers device_users(const Host& host, const std::vector<std::string>& nodes) {
  DeviceUsers result;
  const std::string self = last_part(host.link("/proc/self").value_or(""));
  for (const std::string& pid : host.names("/proc")) {
    if (!whole_number(pid) || (host.live() && pid == self)) continue;
    const std::string process = "/proc/" + pid;
    const std::string folder = process + "/fd";
    const HostNames files = host.list(folder);
    if (files.error == ENOENT) continue;  // it has ended
    result.processes += files.error == 0 ? 1 : 0;
    result.hidden += files.error == 0 ? 0 : 1;
    std::set<std::string> open;
    for (const std::string& file : files.names) {
      const auto target = host.link(fmt::format("{}/{}", folder, file));
      if (target && std::find(nodes.begin(), nodes.end(), *target) != nodes.end())
        open.insert(*target);
    }
    for (const std::string& node : open)
      result.users.push_back({pid, host.read(process + "/comm", 64).line(), node});
  }
  return result;
}

}  // namespace npuscope::host
