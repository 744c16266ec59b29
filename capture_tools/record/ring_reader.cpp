#include "capture_tools/record/ring_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <utility>

namespace npuscope::record {

std::optional<RingReader> RingReader::open(int descriptor) {
  struct stat status {};
  const int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(descriptor, &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != shared_ring_bytes)
    return std::nullopt;
  void* memory =
      mmap(nullptr, shared_ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return std::nullopt;
  RingReader reader(static_cast<RingHead*>(memory));
  if (reader.ring_->magic != ring_magic) return std::nullopt;
  return reader;
}

RingReader::RingReader(RingReader&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)),
      at_(other.at_),
      damaged_(other.damaged_),
      packet_(std::move(other.packet_)) {}

RingReader& RingReader::operator=(RingReader&& other) noexcept {
  std::swap(ring_, other.ring_);
  std::swap(at_, other.at_);
  std::swap(damaged_, other.damaged_);
  std::swap(packet_, other.packet_);
  return *this;
}

RingReader::~RingReader() {
  if (ring_ != nullptr) munmap(ring_, shared_ring_bytes);
}

std::uint64_t RingReader::end() const {
  return ring_->reserved.load(std::memory_order_acquire);
}

std::uint64_t RingReader::unread() const {
  return end() - at_;
}

void RingReader::read(std::uint64_t end,
                      const std::function<void(std::span<const std::byte>)>& take) {
  if (end - at_ > ring_bytes) damaged_ = true;
  while (!damaged_ && at_ < end) {
    const std::uint32_t word = ring_size_at(*ring_, at_).load(std::memory_order_acquire);
    if (word == 0) return;  // not complete yet
    const std::size_t size = word & ~ring_padding;
    if (size < ring_entry_align || size % ring_entry_align != 0 ||
        size > ring_bytes - at_ % ring_bytes || size > end - at_) {
      damaged_ = true;
      return;
    }
    unsigned char* entry = ring_entries(*ring_) + at_ % ring_bytes;
    if ((word & ring_padding) == 0) {
      packet_.resize(size - ring_entry_align);
      std::memcpy(packet_.data(), entry + ring_entry_align, packet_.size());
      take(packet_);
    }
    std::memset(entry, 0, size);
    at_ += size;
    ring_->read.store(at_, std::memory_order_release);
  }
}

}  // namespace npuscope::record
