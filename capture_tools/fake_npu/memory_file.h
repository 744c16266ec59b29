// The memory of a fake NPU: one file without a name, of which clients map parts as they map buffer
// objects of a device.
//
//   auto memory = MemoryFile::create();
//   std::uint64_t offset = memory->extend(65536);            // also the offset for mmap
//   Result<Descriptor> fd = memory->describe({7, NodeKind::card, 1});
//   ... send it to a client; later: memory->is_open(7) ...
//
// A description is what a process gets when it opens the device. How long any process keeps a
// descriptor of it, the kernel knows: each description holds a lock that ends with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>

#include "capture_tools/fake_npu/protocol.h"
#include "decoder/bundle/durable_file.h"
#include "regdb/error.h"

namespace npuscope::fake {

class MemoryFile {
 public:
  // Errors (usage): the system gives no such file.
  [[nodiscard]] static Result<MemoryFile> create();

  // Room for `bytes`, a multiple of the page size; offsets are never given twice.
  [[nodiscard]] Result<std::uint64_t> extend(std::uint64_t bytes);
  // The bytes at an offset, for this process; empty if there is no memory left.
  [[nodiscard]] std::span<std::byte> map(std::uint64_t offset, std::uint64_t bytes) const;
  // The end of what map() gave. Its contents stay for a while, as clients may still have it mapped:
  // a real mapping keeps its object alive. Behind the last 256 MiB they read as zeros.
  void release(std::uint64_t offset, std::span<std::byte> bytes);

  [[nodiscard]] Result<Descriptor> describe(const FileTag& tag) const;
  // Does any process have a descriptor of the description with this id?
  [[nodiscard]] bool is_open(std::uint64_t id) const;
  // "device:inode", as memory_variable holds it.
  [[nodiscard]] const std::string& identity() const { return identity_; }

 private:
  Descriptor fd_;
  std::string identity_;
  std::uint64_t end_ = 0;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> released_;  // offset and bytes, oldest first
  std::uint64_t released_bytes_ = 0;
};

}  // namespace npuscope::fake
