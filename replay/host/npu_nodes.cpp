#include "replay/host/npu_nodes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"

namespace npuscope::host {

namespace {

// "card1" and "renderD129", but not "card0-HDMI-A-1" and "version".
bool is_node_name(std::string_view name) {
  for (const std::string_view prefix : {"card", "renderD", "accel"}) {
    Scanner scan(name);
    if (scan.literal(prefix) && scan.decimal() && scan.at_end()) return true;
  }
  return false;
}

// `stat -c '%n %a %u %g'`: name, mode in octal, user, group.
std::map<std::string, FileStatus> listed_nodes(const Host& host) {
  std::map<std::string, FileStatus> nodes;
  const HostText list = host.read("/dev.txt");
  LineReader lines(list.text);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    const std::string path(scan.until(" "));
    std::uint32_t mode = 0;
    for (const char c : scan.until(" ")) {
      if (c < '0' || c > '7') continue;
      mode = (mode * 8 + static_cast<std::uint32_t>(c - '0')) & 07777U;
    }
    const auto uid = whole_number32(scan.until(" "));
    const auto gid = whole_number32(trimmed(scan.rest()));
    if (path.starts_with("/dev/") && uid && gid) nodes[path] = {mode, *uid, *gid};
  }
  return nodes;
}

// "render:x:105:user" -> render.
std::string group_name(const std::string& groups, std::uint32_t gid) {
  LineReader lines(groups);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    std::string name(scan.until(":"));
    scan.until(":");
    if (whole_number32(scan.until(":")) == gid) return name;
  }
  return fmt::format("{}", gid);
}

int judged_error(const FileStatus& status, const Identity& who) {
  if (who.uid == 0) return 0;
  const auto& groups = who.groups;
  std::uint32_t bits = status.mode & 7U;
  if (status.uid == who.uid)
    bits = status.mode >> 6U & 7U;
  else if (std::find(groups.begin(), groups.end(), status.gid) != groups.end())
    bits = status.mode >> 3U & 7U;
  return (bits & 6U) == 6U ? 0 : EACCES;
}

int tried_error(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

}  // namespace

std::vector<DeviceNode> device_nodes(const Host& host) {
  const auto listed = host.live() ? std::map<std::string, FileStatus>{} : listed_nodes(host);
  std::map<std::string, DeviceNode> nodes;
  const auto node_at = [&nodes](const std::string& path) -> DeviceNode& {
    DeviceNode& node = nodes[path];
    node.path = path;
    return node;
  };
  for (const auto& [folder, sysfs] :
       {std::pair<std::string, std::string>{"/dev/dri/", "/sys/class/drm/"},
        std::pair<std::string, std::string>{"/dev/accel/", "/sys/class/accel/"}}) {
    for (const std::string& name : host.names(folder))
      if (is_node_name(name)) node_at(folder + name);
    for (const std::string& name : host.names(sysfs)) {
      if (!is_node_name(name)) continue;
      const auto driver = host.link(sysfs + name + "/device/driver");
      node_at(folder + name).driver = last_part(driver.value_or(""));
    }
  }
  for (const auto& [path, status] : listed)
    if (path == heap_node || is_node_name(last_part(path))) node_at(path).status = status;
  if (host.has(std::string(heap_node))) node_at(std::string(heap_node));

  const std::string groups = host.read("/etc/group").text;
  const auto who = identity_of(host);
  std::vector<DeviceNode> result;
  for (auto& [path, node] : nodes) {
    if (!node.status) node.status = host.status(path);
    if (node.status) node.group = group_name(groups, node.status->gid);
    if (host.live() && node.is_npu())
      node.open_error = tried_error(path);
    else if (node.status && who)
      node.open_error = judged_error(*node.status, *who);
    result.push_back(std::move(node));
  }
  return result;
}

std::optional<Identity> identity_of(const Host& host) {
  const HostText status = host.read("/proc/self/status");
  std::optional<Identity> who;
  LineReader lines(status.text);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    const bool uid = scan.literal("Uid:");
    const bool groups = !uid && (scan.literal("Gid:") || scan.literal("Groups:"));
    if (!uid && !groups) continue;
    if (!who) who.emplace();
    std::vector<std::uint32_t> numbers;
    for (scan.blanks(); !scan.at_end(); scan.blanks()) {
      const auto number = scan.decimal();
      if (!number || *number > 0xffffffffU) break;
      numbers.push_back(static_cast<std::uint32_t>(*number));
    }
    // Uid: real, effective, saved, of the file system.
    if (uid && numbers.size() > 1) who->uid = numbers[1];
    if (groups) who->groups.insert(who->groups.end(), numbers.begin(), numbers.end());
  }
  return who;
}

}  // namespace npuscope::host
