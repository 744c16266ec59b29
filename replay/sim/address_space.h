// The memory that the NPU sees: buffers in a flat space of 32-bit device addresses, and nothing
// between them.
//
//   AddressSpace memory;
//   memory.map(0xfff90000, 4096, "weights");
//   memory.write(0xfff90000, bytes);
//   if (!memory.find(address, 16)) ...          // the IOMMU of the board would fault
//
// A buffer owns its bytes, or stands for memory of the caller, which must outlive it. With
// Fill::poison new memory holds 0xaa (a value that no tensor is likely to hold), and the space
// remembers which bytes were ever written, so that readers of the others can be named.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regdb/error.h"

namespace npuscope::sim {

enum class Fill : std::uint8_t { zero, poison };

inline constexpr std::byte poison_byte{0xaa};
inline constexpr std::uint32_t guard_bytes = 0x10000;  // between buffers that allocate() places

class AddressSpace {
 public:
  explicit AddressSpace(Fill fill = Fill::zero) : fill_(fill) {}

  // Errors (usage): an empty buffer, one that overlaps another or passes the end of the space.
  [[nodiscard]] Result<void> map(std::uint32_t address, std::uint64_t bytes, std::string name);
  // Memory of the caller; counts as written.
  [[nodiscard]] Result<void> map(std::uint32_t address, std::span<std::byte> bytes,
                                 std::string name);
  // Maps a buffer behind all others, with a gap before it; returns its address.
  [[nodiscard]] Result<std::uint32_t> allocate(std::uint64_t bytes, std::string name);
  void unmap(std::uint32_t address) { buffers_.erase(address); }

  // The bytes at [address, address + bytes) if they lie in one buffer, else nullptr.
  [[nodiscard]] std::byte* find(std::uint64_t address, std::uint64_t bytes) {
    return locate(address, bytes);
  }
  [[nodiscard]] const std::byte* find(std::uint64_t address, std::uint64_t bytes) const {
    return locate(address, bytes);
  }

  // What a program of the host does. Errors (usage): an address outside the buffers.
  [[nodiscard]] Result<void> write(std::uint32_t address, std::span<const std::byte> bytes);
  [[nodiscard]] Result<void> read(std::uint32_t address, std::span<std::byte> bytes) const;

  // Marks bytes as written, and counts those that never were; both only with Fill::poison.
  void mark_written(std::uint64_t address, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t count_unwritten(std::uint64_t address, std::uint64_t bytes) const;

  // "output + 0x40", or "outside all buffers, 0x40 behind output".
  [[nodiscard]] std::string place_of(std::uint32_t address) const;

 private:
  [[nodiscard]] std::byte* locate(std::uint64_t address, std::uint64_t bytes) const;

  struct Buffer {
    std::string name;
    std::vector<std::byte> owned;
    std::span<std::byte> bytes;
    std::vector<std::uint8_t> written;  // one for each byte; empty: all are
  };
  using Buffers = std::map<std::uint32_t, Buffer>;

  [[nodiscard]] Result<void> insert(std::uint32_t address, std::uint64_t bytes, Buffer buffer);
  [[nodiscard]] Buffers::const_iterator below(std::uint64_t address) const;

  Fill fill_;
  Buffers buffers_;
};

}  // namespace npuscope::sim
