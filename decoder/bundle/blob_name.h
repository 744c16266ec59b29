// The names of blobs: XXH3-128 of the bytes, 32 lower-case hexadecimal digits, as `xxh128sum`
// prints it.
//
//   blob_name(bytes) == "99aa06d3014798d86001c324468d497f"   // of no bytes
//
// The hash finds damage and equal content. It is no protection against a forger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace npuscope {

[[nodiscard]] std::string blob_name(std::span<const std::byte> bytes);

// XXH3-64: to see whether bytes changed. Not stored anywhere.
[[nodiscard]] std::uint64_t quick_hash(std::span<const std::byte> bytes);

// Nothing else is ever used as the name of a file in blobs/.
[[nodiscard]] bool is_blob_name(std::string_view text);

}  // namespace npuscope
