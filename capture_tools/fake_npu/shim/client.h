// The preloaded half of the fake NPU: finds out whether a call concerns a fake device, and asks the
// fake.
//
//   if (const FileTag tag = tag_of(fd); tag.kind != NodeKind::none) ... ask(request, ...) ...
//
// Runs inside programs of which nothing is known, in any thread, perhaps before their constructors:
// no memory is allocated, nothing is locked, no C++ runtime is used, errno is set only by failures.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "capture_tools/fake_npu/protocol.h"
#include "capture_tools/preload/interpose.h"

namespace npuscope::fake {

// True if this process runs under a fake NPU.
[[nodiscard]] bool active();

// What a descriptor is; kind none: not ours. Keeps errno.
[[nodiscard]] FileTag tag_of(int fd);

struct Piece {
  const void* data;
  std::size_t bytes;
};

// Sends a request whose payload is put together of pieces, receives up to `room` bytes of payload
// into `answer`, and the descriptor if there is one. Returns 0 or an errno: EFAULT where memory of
// the client cannot be read or written, EIO where the fake is gone.
[[nodiscard]] int ask(Request request, const Piece* pieces, std::size_t count, void* answer,
                      std::size_t room, int* descriptor = nullptr, bool close_on_exec = true);

// The size of the buffer behind a dma-buf; 0: the fake is gone.
[[nodiscard]] std::uint64_t size_of_dma_buf(const FileTag& tag);

// Copies from memory of the client that may not be there; false: it is not.
[[nodiscard]] bool copy_in(void* to, const void* from, std::size_t bytes);

inline constexpr std::size_t most_path = 4096;

// Where a path lies for the client: files that describe the device are in the fake's directory.
// Returns `path` itself, or `buffer` (of most_path bytes) with the other path.
[[nodiscard]] const char* redirected(const char* path, char* buffer);
// The node that a path names, "dri/card1" in `name`; kind none: not one of ours.
[[nodiscard]] FileTag node_at(const char* path, char* name);

}  // namespace npuscope::fake
