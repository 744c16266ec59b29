// How the kernel copies structures of clients: shorter ones are extended by zeros, longer ones cut.
//
//   auto create = load<rknpu::MemCreate>(bytes);     // also of the 32 bytes of an old client
//
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace npuscope::fake {

template <typename T>
[[nodiscard]] T load(std::span<const std::byte> bytes) {
  T value{};
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

template <typename T>
void store(const T& value, std::span<std::byte> bytes) {
  if (!bytes.empty()) std::memcpy(bytes.data(), &value, std::min(bytes.size(), sizeof value));
}

}  // namespace npuscope::fake
