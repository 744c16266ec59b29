// Memory that a process of a recording shares with the recorder: packets go through it without a
// call of the system, and stay there when the process dies.
//
//   void* memory = ...;                                  // shared_ring_bytes, zeros
//   auto* ring = new (memory) RingHead{.owner = getpid()};
//   Packet packet = reserve(*ring, bytes);               // nullptr: full
//   memcpy(packet.data, ...); commit(packet);
//
// Any thread of the owner may write; only the recorder reads (RingReader). An entry is a word with
// its size, 0 until it is complete, and its bytes. Entries do not wrap: what is left before the end
// is an entry of padding. The reader leaves zeros behind.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "capture_tools/record/protocol.h"

namespace npuscope::record {

inline constexpr std::uint32_t ring_magic = 0x31524e52;  // "RNR1"
inline constexpr std::size_t ring_head_bytes = 4096;
inline constexpr std::size_t ring_bytes = 1U << 20;  // of entries: some thousand calls
inline constexpr std::size_t shared_ring_bytes = ring_head_bytes + ring_bytes;
inline constexpr std::size_t ring_entry_align = 8;
inline constexpr std::uint32_t ring_padding = 1;  // in a size, which is a multiple of the alignment

struct RingHead {
  std::uint32_t magic = ring_magic;
  std::int32_t owner = 0;                   // pid
  std::atomic<std::uint64_t> reserved = 0;  // bytes, since the beginning
  std::atomic<std::uint64_t> read = 0;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(RingHead) == 24);

inline unsigned char* ring_entries(RingHead& ring) {
  return reinterpret_cast<unsigned char*>(&ring) + ring_head_bytes;
}
inline std::atomic<std::uint32_t>& ring_size_at(RingHead& ring, std::uint64_t position) {
  return *reinterpret_cast<std::atomic<std::uint32_t>*>(ring_entries(ring) + position % ring_bytes);
}

struct RingPacket {
  unsigned char* data = nullptr;
  std::atomic<std::uint32_t>* size = nullptr;
  std::uint32_t entry = 0;  // bytes, with the word and what aligns
};

inline RingPacket reserve(RingHead& ring, std::size_t bytes) {
  const std::size_t entry =
      (ring_entry_align + bytes + ring_entry_align - 1) / ring_entry_align * ring_entry_align;
  std::uint64_t at = ring.reserved.load(std::memory_order_relaxed);
  std::size_t padding = 0;
  do {
    const std::size_t left = ring_bytes - at % ring_bytes;
    padding = entry > left ? left : 0;
    if (at + padding + entry - ring.read.load(std::memory_order_acquire) > ring_bytes) return {};
  } while (
      !ring.reserved.compare_exchange_weak(at, at + padding + entry, std::memory_order_relaxed));
  if (padding > 0)
    ring_size_at(ring, at).store(static_cast<std::uint32_t>(padding) | ring_padding,
                                 std::memory_order_release);
  auto& size = ring_size_at(ring, at + padding);
  return {reinterpret_cast<unsigned char*>(&size) + ring_entry_align, &size,
          static_cast<std::uint32_t>(entry)};
}

inline void commit(const RingPacket& packet) {
  packet.size->store(packet.entry, std::memory_order_release);
}

}  // namespace npuscope::record
