// What an address of a program points to: a buffer or tensor, and an offset.
//
//   SymbolicAddress{Kind::tensor, 3, 0x380}      // 0x380 bytes behind the begin of tensor 3
#pragma once

#include <cstdint>
#include <utility>

namespace npuscope {

struct SymbolicAddress {
  enum class Kind : std::uint8_t {
    none,    // zero: no address at all
    tensor,  // of a model; id is an index into Model::tensors
    buffer,  // of a capture whose buffers' addresses are known; id is an index into
             // Capture::buffers
    role,    // of an unknown buffer: id is the AddressRole, the offset is the device address
  };
  Kind kind = Kind::none;
  std::uint32_t id = 0;
  std::int64_t offset = 0;  // bytes
  friend bool operator==(const SymbolicAddress&, const SymbolicAddress&) = default;
};

// A buffer of A and the one of B that its addresses correspond to.
struct BufferPair {
  std::size_t set = 0;          // index into Comparison::sets
  SymbolicAddress a;            // the begin of the buffer or tensor; of a role, its first address
  SymbolicAddress b;            // what that corresponds to
  std::uint64_t addresses = 0;  // words that support it
};

}  // namespace npuscope
