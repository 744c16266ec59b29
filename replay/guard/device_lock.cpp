#include "replay/guard/device_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace npuscope::guard {

Result<DeviceLock> DeviceLock::take(const std::string& path) {
  // For reading: in a sticky directory the kernel refuses to open others' files for more
  // (fs.protected_regular), and flock asks for no more.
  constexpr int mode = 0666;
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT)
    fd = open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return refused(fmt::format("{}: {}", path, std::strerror(errno)));
  DeviceLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0)
    return refused(errno == EWOULDBLOCK ? fmt::format("another process holds {}", path)
                                        : fmt::format("{}: {}", path, std::strerror(errno)),
                   "one process at a time uses the NPU");
  return lock;
}

DeviceLock::DeviceLock(DeviceLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DeviceLock::~DeviceLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace npuscope::guard
