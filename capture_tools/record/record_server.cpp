#include "capture_tools/record/record_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace npuscope::record {

namespace {

constexpr std::chrono::milliseconds nap{1};  // calls of a fast program fit into a socket
constexpr std::size_t most_packet = sizeof(Message) + most_payload;

// The pid of whoever connected, as a descriptor that tells when it ends.
Descriptor process_of(int socket) {
  ucred who{};
  socklen_t bytes = sizeof who;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0) return Descriptor();
  return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, who.pid, 0)));
}

// Closes what came with a packet.
class Received {
 public:
  explicit Received(msghdr& packet) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&packet); header != nullptr;
         header = CMSG_NXTHDR(&packet, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        descriptors_.push_back(fd);
      }
    }
  }
  ~Received() {
    for (const int fd : descriptors_) close(fd);
  }
  Received(const Received&) = delete;
  Received& operator=(const Received&) = delete;
  [[nodiscard]] std::span<const int> descriptors() const { return descriptors_; }

 private:
  std::vector<int> descriptors_;
};

}  // namespace

Result<std::unique_ptr<RecordServer>> RecordServer::start(Recorder& recorder,
                                                          const std::filesystem::path& path,
                                                          const RecordOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    return wrong_usage(fmt::format("{} is too long for the name of a socket", path.string()),
                       "set TMPDIR to a shorter directory");
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Descriptor wake(eventfd(0, EFD_CLOEXEC));
  constexpr int waiting = 512;
  if (!socket.valid() || !wake.valid() ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.get(), waiting) != 0)
    return wrong_usage(fmt::format("{}: {}", path.string(), std::strerror(errno)),
                       "can files be made in TMPDIR?");
  return std::unique_ptr<RecordServer>(
      new RecordServer(recorder, path, std::move(socket), std::move(wake), options));
}

RecordServer::RecordServer(Recorder& recorder, std::filesystem::path path, Descriptor socket,
                           Descriptor wake, const RecordOptions& options)
    : recorder_(recorder),
      path_(std::move(path)),
      waits_(options.contents             ? waits_for_contents
             : options.waits_at_submits() ? waits_at_submits
                                          : ""),
      socket_(std::move(socket)),
      wake_(std::move(wake)),
      packet_(most_packet) {
  listening_ = std::thread([this] { listen_to_all(); });
}

RecordServer::~RecordServer() {
  finish();
}

void RecordServer::finish() {
  if (!listening_.joinable()) return;
  ends_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(write(wake_.get(), &one, sizeof one));
  listening_.join();
}

std::vector<std::string> RecordServer::environment() const {
  return {fmt::format("{}={}", socket_variable, path_.string()),
          fmt::format("{}={}", waits_variable, waits_)};
}

void RecordServer::accept_waiting() {
  for (;;) {
    Descriptor made(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!made.valid()) return;
    Descriptor process = process_of(made.get());
    connections_.push_back({std::move(made), std::move(process)});
  }
}

// Until every process that is known has ended, and the program has.
void RecordServer::listen_to_all() {
  bool ends = false;
  while (!ends || !connections_.empty()) {
    ends = ends_;
    std::vector<pollfd> waiting{{socket_.get(), POLLIN, 0}, {ends ? -1 : wake_.get(), POLLIN, 0}};
    const std::size_t first = waiting.size();
    for (const Connection& each : connections_) {
      waiting.push_back({each.socket.get(), POLLIN, 0});
      waiting.push_back({each.process.get(), POLLIN, 0});  // -1 is left out
    }
    if (poll(waiting.data(), waiting.size(), ends && connections_.empty() ? 0 : -1) < 0 &&
        errno != EINTR)
      return;
    const std::size_t known = connections_.size();
    std::vector<Connection> open;
    for (std::size_t i = 0; i < known; ++i) {
      // Asked before the reading: a process that has ended says no more.
      const bool ended = waiting[first + 2 * i + 1].revents != 0;
      const bool connected = read_all(connections_[i]);
      if (connected && !ended) open.push_back(std::move(connections_[i]));
    }
    connections_ = std::move(open);
    // Also once after the end: a process may have said something and ended at once.
    accept_waiting();
    // Programs that wait for nothing fill their sockets meanwhile, and need not wake us each time.
    if (*waits_ == '\0' && !ends) std::this_thread::sleep_for(nap);
  }
}

bool RecordServer::read_all(Connection& connection) {
  for (;;) {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(4 * sizeof(int))> control{};
    iovec part{packet_.data(), packet_.size()};
    msghdr packet{};
    packet.msg_iov = &part;
    packet.msg_iovlen = 1;
    packet.msg_control = control.data();
    packet.msg_controllen = control.size();
    const ssize_t got = recvmsg(connection.socket.get(), &packet, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const Received received(packet);
    take(std::span(packet_).first(static_cast<std::size_t>(got)), received.descriptors());
  }
}

void RecordServer::take(std::span<const std::byte> packet, std::span<const int> descriptors) {
  Message message;
  if (packet.size() < sizeof message) return;
  std::memcpy(&message, packet.data(), sizeof message);
  const auto payload = packet.subspan(sizeof message);
  const std::uint64_t told = std::uint64_t{message.before_bytes} + message.after_bytes +
                             std::uint64_t{message.extra_bytes};
  if (message.magic != message_magic || told > payload.size()) return;
  const bool asks = message.wants_answer != 0 && descriptors.size() == 2;
  const Answer answer = recorder_.take(message, payload, asks ? descriptors[1] : -1);
  if (!asks) return;
  static_cast<void>(send(descriptors[0], &answer, sizeof answer, MSG_NOSIGNAL));
  recorder_.flush();  // while the program goes on
}

}  // namespace npuscope::record
