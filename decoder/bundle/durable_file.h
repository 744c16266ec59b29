// Files that are whole or not there, whenever the program or the machine stops.
//
//   auto written = write_durable("run/blobs/99aa...", bytes);
//   auto named = sync_path("run/blobs");
//
// Errors (unreadable) name the file and the system's reason.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "regdb/error.h"

namespace npuscope {

// Closes a file descriptor when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// What outlives what: the end of this program, or that of the machine too, which costs a wait for
// the disk.
enum class Durability { program, machine };

[[nodiscard]] tl::unexpected<Error> cannot_write(const std::filesystem::path& path,
                                                 const std::string& reason);

// Everything, or false with errno.
[[nodiscard]] bool write_all(int descriptor, std::span<const std::byte> bytes);

// Under another name until all bytes are there. A link that stands in the place of the unfinished
// file is not followed.
[[nodiscard]] Result<void> write_durable(const std::filesystem::path& path,
                                         std::span<const std::byte> bytes,
                                         Durability durability = Durability::machine);

// Makes the bytes of a file last, or the names in a directory.
[[nodiscard]] Result<void> sync_path(const std::filesystem::path& path);

}  // namespace npuscope
