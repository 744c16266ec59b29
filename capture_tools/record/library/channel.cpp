#include "capture_tools/record/library/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "capture_tools/preload/interpose.h"
#include "capture_tools/record/shared_ring.h"

namespace npuscope::record {

namespace {

// Set once, when the library is loaded.
char path[sizeof(sockaddr_un::sun_path)];
Waits when = Waits::never;

__attribute__((constructor)) void load() {
  const char* where = getenv(socket_variable);
  if (where == nullptr || strlen(where) >= sizeof path) return;
  memcpy(path, where, strlen(where) + 1);
  const char* text = getenv(waits_variable);
  if (text == nullptr) return;
  if (strcmp(text, waits_at_submits) == 0) when = Waits::at_submits;
  if (strcmp(text, waits_for_contents) == 0) when = Waits::for_contents;
}

// Descriptors of the client begin at the lowest number, so ours are far from them.
constexpr int high_descriptor = 960;

// The connection of this process: its descriptor, the socket behind the number, so that one which
// the client closed or made anew is recognised, and who made it. One value, so that threads agree
// on it.
struct Connection {
  int fd = -1;
  std::uint32_t inode = 0;
  pid_t owner = 0;

  static constexpr unsigned fd_bits = 12, pid_bits = 22, inode_bits = 30;
  static Connection of(std::uint64_t packed) {
    if (packed == 0) return {};
    return {static_cast<int>(packed & ((1U << fd_bits) - 1)),
            static_cast<std::uint32_t>(packed >> (fd_bits + pid_bits)),
            static_cast<pid_t>(packed >> fd_bits & ((1U << pid_bits) - 1))};
  }
  [[nodiscard]] std::uint64_t packed() const {
    return static_cast<std::uint64_t>(inode) << (fd_bits + pid_bits) |
           static_cast<std::uint64_t>(owner) << fd_bits | static_cast<std::uint64_t>(fd);
  }
};
std::atomic<std::uint64_t> connection{0};
std::atomic<std::uint32_t> lost{0};
std::atomic<std::uint64_t> spent{0};

int (*next_close)(int) = nullptr;

// 0: no socket.
std::uint32_t inode_of(int fd) {
  struct stat status;
  if (fd < 0 || syscall(SYS_fstat, fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return 0;
  return static_cast<std::uint32_t>(status.st_ino) & ((1U << Connection::inode_bits) - 1);
}

void close_own(int fd) {
  next(next_close, "close")(fd);
}

int connected_socket() {
  const int made = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path, strlen(path) + 1);
  int status = 0;
  do {
    status = connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (status < 0 && errno == EINTR);
  int high = -1;
  if (status == 0)
    high = static_cast<int>(syscall(SYS_fcntl, made, F_DUPFD_CLOEXEC, high_descriptor));
  if (status == 0 && high < 0) return made;
  close_own(made);
  return high;
}

// -1: the recorder is gone.
int channel(pid_t self) {
  std::uint64_t packed = connection.load(std::memory_order_acquire);
  const Connection known = Connection::of(packed);
  if (known.fd >= 0 && inode_of(known.fd) == known.inode) {
    if (known.owner == self) return known.fd;
    close_own(known.fd);  // the parent's: its messages are not to mix with ours
  }
  const int made = connected_socket();
  if (made < 0) return -1;
  if (made >= 1 << Connection::fd_bits) {
    close_own(made);
    return -1;
  }
  const Connection ours{made, inode_of(made), self};
  if (connection.compare_exchange_strong(packed, ours.packed(), std::memory_order_acq_rel))
    return made;
  close_own(made);  // another thread was faster: its connection is the one of the process
  return Connection::of(packed).fd;
}

// Of what lies there, `probed` bytes. The kernel reads the signals before it looks what is to be
// done with them (kernel/signal.c, rt_sigprocmask), which is cheaper than process_vm_readv.
constexpr std::size_t probed = 8, smallest_page = 4096;
bool can_be_read(const void* at) {
  constexpr int no_change = -1;
  return syscall(SYS_rt_sigprocmask, no_change, at, nullptr, probed) < 0 && errno == EINVAL;
}

constexpr std::size_t most_parts = 3 + 4 * 64;

std::size_t gather(Message& message, const Parts& parts, iovec* list) {
  std::size_t count = 0;
  const auto add = [&](const Bytes& bytes) {
    if (bytes.size == 0) return;
    list[count++] = {const_cast<void*>(bytes.data), bytes.size};
  };
  message.before_bytes = static_cast<std::uint32_t>(parts.before.size);
  message.after_bytes = static_cast<std::uint32_t>(parts.after.size);
  message.extra_bytes = 0;
  list[count++] = {&message, sizeof message};
  add(parts.before), add(parts.after);
  std::size_t total = parts.before.size + parts.after.size;
  for (std::size_t i = 0; i < parts.extra_count; ++i) {
    total += parts.extra[i].size;
    if (count == most_parts || total > most_payload) {
      message.truncated = 1;
      break;
    }
    add(parts.extra[i]);
    message.extra_bytes += static_cast<std::uint32_t>(parts.extra[i].size);
  }
  return count;
}

bool send_to(int to, const iovec* list, std::size_t parts, const int* descriptors,
             std::size_t count) {
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr packet{};
  packet.msg_iov = const_cast<iovec*>(list);
  packet.msg_iovlen = parts;
  if (count > 0) {
    packet.msg_control = control;
    packet.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(to, &packet, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

// The ring of the process that made it; another one's after fork.
std::atomic<RingHead*> ring{nullptr};

void unmap(void* memory) {
  static_cast<void>(syscall(SYS_munmap, memory, shared_ring_bytes));
}

// Of memory that cannot shrink under the recorder. nullptr: there is none.
RingHead* mapped_ring(int descriptor, pid_t self) {
  if (ftruncate(descriptor, shared_ring_bytes) != 0 ||
      syscall(SYS_fcntl, descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return nullptr;
  const long at = syscall(SYS_mmap, nullptr, shared_ring_bytes, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_POPULATE, descriptor, 0L);
  if (at == -1) return nullptr;
  auto* made = new (reinterpret_cast<void*>(at)) RingHead;
  made->owner = self;
  return made;
}

bool announce_ring(int to, int descriptor, pid_t self) {
  Message hello;
  hello.kind = MessageKind::ring;
  hello.pid = self;
  const iovec whole{&hello, sizeof hello};
  return send_to(to, &whole, 1, &descriptor, 1);
}

// Of two threads one makes it; both may write into it before the recorder knows it.
RingHead* new_ring(RingHead* known, pid_t self) {
  const int to = channel(self);
  if (to < 0) return nullptr;
  const auto descriptor =
      static_cast<int>(syscall(SYS_memfd_create, "npuscope", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (descriptor < 0) return nullptr;
  RingHead* made = mapped_ring(descriptor, self);
  if (made != nullptr && !ring.compare_exchange_strong(known, made, std::memory_order_acq_rel)) {
    unmap(made);
    made = known;
  } else if (made != nullptr && !announce_ring(to, descriptor, self)) {
    ring.store(nullptr, std::memory_order_release);  // others may write into it: it stays
    made = nullptr;
  }
  close_own(descriptor);
  return made;
}

// Until the recorder has read some of it. False: nobody will.
bool wait_for_reader(pid_t self) {
  pollfd reader{channel(self), 0, 0};
  constexpr int milliseconds = 1;
  return reader.fd >= 0 && (poll(&reader, 1, milliseconds) <= 0 || reader.revents == 0);
}

bool put_in_ring(Message& message, const Parts& parts) {
  RingHead* to = ring.load(std::memory_order_acquire);
  if (to == nullptr || to->owner != message.pid) to = new_ring(to, message.pid);
  if (to == nullptr) return false;
  iovec list[most_parts];
  const std::size_t count = gather(message, parts, list);
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += list[i].iov_len;
  RingPacket packet = reserve(*to, total);
  for (; packet.data == nullptr; packet = reserve(*to, total))
    if (!wait_for_reader(message.pid)) return false;
  unsigned char* at = packet.data + sizeof message;
  for (std::size_t i = 1; i < count; at += list[i++].iov_len) {
    if (list[i].iov_base == parts.before.data)
      memcpy(at, list[i].iov_base, list[i].iov_len);
    else if (!safe_copy(at, list[i].iov_base, list[i].iov_len))
      message.truncated = 1;
  }
  memcpy(packet.data, &message, sizeof message);
  commit(packet);
  return true;
}

pid_t thread_id(pid_t self) {
  struct Known {
    pid_t process, thread;
  };
  static thread_local Known known __attribute__((tls_model("initial-exec")));
  if (known.process != self) known = {self, static_cast<pid_t>(syscall(SYS_gettid))};
  return known.thread;
}

void stamp(Message& message) {
  message.pid = getpid();
  message.tid = thread_id(message.pid);
  message.lost = lost.exchange(0, std::memory_order_relaxed);
  message.spent_ns = spent.exchange(0, std::memory_order_relaxed);
}

bool send_packet(Message& message, const Parts& parts, const int* descriptors, std::size_t count) {
  iovec list[most_parts];
  const std::size_t pieces = gather(message, parts, list);
  const int to = channel(message.pid);
  if (to >= 0 && send_to(to, list, pieces, descriptors, count)) return true;
  lost.fetch_add(message.lost + 1, std::memory_order_relaxed);
  return false;
}

}  // namespace

bool active() {
  return path[0] != '\0';
}

Waits waits() {
  return when;
}

void tell(Message& message, const Parts& parts) {
  const KeepErrno keep;
  stamp(message);
  if (when == Waits::never && put_in_ring(message, parts)) return;
  static_cast<void>(send_packet(message, parts, nullptr, 0));
}

bool ask(Message& message, const Parts& parts, int device, Answer& answer) {
  const KeepErrno keep;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  stamp(message);
  message.wants_answer = 1;
  const int sent[2] = {ends[1], device};
  bool good = send_packet(message, parts, sent, 2);
  close_own(ends[1]);
  ssize_t got = 0;
  // If the recorder dies, its end is closed and nothing is received.
  if (good) do {
      got = recv(ends[0], &answer, sizeof answer, 0);
    } while (got < 0 && errno == EINTR);
  close_own(ends[0]);
  return good && got == static_cast<ssize_t>(sizeof answer) && answer.magic == message_magic;
}

// The kernel looks whether the memory is there. Emulators may lack the call on which the larger
// ones rely.
bool safe_copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return true;
  const KeepErrno keep;
  if (bytes >= probed && bytes <= smallest_page) {
    const char* last = static_cast<const char*>(from) + bytes - probed;
    const auto page = [](const char* at) {
      return reinterpret_cast<std::uintptr_t>(at) / smallest_page;
    };
    const bool one_page = page(static_cast<const char*>(from)) == page(last + probed - 1);
    if (!can_be_read(from) || (!one_page && !can_be_read(last))) return false;
    memcpy(to, from, bytes);
    return true;
  }
  const iovec there{const_cast<void*>(from), bytes};
  const iovec here{to, bytes};
  const ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
  if (got == static_cast<ssize_t>(bytes)) return true;
  if (got >= 0 || errno == EFAULT) return false;
  int ends[2];
  constexpr std::size_t pipe_holds = 4096;
  if (bytes > pipe_holds || pipe2(ends, O_CLOEXEC) != 0) return false;
  const bool good = write(ends[1], from, bytes) == static_cast<ssize_t>(bytes) &&
                    read(ends[0], to, bytes) == static_cast<ssize_t>(bytes);
  close_own(ends[0]);
  close_own(ends[1]);
  return good;
}

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void add_spent(std::uint64_t ns) {
  spent.fetch_add(ns, std::memory_order_relaxed);
}

KeepErrno::KeepErrno() : saved_(errno) {}
KeepErrno::~KeepErrno() {
  errno = saved_;
}

}  // namespace npuscope::record
