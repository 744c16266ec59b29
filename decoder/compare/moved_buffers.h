// Buffers that lie elsewhere: what is left to say of two programs that are equal.
//
//   for (const MovedBuffer& moved : moved_buffers(a, b, db, compare(a, b, db)))
//     ... moved.a, moved.address_a, moved.b, moved.address_b ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoder/compare/compare.h"

namespace npuscope {

// A buffer or tensor of A that lies elsewhere in B. This is no difference.
struct MovedBuffer {
  std::string a, b;                                   // names
  std::optional<std::uint64_t> address_a, address_b;  // none: a model file, not placed yet
  std::uint64_t addresses = 0;                        // words that point into it
};

// In the order of Comparison::buffers.
[[nodiscard]] std::vector<MovedBuffer> moved_buffers(const Opened& a, const Opened& b,
                                                     const RegisterDb& db,
                                                     const Comparison& comparison);

}  // namespace npuscope
