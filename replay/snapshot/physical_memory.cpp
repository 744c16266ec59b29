// The two functions that touch a real board. Nothing calls them before every guard has passed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "replay/snapshot/mmio_guards.h"

namespace npuscope::snapshot {

Result<std::uint32_t> read_physical(std::uint64_t address) {
  const auto failed = [address] {
    return unreadable(std::strerror(errno), fmt::format("/dev/mem at {:#x}", address));
  };
  const int fd = ::open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
  if (fd < 0) return failed();
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = address - address % page;
  void* mapped = ::mmap(nullptr, page, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(begin));
  ::close(fd);
  if (mapped == MAP_FAILED) return failed();
  const auto* at = static_cast<const volatile std::uint32_t*>(mapped) + (address - begin) / 4;
  const std::uint32_t value = *at;
  ::munmap(mapped, page);
  return value;
}

// The driver counts: each "on" of ours is given back by an "off".
bool hold_debugfs_power(bool on) {
  const int fd = ::open("/sys/kernel/debug/rknpu/power", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const std::string_view word = on ? "on" : "off";
  const bool written = ::write(fd, word.data(), word.size()) == static_cast<ssize_t>(word.size());
  ::close(fd);
  return written;
}

}  // namespace npuscope::snapshot
