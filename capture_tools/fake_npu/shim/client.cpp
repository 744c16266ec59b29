#include "capture_tools/fake_npu/shim/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace npuscope::fake {

namespace {

// Set once, when the library is loaded.
char directory[sizeof(sockaddr_un::sun_path)];
dev_t memory_device;
ino_t memory_inode;

__attribute__((constructor)) void load() {
  const char* where = getenv(directory_variable);
  const char* memory = getenv(memory_variable);
  if (where == nullptr || memory == nullptr || strlen(where) + sizeof "/socket" > sizeof directory)
    return;
  char* end = nullptr;
  memory_device = static_cast<dev_t>(strtoull(memory, &end, 10));
  if (*end != ':') return;
  memory_inode = static_cast<ino_t>(strtoull(end + 1, nullptr, 10));
  memcpy(directory, where, strlen(where) + 1);
}

int (*next_fstat)(int, struct stat*) = nullptr;
off64_t (*next_lseek)(int, off64_t, int) = nullptr;

bool send_all(int socket, const Piece* pieces, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const char* data = static_cast<const char*>(pieces[i].data);
    for (std::size_t left = pieces[i].bytes; left > 0;) {
      const ssize_t sent = send(socket, data, left, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      data += sent;
      left -= static_cast<std::size_t>(sent);
    }
  }
  return true;
}

bool receive_all(int socket, void* to, std::size_t bytes) {
  char* data = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t got = recv(socket, data, bytes, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = EIO;
    if (got <= 0) return false;
    data += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

// The reply, and the descriptor that came with it or -1.
bool receive_reply(int socket, Reply& reply, int& descriptor, bool close_on_exec) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{&reply, sizeof reply};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = recvmsg(socket, &message, MSG_WAITALL | (close_on_exec ? MSG_CMSG_CLOEXEC : 0));
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof reply)) return false;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return true;
}

int connect_to_fake() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, directory, strlen(directory));
  memcpy(address.sun_path + strlen(directory), "/socket", sizeof "/socket");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  int status = 0;
  do {
    status = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (status < 0 && errno == EINTR);
  if (status == 0) return socket;
  close(socket);
  return -1;
}

int exchange(int socket, Request& request, const Piece* pieces, std::size_t count, void* answer,
             std::size_t room, int* descriptor, bool close_on_exec) {
  const Piece head{&request, sizeof request};
  if (!send_all(socket, &head, 1)) return EIO;
  if (!send_all(socket, pieces, count)) return errno == EFAULT ? EFAULT : EIO;
  Reply reply;
  int received = -1;
  if (!receive_reply(socket, reply, received, close_on_exec)) return EIO;
  if (reply.ends_process != 0) kill(getpid(), SIGKILL);
  if (reply.bytes > room || !receive_all(socket, answer, reply.bytes)) {
    if (received >= 0) close(received);
    return reply.bytes <= room && errno == EFAULT ? EFAULT : EIO;
  }
  if (descriptor != nullptr) *descriptor = received;
  return reply.error;
}

}  // namespace

bool active() {
  return directory[0] != '\0';
}

FileTag tag_of(int fd) {
  const int saved = errno;
  struct stat status;
  FileTag tag;
  if (active() && fd >= 0 && next(next_fstat, "fstat")(fd, &status) == 0 &&
      status.st_dev == memory_device && status.st_ino == memory_inode)
    tag = FileTag::of(next(next_lseek, "lseek64")(fd, 0, SEEK_CUR));
  errno = saved;
  return tag;
}

int ask(Request request, const Piece* pieces, std::size_t count, void* answer, std::size_t room,
        int* descriptor, bool close_on_exec) {
  const int saved = errno;
  request.pid = getpid();
  request.bytes = 0;
  for (std::size_t i = 0; i < count; ++i)
    request.bytes += static_cast<std::uint32_t>(pieces[i].bytes);
  const int socket = connect_to_fake();
  if (socket < 0) return EIO;
  const int error =
      exchange(socket, request, pieces, count, answer, room, descriptor, close_on_exec);
  close(socket);
  errno = saved;
  return error;
}

