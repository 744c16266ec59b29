#include "capture_tools/fake_npu/memory_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace npuscope::fake {

namespace {

constexpr std::uint64_t first_offset = std::uint64_t{1} << 32;  // where those of the driver begin
constexpr std::uint64_t file_bytes = std::uint64_t{1} << 44;    // sparse
constexpr std::uint64_t lock_base = std::uint64_t{1} << 50;     // one byte for each description
constexpr std::uint64_t kept_bytes = std::uint64_t{256} << 20;  // released, but not yet emptied

tl::unexpected<Error> no_memory(std::string_view what) {
  return wrong_usage(fmt::format("no memory for a fake NPU: {}: {}", what, std::strerror(errno)),
                     "does the system forbid memfd_create, or limit file sizes (ulimit -f)?");
}

struct flock lock_of(std::uint64_t id, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(lock_base + id);
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<MemoryFile> MemoryFile::create() {
  MemoryFile memory;
  memory.fd_ = Descriptor(memfd_create("npuscope-fake-npu", MFD_CLOEXEC));
  if (!memory.fd_.valid()) return no_memory("memfd_create");
  if (ftruncate(memory.fd_.get(), static_cast<off_t>(file_bytes)) != 0)
    return no_memory("ftruncate");
  struct stat status {};
  if (fstat(memory.fd_.get(), &status) != 0) return no_memory("fstat");
  memory.identity_ = fmt::format("{}:{}", status.st_dev, status.st_ino);
  memory.end_ = first_offset;
  return memory;
}

Result<std::uint64_t> MemoryFile::extend(std::uint64_t bytes) {
  if (bytes > file_bytes - end_)
    return wrong_usage("the fake NPU has given out all of its memory", "start it again");
  return std::exchange(end_, end_ + bytes);
}

std::span<std::byte> MemoryFile::map(std::uint64_t offset, std::uint64_t bytes) const {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd_.get(),
                  static_cast<off_t>(offset));
  if (at == MAP_FAILED) return {};
  return {static_cast<std::byte*>(at), bytes};
}

void MemoryFile::release(std::uint64_t offset, std::span<std::byte> bytes) {
  if (bytes.empty()) return;
  munmap(bytes.data(), bytes.size());
  released_.emplace_back(offset, bytes.size());
  released_bytes_ += bytes.size();
  while (released_bytes_ > kept_bytes) {
    const auto [begin, size] = released_.front();
    fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
              static_cast<off_t>(size));
    released_bytes_ -= size;
    released_.pop_front();
  }
}

Result<Descriptor> MemoryFile::describe(const FileTag& tag) const {
  const std::string path = fmt::format("/proc/self/fd/{}", fd_.get());
  Descriptor made(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!made.valid()) return no_memory(path);
  struct flock lock = lock_of(tag.id, F_WRLCK);
  if (fcntl(made.get(), F_OFD_SETLK, &lock) != 0) return no_memory("F_OFD_SETLK");
  if (lseek(made.get(), tag.position(), SEEK_SET) < 0) return no_memory("lseek");
  return made;
}

bool MemoryFile::is_open(std::uint64_t id) const {
  struct flock lock = lock_of(id, F_WRLCK);
  return fcntl(fd_.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace npuscope::fake
