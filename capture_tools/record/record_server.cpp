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
#include <cstring>
#include <utility>

namespace npuscope::record {

namespace {

constexpr int nap_ms = 20;  // between two looks into rings, which hold some thousand calls
// Of what is to be told: at once, so that it is soon on its way; and at all.
constexpr std::size_t portion_bytes = 64U << 10, most_waiting_bytes = 64U << 20;
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
  if (*waits_ == '\0')
    later_ = std::make_unique<IdleWorker>(
        [this](std::span<const std::byte> portion) {
          std::uint32_t size = 0;
          for (; !portion.empty(); portion = portion.subspan(sizeof size + size)) {
            std::memcpy(&size, portion.data(), sizeof size);
            static_cast<void>(tell(portion.subspan(sizeof size, size), -1));
          }
          recorder_.flush();
        },
        most_waiting_bytes);
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
  later_.reset();
  if (cut_)
    recorder_.remark(Severity::warning,
                     "a process ended while it told of a call: what it said last is missing here");
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
    connections_.push_back({std::move(made), std::move(process), {}, false});
  }
}

void RecordServer::wait(bool ends) {
  std::vector<pollfd> waiting{{socket_.get(), POLLIN, 0}, {ends ? -1 : wake_.get(), POLLIN, 0}};
  const std::size_t first = waiting.size();
  int timeout = -1;
  for (const Connection& each : connections_) {
    waiting.push_back({each.socket.get(), POLLIN, 0});
    waiting.push_back({each.process.get(), POLLIN, 0});  // -1 is left out
    if (each.ring) timeout = nap_ms;
  }
  static_cast<void>(
      poll(waiting.data(), waiting.size(), ends && connections_.empty() ? 0 : timeout));
  // Known before the reading: a process that has ended says no more.
  for (std::size_t i = 0; i < connections_.size(); ++i)
    connections_[i].ended = waiting[first + 2 * i + 1].revents != 0;
}

// Until every process that is known has ended, and the program has.
void RecordServer::listen_to_all() {
  bool ends = false;
  while (!ends || !connections_.empty()) {
    ends = ends_;
    wait(ends);
    for (Connection& each : connections_)
      if (!read_all(each)) each.socket = Descriptor();
    read_rings();
    // Who closed our descriptor may say more in its ring, as long as we see that it lives.
    std::erase_if(connections_, [](const Connection& each) {
      return each.ended || (!each.socket.valid() && !(each.ring && each.process.valid()));
    });
    if (later_) {
      hand_over();
    } else {
      recorder_.flush();
    }
    // Also once after the end: a process may have said something and ended at once.
    accept_waiting();
  }
}

// What is there now. A process knows a file by one that it came from, so that its end is looked up
// before that one's, and read behind it.
void RecordServer::read_rings() {
  std::vector<std::uint64_t> ends(connections_.size());
  for (std::size_t i = connections_.size(); i-- > 0;)
    if (connections_[i].ring) ends[i] = connections_[i].ring->end();
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    Connection& each = connections_[i];
    if (!each.ring) continue;
    each.ring->read(ends[i], [&](std::span<const std::byte> packet) { take(each, packet, {}); });
    cut_ = cut_ || (each.ended && each.ring->unread() > 0);
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
    take(connection, std::span(packet_).first(static_cast<std::size_t>(got)),
         received.descriptors());
  }
}

void RecordServer::take(Connection& connection, std::span<const std::byte> packet,
                        std::span<const int> descriptors) {
  Message message;
  if (packet.size() < sizeof message) return;
  std::memcpy(&message, packet.data(), sizeof message);
  if (message.kind == MessageKind::ring) {
    if (descriptors.size() == 1 && !connection.ring)
      connection.ring = RingReader::open(descriptors[0]);
    return;
  }
  if (later_) return tell_later(packet);
  const bool asks = message.wants_answer != 0 && descriptors.size() == 2;
  const Answer answer = tell(packet, asks ? descriptors[1] : -1);
  if (asks) static_cast<void>(send(descriptors[0], &answer, sizeof answer, MSG_NOSIGNAL));
}

void RecordServer::tell_later(std::span<const std::byte> packet) {
  const auto size = static_cast<std::uint32_t>(packet.size());
  const auto prefix = std::as_bytes(std::span(&size, 1));
  collected_.insert(collected_.end(), prefix.begin(), prefix.end());
  collected_.insert(collected_.end(), packet.begin(), packet.end());
  if (collected_.size() >= portion_bytes) hand_over();
}

void RecordServer::hand_over() {
  if (!collected_.empty()) later_->add(std::exchange(collected_, {}));
}

Answer RecordServer::tell(std::span<const std::byte> packet, int device) {
  Message message;
  std::memcpy(&message, packet.data(), sizeof message);
  const auto payload = packet.subspan(sizeof message);
  const std::uint64_t told = std::uint64_t{message.before_bytes} + message.after_bytes +
                             std::uint64_t{message.extra_bytes};
  if (message.magic != message_magic || told > payload.size()) return {};
  return recorder_.take(message, payload, device);
}

}  // namespace npuscope::record
