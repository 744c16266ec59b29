// Opening, duplicating, closing and mapping: what it takes to know which descriptor is an NPU, and
// what a program has mapped of it.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>

#include "capture_tools/preload/interpose.h"
#include "capture_tools/record/library/channel.h"
#include "capture_tools/record/library/files.h"

namespace npuscope::record {

namespace {

int seen_open(int fd, const char* path) {
  if (fd >= 0 && active()) opened(fd, path);
  return fd;
}

int seen_duplicate(int from, int to) {
  if (to >= 0 && active()) duplicated(from, to);
  return to;
}

// Mappings of devices: address and length, found by the page of the address. A program that has
// more of them than the table has room for has its munmap calls of the rest unrecorded.
struct Mapping {
  std::atomic<std::uint64_t> address{0};
  std::atomic<std::uint64_t> file{0};
};
constexpr std::size_t table_size = 4096, probes = 16;
Mapping mappings[table_size];
std::atomic<bool> any_mapping{false};

Mapping& slot(std::uint64_t address, std::size_t probe) {
  return mappings[((address >> 12) + probe) % table_size];
}

void remember(std::uint64_t address, std::uint64_t file) {
  any_mapping = true;
  for (std::size_t i = 0; i < probes; ++i) {
    std::uint64_t empty = 0;
    Mapping& candidate = slot(address, i);
    if (candidate.address.compare_exchange_strong(empty, address) || empty == address)
      return candidate.file.store(file);
  }
}

// The file that was mapped there, 0: none. Forgets it.
std::uint64_t forget(std::uint64_t address) {
  if (!any_mapping) return 0;
  for (std::size_t i = 0; i < probes; ++i) {
    Mapping& candidate = slot(address, i);
    std::uint64_t expected = address;
    const std::uint64_t file = candidate.file.load();
    if (candidate.address.compare_exchange_strong(expected, 0)) return file;
  }
  return 0;
}

void tell_mapping(Message& message, const void* address, std::size_t length, int result) {
  message.result = result;
  message.error = result < 0 ? errno : 0;
  message.address = reinterpret_cast<std::uint64_t>(address);
  message.length = length;
  message.began_ns = now_ns();
  tell(message, {});
}

using Map = void*(void*, size_t, int, int, int, off64_t);
Map* next_mmap = nullptr;

void* map_of(void* address, size_t length, int protection, int flags, int fd, off64_t offset) {
  void* at = next(next_mmap, "mmap64")(address, length, protection, flags, fd, offset);
  if (!active() || (flags & MAP_ANONYMOUS) != 0) return at;
  const std::uint64_t file = known_file(fd);
  if (file == 0) return at;
  const bool good = at != MAP_FAILED;
  if (good) remember(reinterpret_cast<std::uint64_t>(at), file);
  Message message;
  message.kind = MessageKind::mapped;
  message.file = file;
  message.fd = fd;
  message.offset = static_cast<std::uint64_t>(offset);
  message.word = static_cast<std::uint32_t>(protection) | static_cast<std::uint32_t>(flags)
                                                              << map_flags_shift;
  tell_mapping(message, good ? at : nullptr, length, good ? 0 : -1);
  return at;
}

int control_of(int (*behind)(int, int, ...), int fd, int command, void* argument) {
  const int result = behind(fd, command, argument);
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? seen_duplicate(fd, result) : result;
}

}  // namespace

// NOLINTBEGIN: one function for each name of the C library, with its arguments.
#define NPUSCOPE_OPEN(NAME)                                                \
  NPUSCOPE_EXPORT int NAME(const char* path, int flags, ...) {             \
    static int (*behind)(const char*, int, ...) = nullptr;                 \
    va_list arguments;                                                     \
    va_start(arguments, flags);                                            \
    const mode_t mode = wants_mode(flags) ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments);                                                     \
    return seen_open(next(behind, #NAME)(path, flags, mode), path);        \
  }
NPUSCOPE_OPEN(open)
NPUSCOPE_OPEN(open64)

#define NPUSCOPE_OPENAT(NAME)                                                  \
  NPUSCOPE_EXPORT int NAME(int directory, const char* path, int flags, ...) {  \
    static int (*behind)(int, const char*, int, ...) = nullptr;                \
    va_list arguments;                                                         \
    va_start(arguments, flags);                                                \
    const mode_t mode = wants_mode(flags) ? va_arg(arguments, mode_t) : 0;     \
    va_end(arguments);                                                         \
    return seen_open(next(behind, #NAME)(directory, path, flags, mode), path); \
  }
NPUSCOPE_OPENAT(openat)
NPUSCOPE_OPENAT(openat64)

#define NPUSCOPE_CHECKED_OPEN(NAME)                           \
  NPUSCOPE_EXPORT int NAME(const char* path, int flags) {     \
    static int (*behind)(const char*, int) = nullptr;         \
    return seen_open(next(behind, #NAME)(path, flags), path); \
  }
NPUSCOPE_CHECKED_OPEN(__open_2)
NPUSCOPE_CHECKED_OPEN(__open64_2)
// NOLINTEND

NPUSCOPE_EXPORT int close(int fd) {
  static int (*behind)(int) = nullptr;
  if (active()) closed(fd);
  return next(behind, "close")(fd);
}

NPUSCOPE_EXPORT int dup(int fd) noexcept {
  static int (*behind)(int) = nullptr;
  return seen_duplicate(fd, next(behind, "dup")(fd));
}

NPUSCOPE_EXPORT int dup2(int from, int to) noexcept {
  static int (*behind)(int, int) = nullptr;
  return seen_duplicate(from, next(behind, "dup2")(from, to));
}

NPUSCOPE_EXPORT int dup3(int from, int to, int flags) noexcept {
  static int (*behind)(int, int, int) = nullptr;
  return seen_duplicate(from, next(behind, "dup3")(from, to, flags));
}

NPUSCOPE_EXPORT int fcntl(int fd, int command, ...) {
  static int (*behind)(int, int, ...) = nullptr;
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return control_of(next(behind, "fcntl"), fd, command, argument);
}

NPUSCOPE_EXPORT int fcntl64(int fd, int command, ...) {
  static int (*behind)(int, int, ...) = nullptr;
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return control_of(next(behind, "fcntl64"), fd, command, argument);
}

NPUSCOPE_EXPORT void* mmap(void* address, size_t length, int protection, int flags, int fd,
                           off_t offset) noexcept {
  return map_of(address, length, protection, flags, fd, offset);
}

NPUSCOPE_EXPORT void* mmap64(void* address, size_t length, int protection, int flags, int fd,
                             off64_t offset) noexcept {
  return map_of(address, length, protection, flags, fd, offset);
}

NPUSCOPE_EXPORT int munmap(void* address, size_t length) noexcept {
  static int (*behind)(void*, size_t) = nullptr;
  const std::uint64_t file = active() ? forget(reinterpret_cast<std::uint64_t>(address)) : 0;
  const int result = next(behind, "munmap")(address, length);
  if (file == 0) return result;
  Message message;
  message.kind = MessageKind::unmapped;
  message.file = file;
  tell_mapping(message, address, length, result);
  return result;
}

}  // namespace npuscope::record
