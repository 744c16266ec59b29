#include "decoder/input/load_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>

namespace npuscope {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t first_block = std::size_t{1} << 16U;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : number_(path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ > 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> cannot_read(const std::string& name, int error) {
  std::string remedy = "check the path and its permissions";
  if (error == ENOENT) remedy = "check the path: there is no such file";
  if (error == EACCES) remedy = "you may not read this file: change its permissions";
  return unreadable(std::strerror(error), name, remedy);
}

// Reads to the end. A regular file tells its size, a pipe does not: then the block doubles.
Result<FileBytes> read_all(int descriptor, const std::string& name, std::uint64_t limit) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return cannot_read(name, errno);
  std::size_t capacity = first_block;
  if (S_ISREG(status.st_mode)) capacity = static_cast<std::size_t>(status.st_size) + 1;
  std::shared_ptr<std::byte> bytes;
  std::size_t size = 0;
  while (true) {
    if (size == capacity || !bytes) {
      if (bytes) capacity *= 2;
      if (capacity > limit + 1) capacity = static_cast<std::size_t>(limit) + 1;
      auto larger = allocate_bytes(capacity);
      if (!larger) return unreadable(fmt::format("no memory for {} bytes", capacity), name);
      if (size > 0) std::memcpy(larger.get(), bytes.get(), size);
      bytes = std::move(larger);
    }
    const ssize_t count = ::read(descriptor, bytes.get() + size, capacity - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(name, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size > limit) {
      return unreadable(fmt::format("more than {} bytes", limit), name,
                        "split the input, or give the dumps of single memory objects");
    }
  }
  return FileBytes{name, bytes, {bytes.get(), size}};
}

}  // namespace

// Aligned by hand: what glibc before 2.38 gives back of aligned blocks it does not use for the next
// one, and a corpus of small files takes ten times the memory (GNU C library, bug 14581).
std::shared_ptr<std::byte> allocate_bytes(std::size_t size) {
  const std::size_t aligned = (std::max<std::size_t>(size, 1) + alignment - 1) & ~(alignment - 1);
  std::size_t space = aligned + alignment;
  void* const block = std::malloc(space);
  if (block == nullptr) return nullptr;
  void* start = block;
  std::align(alignment, aligned, start, space);
  return {static_cast<std::byte*>(start), [block](std::byte*) { std::free(block); }};
}

Result<std::vector<FileBytes>> load_files(const std::string& path, const LoadLimits& limits) {
  const std::string name = path == "-" ? "standard input" : path;
  const Descriptor descriptor(path);
  if (descriptor.number() < 0) return cannot_read(name, errno);
  auto file = read_all(descriptor.number(), name, limits.file_bytes);
  if (!file) return tl::unexpected(file.error());
  if (file->bytes.empty()) {
    return unreadable("the file is empty", name, "record or copy the capture again");
  }
  if (is_packed(file->bytes)) return unpack(*file, limits);
  return std::vector<FileBytes>{std::move(*file)};
}

Result<FileBytes> load_plain_file(const std::string& path, std::uint64_t most_bytes) {
  const Descriptor descriptor(path);
  if (descriptor.number() < 0) return cannot_read(path, errno);
  return read_all(descriptor.number(), path, most_bytes);
}

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) names.push_back(entry->path().string());
  }
  if (error) return cannot_read(path, error.value());
  if (names.empty()) {
    return unreadable("no files in this directory", path,
                      "give the directory that holds the dumps (subdirectories are not searched)");
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace npuscope
