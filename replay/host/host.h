// The files of a machine: this one, or a copy of one below a directory.
//
//   Host host{.root = "/tmp/board"};
//   const HostText cmdline = host.read("/proc/cmdline");     // /tmp/board/proc/cmdline
//   if (cmdline.read()) ... else ... cmdline.why() == "No such file or directory" ...
//
// Below a root, links are followed inside it and never lead out of it, as the kernel does with
// openat2(RESOLVE_IN_ROOT): a copied system is as hostile as any other input. Nothing blocks on a
// pipe, nothing longer than the given limit is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace npuscope::host {

inline constexpr std::size_t most_text = std::size_t{64} << 10U;  // bytes, unless said otherwise

struct HostText {
  std::string text;
  int error = 0;     // errno, 0 if it was read
  bool cut = false;  // there is more than the limit
  [[nodiscard]] bool read() const { return error == 0; }
  [[nodiscard]] bool missing() const;     // the file does not exist, as opposed to: may not be read
  [[nodiscard]] std::string why() const;  // the error in words, "" without one
  [[nodiscard]] std::string line() const;  // the first line without blanks at its ends
};

struct HostNames {
  std::vector<std::string> names;  // sorted, without . and ..
  int error = 0;                   // errno, 0 if the directory was read
};

struct FileStatus {
  std::uint32_t mode = 0;  // type and permissions, as of stat(2)
  std::uint32_t uid = 0, gid = 0;
};

struct Host {
  std::string root = "/";

  // Whether this is the machine we run on: only then devices are opened and asked.
  [[nodiscard]] bool live() const { return root == "/"; }

  // At most `most` bytes of a regular file or, on the live system, of anything.
  [[nodiscard]] HostText read(const std::string& path, std::size_t most = most_text) const;
  [[nodiscard]] HostNames list(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> names(const std::string& path) const {
    return list(path).names;
  }
  // What a symbolic link says, not followed.
  [[nodiscard]] std::optional<std::string> link(const std::string& path) const;
  // Links are followed.
  [[nodiscard]] std::optional<FileStatus> status(const std::string& path) const;
  [[nodiscard]] bool has(const std::string& path) const { return status(path).has_value(); }

 private:
  // An open descriptor, or -errno.
  [[nodiscard]] int open(const std::string& path, int flags) const;
};

// What stands behind the last slash.
[[nodiscard]] std::string last_part(const std::string& path);

}  // namespace npuscope::host
