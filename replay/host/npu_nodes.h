// The device nodes through which an NPU may be reached, and whether this user may open them.
//
//   for (const DeviceNode& node : device_nodes(Host{}))
//     if (node.is_npu() && !node.openable()) ... node.open_error, node.group ...
//
// All DRI and accel nodes are listed, with the driver that sysfs names; a node's number says
// nothing. On the machine we run on, each node of an NPU is opened and closed again to know whether
// it can be. Below a root, permissions are judged for the user of proc/self/status; nodes cannot be
// copied, so `stat -c '%n %a %u %g' /dev/dri/* /dev/accel/* /dev/rknpu` is read from dev.txt, and
// files in dev/ stand for nodes where there is no such list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/host/host.h"

namespace npuscope::host {

inline constexpr std::string_view heap_node = "/dev/rknpu";  // of a driver built without DRM

struct DeviceNode {
  std::string path;    // "/dev/dri/renderD129"
  std::string driver;  // platform driver of sysfs: "RKNPU", "rocket", "panthor"; "" if not said
  std::optional<FileStatus> status;  // nothing: sysfs has a device without a node
  std::string group;                 // name of the group, or its number
  // errno of opening it for reading and writing, 0 if that works; nothing where nobody knows.
  std::optional<int> open_error;

  [[nodiscard]] bool is_npu() const {
    return driver == "RKNPU" || driver == "rocket" || path == heap_node;
  }
  [[nodiscard]] bool openable() const { return open_error == 0; }
};

// Sorted by path.
[[nodiscard]] std::vector<DeviceNode> device_nodes(const Host& host);

// Who asks: effective user and all groups, of /proc/self/status. Nothing if that is missing.
struct Identity {
  std::uint32_t uid = 0;
  std::vector<std::uint32_t> groups;
};
[[nodiscard]] std::optional<Identity> identity_of(const Host& host);

}  // namespace npuscope::host
