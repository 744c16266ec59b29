#include "replay/host/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace npuscope::host {

namespace {

constexpr std::size_t most_names = 65536;

// A descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

bool HostText::missing() const {
  return error == ENOENT || error == ENOTDIR;
}

std::string HostText::why() const {
  return error == 0 ? "" : std::strerror(error);
}

std::string HostText::line() const {
  std::string first = text.substr(0, text.find('\n'));
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\0'; };
  while (!first.empty() && blank(first.back())) first.pop_back();
  first.erase(first.begin(), std::find_if_not(first.begin(), first.end(), blank));
  return first;
}

int Host::open(const std::string& path, int flags) const {
  // O_NONBLOCK: a pipe or a terminal in place of a file must not hold us up.
  flags |= (flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (live()) {
    const int fd = ::open(path.c_str(), flags);
    return fd >= 0 ? fd : -errno;
  }
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top.open()) return -errno;
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof how);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

HostText Host::read(const std::string& path, std::size_t most) const {
  HostText result;
  const int opened = open(path, O_RDONLY);
  if (opened < 0) {
    result.error = -opened;
    return result;
  }
  const Descriptor file(opened);
  if (!live() && !is_regular(file.get())) {
    result.error = EINVAL;
    return result;
  }
  std::array<char, 4096> block;
  while (result.text.size() <= most) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) result.error = errno;
    if (count <= 0) break;
    result.text.append(block.data(), static_cast<std::size_t>(count));
  }
  result.cut = result.text.size() > most;
  if (result.cut) result.text.resize(most);
  return result;
}

HostNames Host::list(const std::string& path) const {
  HostNames result;
  // The live system by name, so that a preloaded library can lead us to a fake one.
  DIR* opened = nullptr;
  if (live()) {
    opened = ::opendir(path.c_str());
    if (opened == nullptr) result.error = errno;
  } else if (const int fd = open(path, O_RDONLY | O_DIRECTORY); fd < 0) {
    result.error = -fd;
  } else if (opened = ::fdopendir(fd); opened == nullptr) {
    result.error = errno;
    ::close(fd);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opened, ::closedir);
  if (!directory) return result;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != ".." && result.names.size() < most_names)
      result.names.push_back(name);
  }
  std::sort(result.names.begin(), result.names.end());
  return result;
}

std::optional<std::string> Host::link(const std::string& path) const {
  std::array<char, 4096> target;
  ssize_t length = -1;
  if (live()) {
    length = ::readlink(path.c_str(), target.data(), target.size());
  } else {
    const Descriptor file(open(path, O_PATH | O_NOFOLLOW));
    if (file.open()) length = ::readlinkat(file.get(), "", target.data(), target.size());
  }
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::optional<FileStatus> Host::status(const std::string& path) const {
  struct stat status {};
  if (live()) {
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  } else {
    const Descriptor file(open(path, O_PATH));
    if (!file.open() || ::fstat(file.get(), &status) != 0) return std::nullopt;
  }
  return FileStatus{status.st_mode, status.st_uid, status.st_gid};
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace npuscope::host
