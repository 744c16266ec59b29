#include "replay/sim/address_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/device_memory.h"

namespace npuscope::sim {

AddressSpace::Buffers::const_iterator AddressSpace::below(std::uint64_t address) const {
  if (address >= address_space_bytes) return buffers_.end();
  auto next = buffers_.upper_bound(static_cast<std::uint32_t>(address));
  return next == buffers_.begin() ? buffers_.end() : std::prev(next);
}

Result<void> AddressSpace::insert(std::uint32_t address, std::uint64_t bytes, Buffer buffer) {
  const std::uint64_t end = address + bytes;
  if (bytes == 0) return wrong_usage("buffer " + buffer.name + " is empty");
  if (end > address_space_bytes)
    return wrong_usage(fmt::format("buffer {} of {} bytes at {:#x} passes the end of the space",
                                   buffer.name, bytes, address),
                       "device addresses have 32 bits");
  const auto after = buffers_.lower_bound(address);
  const auto before = below(address);
  const bool hits_next = after != buffers_.end() && after->first < end;
  const bool in_previous =
      before != buffers_.end() && before->first + before->second.bytes.size() > address;
  if (hits_next || in_previous)
    return wrong_usage(fmt::format("buffer {} at {:#x} overlaps buffer {}", buffer.name, address,
                                   hits_next ? after->second.name : before->second.name));
  buffers_.emplace(address, std::move(buffer));
  return {};
}

Result<void> AddressSpace::map(std::uint32_t address, std::uint64_t bytes, std::string name) {
  if (bytes > address_space_bytes)
    bytes = address_space_bytes + 1;  // insert() says why not; nothing is allocated
  Buffer buffer{std::move(name), {}, {}, {}};
  if (address + bytes <= address_space_bytes) {
    buffer.owned.assign(bytes, fill_ == Fill::poison ? poison_byte : std::byte{0});
    buffer.bytes = buffer.owned;
    if (fill_ == Fill::poison) buffer.written.assign(bytes, 0);
  }
  return insert(address, bytes, std::move(buffer));
}

Result<void> AddressSpace::map(std::uint32_t address, std::span<std::byte> bytes,
                               std::string name) {
  return insert(address, bytes.size(), Buffer{std::move(name), {}, bytes, {}});
}

Result<std::uint32_t> AddressSpace::allocate(std::uint64_t bytes, std::string name) {
  std::uint64_t address = guard_bytes;
  if (!buffers_.empty()) {
    const auto& [last, buffer] = *buffers_.rbegin();
    address = (last + buffer.bytes.size() + std::uint64_t{2} * guard_bytes - 1) / guard_bytes *
              guard_bytes;
  }
  if (address >= address_space_bytes) return wrong_usage("no room for buffer " + name);
  const auto place = static_cast<std::uint32_t>(address);
  if (auto mapped = map(place, bytes, std::move(name)); !mapped)
    return tl::unexpected(mapped.error());
  return place;
}

std::byte* AddressSpace::locate(std::uint64_t address, std::uint64_t bytes) const {
  const auto found = below(address);
  if (found == buffers_.end()) return nullptr;
  const std::uint64_t offset = address - found->first;
  const std::uint64_t size = found->second.bytes.size();
  if (offset > size || bytes > size - offset) return nullptr;
  return found->second.bytes.data() + offset;
}

Result<void> AddressSpace::write(std::uint32_t address, std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  std::byte* to = find(address, bytes.size());
  if (to == nullptr)
    return wrong_usage(fmt::format("cannot write {} bytes at {:#x}: {}", bytes.size(), address,
                                   place_of(address)));
  std::memcpy(to, bytes.data(), bytes.size());
  mark_written(address, bytes.size());
  return {};
}

Result<void> AddressSpace::read(std::uint32_t address, std::span<std::byte> bytes) const {
  if (bytes.empty()) return {};
  const std::byte* from = find(address, bytes.size());
  if (from == nullptr)
    return wrong_usage(
        fmt::format("cannot read {} bytes at {:#x}: {}", bytes.size(), address, place_of(address)));
  std::memcpy(bytes.data(), from, bytes.size());
  return {};
}

void AddressSpace::mark_written(std::uint64_t address, std::uint64_t bytes) {
  if (fill_ != Fill::poison) return;
  const auto found = below(address);
  if (found == buffers_.end() || found->second.written.empty()) return;
  auto& written = buffers_.find(found->first)->second.written;
  const std::uint64_t begin = std::min<std::uint64_t>(address - found->first, written.size());
  const std::uint64_t count = std::min<std::uint64_t>(bytes, written.size() - begin);
  std::memset(written.data() + begin, 1, count);
}

std::uint64_t AddressSpace::count_unwritten(std::uint64_t address, std::uint64_t bytes) const {
  if (fill_ != Fill::poison) return 0;
  const auto found = below(address);
  if (found == buffers_.end() || found->second.written.empty()) return 0;
  const auto& written = found->second.written;
  const std::uint64_t begin = std::min<std::uint64_t>(address - found->first, written.size());
  const std::uint64_t count = std::min<std::uint64_t>(bytes, written.size() - begin);
  const auto first = written.begin() + static_cast<std::ptrdiff_t>(begin);
  return static_cast<std::uint64_t>(
      std::count(first, first + static_cast<std::ptrdiff_t>(count), std::uint8_t{0}));
}

std::string AddressSpace::place_of(std::uint32_t address) const {
  const auto found = below(address);
  if (found == buffers_.end()) return "outside all buffers";
  const std::uint64_t offset = address - found->first;
  const std::uint64_t size = found->second.bytes.size();
  if (offset < size) return fmt::format("{} + {:#x}", found->second.name, offset);
  return fmt::format("outside all buffers, {:#x} behind {}", offset - size, found->second.name);
}

}  // namespace npuscope::sim
