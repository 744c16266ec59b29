#include "decoder/bundle/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace npuscope {

namespace {

constexpr const char* unfinished = ".part";

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

tl::unexpected<Error> cannot_write(const std::filesystem::path& path, const std::string& reason) {
  return unreadable("cannot be written: " + reason, path.string(),
                    "check the directory, its permissions and the space on the disk");
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

Result<void> write_durable(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           Durability durability) {
  std::filesystem::path part = path;
  part += unfinished;
  ::unlink(part.c_str());
  const Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const bool written = file.valid() && write_all(file.get(), bytes) &&
                       (durability == Durability::program || ::fsync(file.get()) == 0) &&
                       ::rename(part.c_str(), path.c_str()) == 0;
  if (!written) return cannot_write(path, std::strerror(errno));
  return {};
}

Result<void> sync_path(const std::filesystem::path& path) {
  const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.get()) != 0)
    return cannot_write(path, std::strerror(errno));
  return {};
}

}  // namespace npuscope
