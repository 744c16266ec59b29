// Byte buffers whose elements can be told apart.
//
//   std::vector<std::byte> plain = numbered(2, 12);      // 1, 2, ... 12 as 16-bit elements
//   element_at(plain, 2, 5)                              // 6
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace npuscope::testing {

// The element that begins at a byte; the element of that number.
inline std::uint32_t code_at(std::span<const std::byte> bytes, std::uint32_t element_bytes,
                             std::size_t offset) {
  std::uint32_t code = 0;
  std::memcpy(&code, bytes.data() + offset, element_bytes);
  return code;
}

inline std::uint32_t element_at(std::span<const std::byte> bytes, std::uint32_t element_bytes,
                                std::size_t index) {
  return code_at(bytes, element_bytes, index * element_bytes);
}

// 1, 2, 3, ... modulo 251 for bytes, so that neighbours of every kind of distance differ.
inline std::vector<std::byte> numbered(std::uint32_t element_bytes, std::size_t count) {
  std::vector<std::byte> bytes(element_bytes * count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::uint32_t>(element_bytes == 1 ? 1 + i % 251 : i + 1);
    std::memcpy(bytes.data() + i * element_bytes, &code, element_bytes);
  }
  return bytes;
}

}  // namespace npuscope::testing
