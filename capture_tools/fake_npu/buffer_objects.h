// Buffer objects of a fake device, and the handles, names and dma-bufs that lead to them.
//
//   BufferObjects objects(memory, Growth::down);
//   std::shared_ptr<BufferObject> made = objects.create(65536, flags);
//   std::uint32_t handle = objects.file(id).add(made);
//
// An object lives as long as anything leads to it: a handle of an open file, a dma-buf, a job.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "capture_tools/fake_npu/device_addresses.h"
#include "capture_tools/fake_npu/memory_file.h"

namespace npuscope::fake {

struct BufferObject {
  std::uint32_t flags = 0;
  std::uint64_t requested = 0;  // bytes that the client asked for
  std::uint64_t offset = 0;     // in the memory file, and for mmap
  std::uint32_t address = 0;    // device
  std::uint64_t object = 0;     // what the driver calls its kernel address
  std::uint32_t name = 0;       // of GEM_FLINK; 0: none yet
  std::span<std::byte> bytes;   // whole pages
};
using BufferPointer = std::shared_ptr<BufferObject>;

// What one open of the device knows. Handles count from 1 and are reused, lowest first.
class Handles {
 public:
  // The handle of an object that is known already is given again.
  std::uint32_t add(const BufferPointer& object);
  [[nodiscard]] BufferPointer find(std::uint32_t handle) const;
  bool remove(std::uint32_t handle) { return objects_.erase(handle) > 0; }
  [[nodiscard]] const std::map<std::uint32_t, BufferPointer>& all() const { return objects_; }

 private:
  std::map<std::uint32_t, BufferPointer> objects_;
};

class BufferObjects {
 public:
  BufferObjects(MemoryFile& memory, Growth growth);

  // nullptr: out of memory or of device addresses. `bytes` is rounded up to pages.
  [[nodiscard]] BufferPointer create(std::uint64_t bytes, std::uint32_t flags);
  [[nodiscard]] BufferPointer at_object_address(std::uint64_t object) const;
  // The live object at an offset for mmap that holds `bytes` from there.
  [[nodiscard]] BufferPointer at_offset(std::uint64_t offset) const;
  [[nodiscard]] std::uint32_t name(const BufferPointer& object);
  [[nodiscard]] BufferPointer named(std::uint32_t name) const;
  [[nodiscard]] std::vector<BufferPointer> live() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // objects may outlive this
};

}  // namespace npuscope::fake
