#include "capture_tools/record/buffer_memory.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "replay/device/uabi/rknpu.h"

namespace npuscope::record {

namespace {

namespace rknpu = uabi::rknpu;

template <typename T>
bool call(int device, std::uint32_t number, T& structure) {
  const auto word = uabi::ioctl_word('d', rknpu::first_number + number, sizeof structure);
  return ioctl(device, word, &structure) == 0;
}

}  // namespace

BufferMemory BufferMemory::map(int device, Driver driver, KnownBuffer& buffer) {
  BufferMemory memory;
  if (driver == Driver::rknpu_heap) {
    memory.problem_ = "buffers of this kind of driver are not read";
    return memory;
  }
  if (!buffer.map_offset && driver == Driver::rknpu) {
    rknpu::MemMap asked{.handle = buffer.handle};
    if (call(device, rknpu::mem_map, asked)) buffer.map_offset = asked.offset;
  }
  if (!buffer.map_offset || buffer.size == 0) {
    memory.problem_ = fmt::format("its mapping is not known: {}", std::strerror(errno));
    return memory;
  }
  void* at = mmap(nullptr, buffer.size, PROT_READ, MAP_SHARED, device,
                  static_cast<off_t>(*buffer.map_offset));
  if (at == MAP_FAILED)
    memory.problem_ = fmt::format("it cannot be mapped: {}", std::strerror(errno));
  else
    memory.bytes_ = {static_cast<const std::byte*>(at), buffer.size};
  return memory;
}

BufferMemory::~BufferMemory() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::optional<std::uint64_t> query_buffer(int device, Driver driver, KnownBuffer& buffer) {
  rknpu::MemCreate asked{.handle = buffer.handle};
  if (driver != Driver::rknpu || !call(device, rknpu::mem_create, asked)) return std::nullopt;
  buffer.size = asked.size;
  buffer.object = asked.obj_addr;
  return asked.dma_addr;
}

}  // namespace npuscope::record
