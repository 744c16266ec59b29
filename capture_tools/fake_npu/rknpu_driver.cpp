#include "capture_tools/fake_npu/rknpu_driver.h"

#include <fmt/format.h>

#include <cerrno>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/uabi/drm.h"

namespace npuscope::fake {

using namespace uabi;

RknpuDriver::RknpuDriver(MemoryFile& memory, NpuBoard& board, Journal& journal,
                         DriverOptions options)
    : board_(board),
      journal_(journal),
      options_(std::move(options)),
      objects_(memory, Growth::down) {}

int RknpuDriver::refuse(int error, std::string rule, std::string text) {
  journal_.say(Severity::failure, std::move(rule), std::move(text));
  return error;
}

int RknpuDriver::crash(std::string rule, std::string text) {
  journal_.say(Severity::crash, std::move(rule), std::move(text));
  if (options_.strict) crashed_ = true;
  return EIO;
}

int RknpuDriver::worse_if_strict(std::string rule, std::string text) {
  if (options_.strict) return crash(std::move(rule), std::move(text));
  journal_.say(Severity::warning, std::move(rule), std::move(text));
  return 0;
}

int RknpuDriver::ioctl(std::uint64_t file, bool primary, std::uint32_t word,
                       std::span<std::byte> structure) {
  const auto handled = [&]<typename T>(T value, int error) {
    if (error == 0) store(value, structure);
    return error;
  };
  // A job runs long, so submit() locks for itself.
  if (ioctl_number(word) == rknpu::first_number + rknpu::submit) {
    auto value = load<rknpu::Submit>(structure);
    const int error = submit(file, value);
    store(value, structure);  // the counter comes back after a timeout, too
    return error;
  }
  const std::scoped_lock lock(mutex_);
  Handles& handles = files_[file];
  switch (ioctl_number(word)) {
    case rknpu::first_number + rknpu::action: {
      auto value = load<rknpu::Action>(structure);
      const int error = action(file, value);
      return handled(value, error);
    }
    case rknpu::first_number + rknpu::mem_create: {
      auto value = load<rknpu::MemCreate>(structure);
      const int error = create(file, value);
      return handled(value, error);
    }
    case rknpu::first_number + rknpu::mem_map: {
      auto value = load<rknpu::MemMap>(structure);
      const BufferPointer object = handles.find(value.handle);
      if (object == nullptr)
        return refuse(ENOENT, "", fmt::format("MEM_MAP: there is no handle {}", value.handle));
      value.offset = object->offset;
      return handled(value, 0);
    }
    case rknpu::first_number + rknpu::mem_destroy: {
      const auto value = load<rknpu::MemDestroy>(structure);
      if (handles.remove(value.handle)) return disturb_own(file, "MEM_DESTROY");
      return refuse(EINVAL, "", fmt::format("MEM_DESTROY: there is no handle {}", value.handle));
    }
    case rknpu::first_number + rknpu::mem_sync:
      return sync(load<rknpu::MemSync>(structure));
    case ioctl_number(drm::gem_close):
      return handles.remove(load<drm::GemClose>(structure).handle) ? 0 : EINVAL;
    case ioctl_number(drm::gem_flink): {
      auto value = load<drm::GemFlink>(structure);
      const BufferPointer object = handles.find(value.handle);
      if (!primary) return EACCES;
      if (object == nullptr) return ENOENT;
      value.name = objects_.name(object);
      return handled(value, 0);
    }
    case ioctl_number(drm::gem_open): {
      auto value = load<drm::GemOpen>(structure);
      const BufferPointer object = objects_.named(value.name);
      if (!primary) return EACCES;
      if (object == nullptr) return ENOENT;
      value.handle = handles.add(object);
      value.size = object->bytes.size();
      return handled(value, 0);
    }
    case ioctl_number(drm::get_cap): {
      auto value = load<drm::GetCap>(structure);
      value.value = value.capability == drm::cap_prime ? 3 : 0;
      return handled(value, 0);
    }
    case ioctl_number(drm::get_unique): {
      // A name here would make a library believe that the device is in use.
      auto value = load<drm::Unique>(structure);
      value.bytes = 0;
      return handled(value, 0);
    }
    default:
      return refuse(EINVAL, "", fmt::format("ioctl {:#010x} is not known to the driver", word));
  }
}

// Source: the answers of driver 0.9.8 on an RK3588.
int RknpuDriver::action(std::uint64_t file, rknpu::Action& action) {
  constexpr std::uint32_t hardware_version = 0x46495245, driver_version = 908;
  constexpr std::uint32_t idle_clock = 1'000'000'000, microvolts = 850'000;
  switch (action.flags) {
    case rknpu::get_hw_version:
      action.value = hardware_version;
      return 0;
    case rknpu::get_drv_version:
      action.value = driver_version;
      return 0;
    case rknpu::get_freq:
      action.value = idle_clock;
      return 0;
    case rknpu::get_volt:
      action.value = microvolts;
      return 0;
    case rknpu::act_reset:
      board_.reset();
      return disturb_others(file, "ACT_RESET");
    case rknpu::get_iommu_en:
      action.value = 1;
      return 0;
    case rknpu::set_proc_nice:
      return 0;
    case rknpu::get_total_sram_size:
    case rknpu::get_free_sram_size:
      action.value = 0;
      return 0;
    case rknpu::get_iommu_domain_id:
      action.value = domain_;
      return 0;
    case rknpu::set_iommu_domain_id:
      if (action.value > 15) return EINVAL;
      domain_ = action.value;
      return 0;
    default:
      break;
  }
  if (action.flags >= rknpu::act_clr_total_rw_amount && action.flags <= rknpu::get_total_rw_amount)
    return 0;  // the value stays as it was
  return refuse(EINVAL, "",
                fmt::format("ACTION {} is refused by this driver on this chip", action.flags));
}

int RknpuDriver::create(std::uint64_t file, rknpu::MemCreate& create) {
  Handles& handles = files_[file];
  BufferPointer object = handles.find(create.handle);
  if (object == nullptr) {
    if (contains(options_.faults, FaultKind::no_memory, ++creates_))
      return refuse(ENOMEM, "injected", fmt::format("allocation {} fails", creates_));
    object = objects_.create(create.size, create.flags);
    if (object == nullptr)
      return refuse(create.size == 0 ? EINVAL : ENOMEM, "",
                    fmt::format("MEM_CREATE of {} bytes fails", create.size));
    create.handle = handles.add(object);
  }  // else a query: of a buffer that was imported, or of a structure that was not cleared
  create.size = object->bytes.size();
  create.obj_addr = object->object;
  create.dma_addr = object->address;
  create.sram_size = 0;
  return 0;
}

int RknpuDriver::sync(const rknpu::MemSync& sync) {
  if (sync.obj_addr == 0) return refuse(EINVAL, "", "MEM_SYNC: obj_addr is 0");
  const BufferPointer object = objects_.at_object_address(sync.obj_addr);
  if (object == nullptr)
    return crash("B6", fmt::format("MEM_SYNC: obj_addr {:#x} is no live object", sync.obj_addr));
  if ((object->flags & rknpu::cacheable) == 0)
    return refuse(EINVAL, "", "MEM_SYNC of a buffer that was created without CACHEABLE");
  if (sync.offset > object->bytes.size() || sync.size > object->bytes.size() - sync.offset)
    return worse_if_strict(
        "B15", fmt::format("MEM_SYNC of bytes {:#x} to {:#x} of a buffer of {:#x}: the driver does "
                           "not check, and touches caches of other memory",
                           sync.offset, sync.offset + sync.size, object->bytes.size()));
  return 0;
}

BufferPointer RknpuDriver::object(std::uint64_t file, std::uint32_t handle) {
  const std::scoped_lock lock(mutex_);
  return files_[file].find(handle);
}

std::uint32_t RknpuDriver::add_handle(std::uint64_t file, const BufferPointer& object) {
  const std::scoped_lock lock(mutex_);
  return files_[file].add(object);
}

BufferPointer RknpuDriver::mapped(std::uint64_t file, std::uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  BufferPointer object = objects_.at_offset(offset);
  for (const auto& [handle, known] : files_[file].all())
    if (known == object) return object;
  return nullptr;
}

void RknpuDriver::close(std::uint64_t file) {
  const std::scoped_lock lock(mutex_);
  files_.erase(file);
  static_cast<void>(disturb_own(file, "close"));
}

std::vector<std::uint64_t> RknpuDriver::files() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, handles] : files_) ids.push_back(id);
  return ids;
}

}  // namespace npuscope::fake
