#include "capture_tools/record/library/files.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>

#include "capture_tools/preload/interpose.h"
#include "capture_tools/record/library/channel.h"
#include "replay/device/uabi/drm.h"

namespace npuscope::record {

namespace {

constexpr int most_descriptors = 65536;  // beyond these a program has other worries
std::atomic<std::uint64_t> files[most_descriptors];
std::atomic<std::uint32_t> opened_files{0};

int (*next_fstat)(int, struct stat*) = nullptr;
int (*next_stat)(const char*, struct stat*) = nullptr;
int (*next_ioctl)(int, unsigned long, ...) = nullptr;

struct Driver {
  char name[16] = {};
  std::uint32_t version = 0;  // minor and patch, 16 bits each
};

constexpr unsigned drm_major = 226, accel_major = 261;

// The driver's own name tells an NPU from a graphics card.
bool driver_of(int fd, Driver& driver) {
  struct stat status;
  if (next(next_fstat, "fstat")(fd, &status) != 0 || !S_ISCHR(status.st_mode)) return false;
  if (major(status.st_rdev) != drm_major && major(status.st_rdev) != accel_major) {
    struct stat misc;
    if (next(next_stat, "stat")("/dev/rknpu", &misc) != 0 || misc.st_rdev != status.st_rdev)
      return false;
    memcpy(driver.name, "rknpu-heap", sizeof "rknpu-heap");
    return true;
  }
  uabi::drm::Version version{};
  version.name = driver.name;
  version.name_bytes = sizeof driver.name - 1;
  if (next(next_ioctl, "ioctl")(fd, uabi::drm::version, &version) != 0) return false;
  driver.version = static_cast<std::uint32_t>(version.minor) << 16 |
                   (static_cast<std::uint32_t>(version.patch) & 0xffffU);
  return strcmp(driver.name, "rknpu") == 0 || strcmp(driver.name, "rocket") == 0;
}

bool in_table(int fd) {
  return fd >= 0 && fd < most_descriptors;
}

// Under a new number, if it is an NPU.
std::uint64_t add(int fd, const char* path) {
  const KeepErrno keep;
  Driver driver;
  if (!in_table(fd) || !driver_of(fd, driver)) return 0;
  const std::uint64_t file =
      static_cast<std::uint64_t>(getpid()) << 32 | (opened_files.fetch_add(1) + 1);
  files[fd].store(file, std::memory_order_relaxed);
  Message message;
  message.kind = MessageKind::opened;
  message.file = file;
  message.fd = fd;
  message.word = driver.version;
  message.began_ns = now_ns();
  tell(message, {.before = {path, strlen(path)}, .after = {driver.name, strlen(driver.name)}});
  return file;
}

}  // namespace

std::uint64_t known_file(int fd) {
  return in_table(fd) ? files[fd].load(std::memory_order_relaxed) : 0;
}

std::uint64_t file_of(int fd) {
  const std::uint64_t known = known_file(fd);
  return known != 0 ? known : add(fd, "");
}

void opened(int fd, const char* path) {
  if (!in_table(fd)) return;
  files[fd].store(0, std::memory_order_relaxed);
  // Only what may be a device is asked for its driver.
  if (path != nullptr && strncmp(path, "/dev/", strlen("/dev/")) == 0) add(fd, path);
}

void duplicated(int from, int to) {
  const std::uint64_t file = known_file(from);
  if (!in_table(to)) return;
  if (known_file(to) != 0 && from != to) closed(to);
  files[to].store(file, std::memory_order_relaxed);
  if (file == 0) return;
  Message message;
  message.kind = MessageKind::duplicated;
  message.file = file;
  message.fd = to;
  message.word = static_cast<std::uint32_t>(from);
  message.began_ns = now_ns();
  tell(message, {});
}

void closed(int fd) {
  const std::uint64_t file = known_file(fd);
  if (file == 0) return;
  files[fd].store(0, std::memory_order_relaxed);
  Message message;
  message.kind = MessageKind::closed;
  message.file = file;
  message.fd = fd;
  message.began_ns = now_ns();
  tell(message, {});
}

}  // namespace npuscope::record
