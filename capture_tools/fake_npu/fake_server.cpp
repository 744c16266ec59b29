#include "capture_tools/fake_npu/fake_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "capture_tools/fake_npu/board_files.h"

namespace npuscope::fake {

namespace {

bool receive_all(int socket, void* to, std::size_t bytes) {
  auto* data = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t got = recv(socket, data, bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_all(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// The head of the answer, with the descriptor.
bool send_reply(int socket, Answer& answer) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  iovec part{&answer.reply, sizeof answer.reply};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (answer.descriptor.valid()) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = answer.descriptor.get();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof answer.reply);
}

}  // namespace

Result<std::unique_ptr<FakeServer>> FakeServer::start(FakeNpu& npu, const FakeOptions& options,
                                                      const std::filesystem::path& directory) {
  if (auto written = write_board_files(directory / "root", options); !written)
    return tl::unexpected(written.error());
  const std::string path = directory / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return wrong_usage(fmt::format("{} is too long for the name of a socket", path),
                       "set TMPDIR to a shorter directory");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr int waiting = 128;
  if (!socket.valid() ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.get(), waiting) != 0)
    return wrong_usage(fmt::format("{}: {}", path, std::strerror(errno)),
                       "can files be made in TMPDIR?");
  return std::unique_ptr<FakeServer>(new FakeServer(npu, directory, std::move(socket)));
}

FakeServer::FakeServer(FakeNpu& npu, std::filesystem::path directory, Descriptor socket)
    : npu_(npu), directory_(std::move(directory)), socket_(std::move(socket)) {
  accepting_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
  ends_ = true;
  shutdown(socket_.get(), SHUT_RDWR);
  accepting_.join();
  while (serving_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void FakeServer::accept_all() {
  while (!ends_) {
    Descriptor connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) {
      if (errno == EINTR || errno == ECONNABORTED || errno == EMFILE) continue;
      return;
    }
    ++serving_;
    std::thread([this, held = std::move(connection)]() mutable {
      serve(std::move(held));
      --serving_;
    }).detach();
  }
}

void FakeServer::serve(Descriptor connection) {
  Request request;
  if (!receive_all(connection.get(), &request, sizeof request) || request.magic != protocol_magic ||
      request.bytes > most_payload)
    return;
  std::vector<std::byte> payload(request.bytes);
  if (!receive_all(connection.get(), payload.data(), payload.size())) return;
  Answer answer = npu_.answer(request, std::move(payload));
  if (send_reply(connection.get(), answer)) send_all(connection.get(), answer.payload);
}

std::vector<std::string> FakeServer::environment() const {
  return {fmt::format("{}={}", directory_variable, directory_.string()),
          fmt::format("{}={}", memory_variable, npu_.memory_identity())};
}

}  // namespace npuscope::fake
