#include "replay/device/drm_node.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace npuscope {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Names in a directory that begin so, in order.
std::vector<std::string> nodes_in(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> paths;
  DIR* opened = opendir(directory.c_str());
  if (opened == nullptr) return paths;
  while (const dirent* entry = readdir(opened))
    if (std::string_view(entry->d_name).starts_with(prefix))
      paths.push_back(directory + "/" + entry->d_name);
  closedir(opened);
  std::ranges::sort(paths);
  return paths;
}

// Nothing if the node is another driver's.
std::optional<DrmNode> look_at(const std::string& path, std::string_view driver) {
  const Descriptor fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) return std::nullopt;
  const std::unique_ptr<drmVersion, decltype(&drmFreeVersion)> version(drmGetVersion(fd.get()),
                                                                       &drmFreeVersion);
  if (version == nullptr || version->name == nullptr || driver != version->name)
    return std::nullopt;
  return DrmNode{path, path.find("/card") != std::string::npos,
                 fmt::format("{}.{}.{}", version->version_major, version->version_minor,
                             version->version_patchlevel)};
}

// Not drmIoctl(), which repeats a call that a signal interrupted: a submit must not run twice.
int plain_ioctl(int fd, std::uint32_t word, void* structure) {
  return ioctl(fd, word, structure) == 0 ? 0 : errno;
}

DrmPort port_on(std::string driver, const DrmNode& node, Descriptor fd) {
  auto held = std::make_shared<Descriptor>(std::move(fd));
  DrmPort port;
  port.driver = std::move(driver);
  port.node = node.path;
  port.ioctl = [held](std::uint32_t word, void* structure) {
    return plain_ioctl(held->get(), word, structure);
  };
  port.map = [held](std::uint64_t offset, std::uint64_t bytes) -> std::span<std::byte> {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, held->get(),
                    static_cast<off_t>(offset));
    if (at == MAP_FAILED) return {};
    return {static_cast<std::byte*>(at), bytes};
  };
  port.unmap = [](std::span<std::byte> bytes) { munmap(bytes.data(), bytes.size()); };
  return port;
}

}  // namespace

std::vector<DrmNode> find_nodes(std::string_view driver) {
  std::vector<DrmNode> nodes;
  for (const auto& [directory, prefix] :
       {std::pair{"/dev/dri", "renderD"}, {"/dev/dri", "card"}, {"/dev/accel", "accel"}})
    for (const std::string& path : nodes_in(directory, prefix))
      if (auto node = look_at(path, driver)) nodes.push_back(std::move(*node));
  return nodes;
}

Result<DrmPort> open_node(std::string_view driver, NodeUse use) {
  const std::vector<DrmNode> nodes = find_nodes(driver);
  const auto node = std::ranges::find_if(
      nodes, [&](const DrmNode& each) { return use == NodeUse::render || each.primary; });
  if (node == nodes.end())
    return device_failed(fmt::format("no node of the driver {} can be opened", driver),
                         "/dev/dri, /dev/accel",
                         "is the driver loaded, and are you in the groups render and video?");
  Descriptor fd(open(node->path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) return device_failed(std::strerror(errno), node->path);
  return port_on(std::string(driver), *node, std::move(fd));
}

}  // namespace npuscope
