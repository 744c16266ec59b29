// The memory of a buffer, seen through the recorder's own mapping.
//
//   BufferMemory memory = BufferMemory::map(device, Driver::rknpu, buffer);
//   if (memory.problem().empty()) ... memory.bytes() ...
//
// `device` is a descriptor of the program's own open file, so its handles are valid for us. The
// mapping ends with the object: what we map must not keep a buffer alive that the program gives
// back. Nothing is synchronised: that would discard what the program's processor has not written
// back yet.
#pragma once

#include <span>
#include <string>

#include "capture_tools/record/open_file.h"

namespace npuscope::record {

class BufferMemory {
 public:
  // Learns where the buffer can be mapped, if that is not known.
  [[nodiscard]] static BufferMemory map(int device, Driver driver, KnownBuffer& buffer);
  BufferMemory(BufferMemory&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), problem_(std::move(other.problem_)) {}
  BufferMemory& operator=(BufferMemory&&) = delete;
  ~BufferMemory();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  BufferMemory() = default;
  std::span<const std::byte> bytes_;
  std::string problem_;
};

// Size, object and device address of a buffer that somebody else made: MEM_CREATE with its handle
// asks. The device address; nothing if the driver has no such question.
[[nodiscard]] std::optional<std::uint64_t> query_buffer(int device, Driver driver,
                                                        KnownBuffer& buffer);

}  // namespace npuscope::record
