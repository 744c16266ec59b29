#include "replay/ledger/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace npuscope {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10U;

// Where a chain of links ends; the path itself if it cannot be followed.
std::filesystem::path real_path(const std::string& path) {
  std::error_code error;
  std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? std::filesystem::path(path) : real;
}

tl::unexpected<Error> failed(std::string_view what, const std::string& where) {
  return unreadable(fmt::format("{}: {}", what, std::strerror(errno)), where,
                    "what was there before is unchanged; is the disk full, or the folder "
                    "protected?");
}

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { static_cast<void>(close()); }
  [[nodiscard]] int get() const { return descriptor_; }
  bool close() { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view content, const BeforeStep& before) {
  while (!content.empty()) {
    if (before) before(WriteStep::write);
    const ssize_t count =
        ::write(descriptor, content.data(), std::min(content.size(), block_bytes));
    if (count < 0 && errno != EINTR) return false;
    content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return true;
}

}  // namespace

FolderLock::~FolderLock() {
  if (folder_ >= 0) ::close(folder_);
}

Result<FolderLock> lock_folder_of(const std::string& path) {
  std::filesystem::path folder = real_path(path).parent_path();
  if (folder.empty()) folder = ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failed("the folder cannot be opened", folder.string());
  FolderLock lock(descriptor);
  while (::flock(descriptor, LOCK_EX) != 0)
    if (errno != EINTR) return failed("the folder cannot be locked", folder.string());
  return lock;
}

Result<void> replace_file(const std::string& path, std::string_view content,
                          const BeforeStep& before) {
  const auto step = [&before](WriteStep next) {
    if (before) before(next);
  };
  const std::filesystem::path real = real_path(path);
  const std::string part = real.string() + ".part";
  step(WriteStep::create);
  OpenFile file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return failed("cannot be written", part);
  const auto give_up = [&](std::string_view what) {
    auto error = failed(what, path);
    std::remove(part.c_str());
    return error;
  };
  if (!write_all(file.get(), content, before)) return give_up("cannot be written");
  step(WriteStep::sync);
  if (::fsync(file.get()) != 0) return give_up("cannot be synced to the disk");
  if (!file.close()) return give_up("cannot be closed");
  step(WriteStep::rename);
  if (std::rename(part.c_str(), real.c_str()) != 0) return give_up("cannot be renamed");
  step(WriteStep::sync_folder);
  const std::filesystem::path parent = real.parent_path();
  OpenFile folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder; the name is right all the same.
  if (folder.get() >= 0) static_cast<void>(::fsync(folder.get()));
  return {};
}

}  // namespace npuscope
