#include "capture_tools/fake_npu/device_addresses.h"

#include <algorithm>

#include "capture_tools/fake_npu/memory_file.h"
#include "decoder/device_memory.h"

namespace npuscope::fake {

namespace {

constexpr std::uint64_t top = std::uint64_t{1} << 32;

}  // namespace

std::optional<std::uint32_t> DeviceAddresses::take(std::uint64_t bytes) {
  if (bytes == 0 || bytes > top) return std::nullopt;
  const auto found = growth_ == Growth::up ? lowest_gap(bytes) : highest_gap(bytes);
  if (!found) return std::nullopt;
  taken_.emplace(*found, *found + bytes);
  return static_cast<std::uint32_t>(*found);
}

std::optional<std::uint64_t> DeviceAddresses::lowest_gap(std::uint64_t bytes) const {
  std::uint64_t begin = 0;
  for (const auto& [first, end] : taken_) {
    if (first >= begin + bytes + page_bytes) return begin;
    begin = end + page_bytes;
  }
  return begin + bytes <= top ? std::optional(begin) : std::nullopt;
}

std::optional<std::uint64_t> DeviceAddresses::highest_gap(std::uint64_t bytes) const {
  std::uint64_t end = top;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 does not read the views of libstdc++ 12.
  for (auto taken = taken_.rbegin(); taken != taken_.rend(); ++taken) {
    if (end >= taken->second + page_bytes + bytes) return end - bytes;
    end = taken->first - std::min(taken->first, page_bytes);
  }
  return end >= bytes ? std::optional(end - bytes) : std::nullopt;
}

}  // namespace npuscope::fake
