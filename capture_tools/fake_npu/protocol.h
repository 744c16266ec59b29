// What the preloaded library and the fake NPU say to each other.
//
//   library: connect to "<directory>/socket", send a Request and its payload
//   fake:    send a Reply and its payload, with a file descriptor if one was asked for; hang up
//
// One connection per call: nothing to share between threads, nothing to lose by fork or by closing
// all descriptors. Only for processes of one machine and one user: the socket lies in a directory
// that nobody else may enter.
//
// Device files and dma-bufs are file descriptions of one memory file. Which of them a descriptor
// is, its file position tells: descriptors that were duplicated, inherited or sent share it, like
// they share the open file of a real device.
#pragma once

#include <cstdint>

namespace npuscope::fake {

inline constexpr char directory_variable[] = "NPUSCOPE_FAKE";      // where socket and files are
inline constexpr char memory_variable[] = "NPUSCOPE_FAKE_MEMORY";  // "device:inode" of the file

enum class NodeKind : std::uint8_t { none, card, render, accel, dma_buf };

// The file position of a description: 52 bits of identity, 4 of kind, 8 of minor number.
struct FileTag {
  std::uint64_t id = 0;
  NodeKind kind = NodeKind::none;
  std::uint8_t minor = 0;

  [[nodiscard]] constexpr std::int64_t position() const {
    return static_cast<std::int64_t>(id << 12 | static_cast<std::uint64_t>(kind) << 8 | minor);
  }
  [[nodiscard]] static constexpr FileTag of(std::int64_t position) {
    const auto bits = static_cast<std::uint64_t>(position);
    return {bits >> 12, static_cast<NodeKind>(bits >> 8 & 0xfU),
            static_cast<std::uint8_t>(bits & 0xffU)};
  }
};

inline constexpr std::uint32_t protocol_magic = 0x314b464e;  // "NFK1"
inline constexpr std::uint32_t most_payload = 16U << 20;

enum class RequestKind : std::uint32_t {
  open,   // payload: name of the node, "dri/card1"; the reply carries the descriptor
  ioctl,  // payload: the structure; the reply carries what the kernel would copy back
  map,    // payload: MapRange of an mmap; the reply carries the offset in the memory file, and the
          // size of the buffer as length
  kernel_log,  // the reply carries the log as text, a line for each message
};

struct MapRange {
  std::uint64_t offset = 0, length = 0;
};

struct Request {
  std::uint32_t magic = protocol_magic;
  RequestKind kind = RequestKind::ioctl;
  std::int32_t pid = 0;
  std::uint32_t word = 0;   // ioctl: the request
  std::int64_t file = 0;    // position of the descriptor
  std::int64_t second = 0;  // of the dma-buf that is imported; -1: none of ours
  std::uint32_t bytes = 0;  // of payload
  std::uint32_t reserved = 0;
};

struct Reply {
  std::int32_t error = 0;  // errno, 0: success
  std::uint32_t bytes = 0;
  std::uint32_t has_descriptor = 0;
  std::uint32_t ends_process = 0;  // the board has crashed: no client survives that
};

static_assert(sizeof(Request) == 40 && sizeof(Reply) == 16);

}  // namespace npuscope::fake
