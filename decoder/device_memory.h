// What device memory is made of: pages, within 32 bits of address.
//
//   whole_pages(5000) == 8192
//
// The drivers hand out whole pages of 4 KiB and the NPU's registers hold 32 bits of address
// [KABI 1.2, 2.2].
#pragma once

#include <cstdint>

namespace npuscope {

inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint64_t address_space_bytes = std::uint64_t{1} << 32U;

// The bytes of the pages that hold so many. Numbers behind the last page of 64 bits give that
// page's begin.
[[nodiscard]] constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  const std::uint64_t begin = bytes / page_bytes * page_bytes;
  return bytes == begin || begin > UINT64_MAX - page_bytes ? begin : begin + page_bytes;
}

}  // namespace npuscope
