// Which other processes have a node of the NPU open (KABI-L27): a timeout or a reset stops the jobs
// of all of them.
//
//   const DeviceUsers users = device_users(Host{}, {"/dev/dri/card1", "/dev/dri/renderD129"});
//   for (const DeviceUser& user : users.users) ... user.pid, user.program, user.node ...
//   if (users.hidden > 0) ... processes of other users could not be looked at ...
//
// Source: the links in /proc/PID/fd. Processes in containers are seen as long as the node has the
// same path there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "replay/host/host.h"

namespace npuscope::host {

struct DeviceUser {
  std::string pid;
  std::string program;  // /proc/PID/comm
  std::string node;
};

struct DeviceUsers {
  std::vector<DeviceUser> users;  // without this process; each node once for each
  std::size_t processes = 0;      // that were looked at
  std::size_t hidden = 0;         // whose files may not be looked at
  [[nodiscard]] bool proven_none() const { return users.empty() && processes > 0 && hidden == 0; }
};

[[nodiscard]] DeviceUsers device_users(const Host& host, const std::vector<std::string>& nodes);

}  // namespace npuscope::host