std::uint64_t size_of_dma_buf(const FileTag& tag) {
  Request request;
  request.kind = RequestKind::map;
  request.file = tag.position();
  MapRange range;
  const Piece piece{&range, sizeof range};
  return ask(request, &piece, 1, &range, sizeof range) == 0 ? range.length : 0;
}

// The kernel looks whether the memory is there.
bool copy_in(void* to, const void* from, std::size_t bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  constexpr std::size_t block = 4096;  // less than a socket holds
  bool good = true;
  for (std::size_t done = 0; good && done < bytes; done += block) {
    const std::size_t size = bytes - done < block ? bytes - done : block;
    const Piece piece{static_cast<const char*>(from) + done, size};
    good =
        send_all(ends[0], &piece, 1) && receive_all(ends[1], static_cast<char*>(to) + done, size);
  }
  close(ends[0]);
  close(ends[1]);
  return good;
}

namespace {

// Files that describe the device, or are it.
constexpr const char* prefixes[] = {
    "/dev/dri", "/dev/accel", "/sys/dev/char/226:", "/sys/dev/char/261:", "/sys/class/drm",
    "/sys/class/accel", "/sys/kernel/debug/rknpu", "/sys/class/devfreq",
    // A kernel log and a boot of its own; the log is read with syslog(2), see files.cpp.
    "/dev/kmsg", "/proc/sys/kernel/random/boot_id",
    // The lock that clients of the board take around their submits.
    "/tmp/rk3588_npu_submit.lock"};

// Collapses "//" and "/./"; a path with ".." is left alone.
bool plain(const char* path, char* out) {
  std::size_t length = 0;
  for (const char* p = path; *p != '\0';) {
    while (p[0] == '/' && (p[1] == '/' || (p[1] == '.' && (p[2] == '/' || p[2] == '\0'))))
      p += p[1] == '/' ? 1 : 2;
    if (*p == '\0') break;
    if (length + 1 >= most_path) return false;
    out[length++] = *p++;
  }
  out[length] = '\0';
  return true;
}

bool begins_with(const char* text, const char* prefix) {
  char last = '\0';
  for (; *prefix != '\0'; ++text, ++prefix) {
    if (*text != *prefix) return false;
    last = *prefix;
  }
  return *text == '\0' || *text == '/' || last == ':';
}

// Returns where the next text goes; there is room.
char* put(char* to, const char* text) {
  const std::size_t length = strlen(text);
  memcpy(to, text, length + 1);
  return to + length;
}

}  // namespace

const char* redirected(const char* path, char* buffer) {
  if (!active() || path == nullptr || path[0] != '/') return path;
  char clean[most_path];
  if (!plain(path, clean)) return path;
  for (const char* prefix : prefixes) {
    if (!begins_with(clean, prefix)) continue;
    if (strlen(directory) + strlen(clean) + sizeof "/root" > most_path) return path;
    put(put(put(buffer, directory), "/root"), clean);
    return buffer;
  }
  return path;
}

FileTag node_at(const char* path, char* name) {
  char place[most_path];
  FileTag tag;
  if (redirected(path, place) != place) return tag;
  const char* below = place + strlen(directory) + strlen("/root");
  if (!begins_with(below, "/dev")) return tag;
  below += strlen("/dev/");
  const struct {
    const char* prefix;
    NodeKind kind;
  } kinds[] = {{"dri/card", NodeKind::card},
               {"dri/renderD", NodeKind::render},
               {"accel/accel", NodeKind::accel}};
  const int saved = errno;
  for (const auto& [prefix, kind] : kinds) {
    const std::size_t length = strlen(prefix);
    char* end = nullptr;
    if (strncmp(below, prefix, length) != 0) continue;
    const unsigned long minor = strtoul(below + length, &end, 10);
    if (end == below + length || *end != '\0' || faccessat(AT_FDCWD, place, F_OK, 0) != 0) continue;
    tag.kind = kind;
    tag.minor = static_cast<std::uint8_t>(minor);
    put(name, below);
  }
  errno = saved;
  return tag;
}

}  // namespace npuscope::fake
