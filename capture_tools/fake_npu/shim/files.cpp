// Opening fake devices, and what a program finds when it looks for them: directories, device
// numbers, links and files of sysfs.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture_tools/fake_npu/shim/client.h"

namespace npuscope::fake {

namespace {

constexpr unsigned drm_major = 226, accel_major = 261;

// A character device without a size: what programs that ask fstat for a length see on a board.
template <typename Status>
void make_device(const FileTag& tag, Status* status) {
  if (tag.kind == NodeKind::dma_buf) {  // no type at all, and the size of the buffer
    status->st_mode = 0600;
    status->st_size = static_cast<off_t>(size_of_dma_buf(tag));
    return;
  }
  status->st_mode = S_IFCHR | 0660U;
  status->st_rdev = makedev(tag.kind == NodeKind::accel ? accel_major : drm_major, tag.minor);
  status->st_size = 0;
  status->st_blocks = 0;
}

int open_node(const FileTag& tag, const char* name, int flags) {
  Request request;
  request.kind = RequestKind::open;
  request.file = FileTag{0, tag.kind, tag.minor}.position();
  const Piece piece{name, strlen(name)};
  int made = -1;
  const int error = ask(request, &piece, 1, nullptr, 0, &made, (flags & O_CLOEXEC) != 0);
  if (error == 0) return made;
  errno = error;
  return -1;
}

// `call` opens the path that is left when it is no node.
template <typename Call>
int open_path(const char* path, int flags, Call call) {
  char buffer[most_path];
  char name[most_path];
  if (const FileTag tag = node_at(path, name); tag.kind != NodeKind::none)
    return open_node(tag, name, flags);
  return call(redirected(path, buffer));
}

template <typename Status, typename Call>
int stat_path(const char* path, Status* status, Call call) {
  char buffer[most_path];
  char name[most_path];
  const FileTag tag = node_at(path, name);
  const int result = call(redirected(path, buffer));
  if (result == 0 && tag.kind != NodeKind::none) make_device(tag, status);
  return result;
}

template <typename Status, typename Call>
int stat_descriptor(int fd, Status* status, Call call) {
  const int result = call();
  if (result != 0) return result;
  if (const FileTag tag = tag_of(fd); tag.kind != NodeKind::none) make_device(tag, status);
  return result;
}

}  // namespace

// One function of the C library for each line: its own type, and the one behind it.
#define NPUSCOPE_OPEN(NAME)                                                                       \
  NPUSCOPE_EXPORT int NAME(const char* path, int flags, ...) {                                    \
    static int (*behind)(const char*, int, ...) = nullptr;                                        \
    va_list arguments;                                                                            \
    va_start(arguments, flags);                                                                   \
    const mode_t mode = wants_mode(flags) ? va_arg(arguments, mode_t) : 0;                        \
    va_end(arguments);                                                                            \
    return open_path(path, flags,                                                                 \
                     [&](const char* place) { return next(behind, #NAME)(place, flags, mode); }); \
  }
#define NPUSCOPE_OPENAT(NAME)                                                 \
  NPUSCOPE_EXPORT int NAME(int directory, const char* path, int flags, ...) { \
    static int (*behind)(int, const char*, int, ...) = nullptr;               \
    va_list arguments;                                                        \
    va_start(arguments, flags);                                               \
    const mode_t mode = wants_mode(flags) ? va_arg(arguments, mode_t) : 0;    \
    va_end(arguments);                                                        \
    return open_path(path, flags, [&](const char* place) {                    \
      return next(behind, #NAME)(directory, place, flags, mode);              \
    });                                                                       \
  }
NPUSCOPE_OPEN(open)
NPUSCOPE_OPEN(open64)
NPUSCOPE_OPENAT(openat)
NPUSCOPE_OPENAT(openat64)

#define NPUSCOPE_CHECKED_OPEN(NAME)                                                         \
  NPUSCOPE_EXPORT int NAME(const char* path, int flags) {                                   \
    static int (*behind)(const char*, int) = nullptr;                                       \
    return open_path(path, flags,                                                           \
                     [&](const char* place) { return next(behind, #NAME)(place, flags); }); \
  }
NPUSCOPE_CHECKED_OPEN(__open_2)
NPUSCOPE_CHECKED_OPEN(__open64_2)

#define NPUSCOPE_STAT(NAME, STATUS)                                                          \
  NPUSCOPE_EXPORT int NAME(const char* path, struct STATUS* status) noexcept {               \
    static int (*behind)(const char*, struct STATUS*) = nullptr;                             \
    return stat_path(path, status,                                                           \
                     [&](const char* place) { return next(behind, #NAME)(place, status); }); \
  }
NPUSCOPE_STAT(stat, stat)
NPUSCOPE_STAT(stat64, stat64)
NPUSCOPE_STAT(lstat, stat)
NPUSCOPE_STAT(lstat64, stat64)

#define NPUSCOPE_FSTAT(NAME, STATUS)                                                     \
  NPUSCOPE_EXPORT int NAME(int fd, struct STATUS* status) noexcept {                     \
    static int (*behind)(int, struct STATUS*) = nullptr;                                 \
    return stat_descriptor(fd, status, [&] { return next(behind, #NAME)(fd, status); }); \
  }
NPUSCOPE_FSTAT(fstat, stat)
NPUSCOPE_FSTAT(fstat64, stat64)

// The names that programs built before glibc 2.33 call.
#define NPUSCOPE_XSTAT(NAME, STATUS)                                                        \
  NPUSCOPE_EXPORT int NAME(int version, const char* path, struct STATUS* status) noexcept { \
    static int (*behind)(int, const char*, struct STATUS*) = nullptr;                       \
    return stat_path(path, status, [&](const char* place) {                                 \
      return next(behind, #NAME)(version, place, status);                                   \
    });                                                                                     \
  }
NPUSCOPE_XSTAT(__xstat, stat)
NPUSCOPE_XSTAT(__xstat64, stat64)
NPUSCOPE_XSTAT(__lxstat, stat)
NPUSCOPE_XSTAT(__lxstat64, stat64)

#define NPUSCOPE_FXSTAT(NAME, STATUS)                                                             \
  NPUSCOPE_EXPORT int NAME(int version, int fd, struct STATUS* status) noexcept {                 \
    static int (*behind)(int, int, struct STATUS*) = nullptr;                                     \
    return stat_descriptor(fd, status, [&] { return next(behind, #NAME)(version, fd, status); }); \
  }
NPUSCOPE_FXSTAT(__fxstat, stat)
NPUSCOPE_FXSTAT(__fxstat64, stat64)

#define NPUSCOPE_FSTATAT(NAME, STATUS)                                             \
  NPUSCOPE_EXPORT int NAME(int directory, const char* path, struct STATUS* status, \
                           int flags) noexcept {                                   \
    static int (*behind)(int, const char*, struct STATUS*, int) = nullptr;         \
    const auto call = [&](const char* place) {                                     \
      return next(behind, #NAME)(directory, place, status, flags);                 \
    };                                                                             \
    if (path != nullptr && path[0] == '\0' && (flags & AT_EMPTY_PATH) != 0)        \
      return stat_descriptor(directory, status, [&] { return call(path); });       \
    return stat_path(path, status, call);                                          \
  }
NPUSCOPE_FSTATAT(fstatat, stat)
NPUSCOPE_FSTATAT(fstatat64, stat64)

NPUSCOPE_EXPORT int statx(int directory, const char* path, int flags, unsigned mask,
                          struct statx* status) noexcept {
  static int (*behind)(int, const char*, int, unsigned, struct statx*) = nullptr;
  char buffer[most_path];
  char name[most_path];
  const bool empty = path[0] == '\0' && (flags & AT_EMPTY_PATH) != 0;
  const FileTag tag = empty ? tag_of(directory) : node_at(path, name);
  const int result = next(behind, "statx")(directory, empty ? path : redirected(path, buffer),
                                           flags, mask, status);
  if (result != 0 || tag.kind == NodeKind::none) return result;
  struct stat device {};
  make_device(tag, &device);
  status->stx_mode = static_cast<__u16>(device.st_mode);
  status->stx_rdev_major = major(device.st_rdev);
  status->stx_rdev_minor = minor(device.st_rdev);
  status->stx_blocks = 0;
  status->stx_size = static_cast<__u64>(device.st_size);
  return 0;
}

NPUSCOPE_EXPORT int access(const char* path, int mode) noexcept {
  static int (*behind)(const char*, int) = nullptr;
  char buffer[most_path];
  return next(behind, "access")(redirected(path, buffer), mode);
}

NPUSCOPE_EXPORT int faccessat(int directory, const char* path, int mode, int flags) noexcept {
  static int (*behind)(int, const char*, int, int) = nullptr;
  char buffer[most_path];
  return next(behind, "faccessat")(directory, redirected(path, buffer), mode, flags);
}

NPUSCOPE_EXPORT DIR* opendir(const char* path) {
  static DIR* (*behind)(const char*) = nullptr;
  char buffer[most_path];
  return next(behind, "opendir")(redirected(path, buffer));
}

NPUSCOPE_EXPORT FILE* fopen(const char* path, const char* mode) {
  static FILE* (*behind)(const char*, const char*) = nullptr;
  char buffer[most_path];
  return next(behind, "fopen")(redirected(path, buffer), mode);
}

NPUSCOPE_EXPORT FILE* fopen64(const char* path, const char* mode) {
  static FILE* (*behind)(const char*, const char*) = nullptr;
  char buffer[most_path];
  return next(behind, "fopen64")(redirected(path, buffer), mode);
}

NPUSCOPE_EXPORT ssize_t readlink(const char* path, char* to, size_t room) noexcept {
  static ssize_t (*behind)(const char*, char*, size_t) = nullptr;
  char buffer[most_path];
  return next(behind, "readlink")(redirected(path, buffer), to, room);
}

NPUSCOPE_EXPORT char* realpath(const char* path, char* resolved) noexcept {
  static char* (*behind)(const char*, char*) = nullptr;
  char buffer[most_path];
  const char* place = redirected(path, buffer);
  char* found = next(behind, "realpath")(place, resolved);
  if (found == nullptr || place == path) return found;
  // The path as the client knows it: without what the fake puts before it.
  const std::size_t added = strlen(place) - strlen(path);
  if (strncmp(found, place, added) == 0) memmove(found, found + added, strlen(found + added) + 1);
  return found;
}

NPUSCOPE_EXPORT int scandir(const char* path, struct dirent*** list,
                            int (*filter)(const struct dirent*),
                            int (*order)(const struct dirent**, const struct dirent**)) {
  static int (*behind)(const char*, struct dirent***, int (*)(const struct dirent*),
                       int (*)(const struct dirent**, const struct dirent**)) = nullptr;
  char buffer[most_path];
  return next(behind, "scandir")(redirected(path, buffer), list, filter, order);
}

// The kernel log of the fake board, as syslog(2) gives it: its size, and its last bytes.
NPUSCOPE_EXPORT int klogctl(int action, char* to, int room) noexcept {
  static int (*behind)(int, char*, int) = nullptr;
  if (!active()) return next(behind, "klogctl")(action, to, room);
  constexpr int read_all = 3, buffer_size = 10;
  static char log[1U << 16U];
  Request request;
  request.kind = RequestKind::kernel_log;
  memset(log, 0, sizeof log);
  if (const int error = ask(request, nullptr, 0, log, sizeof log - 1); error != 0) {
    errno = error;
    return -1;
  }
  const std::size_t length = strlen(log);
  if (action == buffer_size) return sizeof log;
  if (action != read_all || to == nullptr || room < 0) return 0;
  const std::size_t count = length < static_cast<std::size_t>(room) ? length : room;
  memcpy(to, log + length - count, count);
  return static_cast<int>(count);
}

namespace {

void* glob_opendir(const char* path) {
  return opendir(path);
}
struct dirent* glob_readdir(void* directory) {
  return readdir(static_cast<DIR*>(directory));
}
void glob_closedir(void* directory) {
  closedir(static_cast<DIR*>(directory));
}

}  // namespace

// glob() of the C library does not call the functions above unless it is told to.
NPUSCOPE_EXPORT int glob(const char* pattern, int flags, int (*error)(const char*, int),
                         glob_t* found) noexcept {
  static int (*behind)(const char*, int, int (*)(const char*, int), glob_t*) = nullptr;
  const bool ours =
      active() && pattern != nullptr && pattern[0] == '/' && (flags & GLOB_ALTDIRFUNC) == 0;
  if (ours) {
    found->gl_opendir = glob_opendir;
    found->gl_readdir = glob_readdir;
    found->gl_closedir = glob_closedir;
    found->gl_stat = stat;
    found->gl_lstat = lstat;
    flags |= GLOB_ALTDIRFUNC;
  }
  return next(behind, "glob")(pattern, flags, error, found);
}

}  // namespace npuscope::fake
