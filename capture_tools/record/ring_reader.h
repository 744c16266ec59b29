// The recorder's side of a SharedRing. What lies in it was written by the recorded program, which
// may do anything: sizes are checked, and packets are copied before anybody looks at them.
//
//   auto reader = RingReader::open(descriptor);
//   const std::uint64_t end = reader->end();
//   reader->read(end, [](std::span<const std::byte> packet) { ... });
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "capture_tools/record/shared_ring.h"

namespace npuscope::record {

class RingReader {
 public:
  // None: not a ring, or memory that could shrink while we read it.
  [[nodiscard]] static std::optional<RingReader> open(int descriptor);
  RingReader(RingReader&& other) noexcept;
  RingReader& operator=(RingReader&& other) noexcept;
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;
  ~RingReader();

  // Where the entries end that are begun by now.
  [[nodiscard]] std::uint64_t end() const;
  // The packets up to there that are complete.
  void read(std::uint64_t end, const std::function<void(std::span<const std::byte>)>& take);
  // Bytes that were begun and never completed, or are no entries: what a process that has ended, or
  // that wrote over its ring, left.
  [[nodiscard]] std::uint64_t unread() const;

 private:
  explicit RingReader(RingHead* ring) : ring_(ring) {}

  RingHead* ring_;
  std::uint64_t at_ = 0;  // the head's is the program's to change
  bool damaged_ = false;
  std::vector<std::byte> packet_;
};

}  // namespace npuscope::record
