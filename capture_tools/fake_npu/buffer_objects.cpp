#include "capture_tools/fake_npu/buffer_objects.h"

#include <algorithm>

#include "decoder/device_memory.h"

namespace npuscope::fake {

struct BufferObjects::State {
  MemoryFile& memory;
  DeviceAddresses addresses;
  std::map<std::uint64_t, std::weak_ptr<BufferObject>> by_offset;
  std::uint32_t next_name = 1;
  std::uint64_t next_object = 0xffffff8102fc0000;  // looks like the kernel's, means nothing
};

BufferObjects::BufferObjects(MemoryFile& memory, Growth growth)
    : state_(new State{memory, DeviceAddresses(growth), {}}) {}

std::uint32_t Handles::add(const BufferPointer& object) {
  std::uint32_t free = 1;
  for (const auto& [handle, known] : objects_) {
    if (known == object) return handle;
    if (handle == free) ++free;
  }
  objects_.emplace(free, object);
  return free;
}

BufferPointer Handles::find(std::uint32_t handle) const {
  const auto found = objects_.find(handle);
  return found == objects_.end() ? nullptr : found->second;
}

BufferPointer BufferObjects::create(std::uint64_t bytes, std::uint32_t flags) {
  if (bytes == 0 || bytes > address_space_bytes) return nullptr;
  const std::uint64_t pages = whole_pages(bytes);
  const auto address = state_->addresses.take(pages);
  if (!address) return nullptr;
  const auto offset = state_->memory.extend(pages);
  const auto mapped = offset ? state_->memory.map(*offset, pages) : std::span<std::byte>{};
  if (mapped.empty()) {
    state_->addresses.give_back(*address);
    return nullptr;
  }
  auto* made = new BufferObject{flags, bytes, *offset, *address, state_->next_object, 0, mapped};
  state_->next_object += 0x400;
  BufferPointer object(made, [state = state_](BufferObject* gone) {
    state->addresses.give_back(gone->address);
    state->memory.release(gone->offset, gone->bytes);
    state->by_offset.erase(gone->offset);
    delete gone;
  });
  state_->by_offset.emplace(object->offset, object);
  return object;
}

std::vector<BufferPointer> BufferObjects::live() const {
  std::vector<BufferPointer> objects;
  for (const auto& [offset, weak] : state_->by_offset)
    if (auto object = weak.lock()) objects.push_back(std::move(object));
  return objects;
}

BufferPointer BufferObjects::at_object_address(std::uint64_t object) const {
  const auto all = live();
  const auto found =
      std::ranges::find_if(all, [&](const BufferPointer& each) { return each->object == object; });
  return found == all.end() ? nullptr : *found;
}

BufferPointer BufferObjects::at_offset(std::uint64_t offset) const {
  const auto found = state_->by_offset.find(offset);
  return found == state_->by_offset.end() ? nullptr : found->second.lock();
}

std::uint32_t BufferObjects::name(const BufferPointer& object) {
  if (object->name == 0) object->name = state_->next_name++;
  return object->name;
}

BufferPointer BufferObjects::named(std::uint32_t name) const {
  const auto all = live();
  const auto found =
      std::ranges::find_if(all, [&](const BufferPointer& each) { return each->name == name; });
  return name == 0 || found == all.end() ? nullptr : *found;
}

}  // namespace npuscope::fake
