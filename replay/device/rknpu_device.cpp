#include "replay/device/rknpu_device.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "decoder/device_memory.h"
#include "replay/device/rknpu_submit.h"
#include "replay/device/uabi/drm.h"

namespace npuscope {

using namespace uabi;

namespace {

// Allocation flags. The task table needs a kernel mapping, through which the driver reads it
// (KABI-B4); scattered memory is cached, or the driver's alias of it is stale (KABI 1.4).
constexpr std::uint32_t data_flags =
    rknpu::non_contiguous | rknpu::cacheable | rknpu::iommu_limit_iova_alignment;
constexpr std::uint32_t table_flags = data_flags | rknpu::kernel_mapping;
static_assert(data_flags == 0x403 && table_flags == 0x40b);
constexpr std::uint32_t contiguous_data_flags = 0, contiguous_table_flags = rknpu::kernel_mapping;

// The form of MEM_CREATE of librknnrt 2.3.0: without the domain, which reads as 0.
constexpr std::size_t short_create_bytes = 40;

class RknpuDevice {
 public:
  RknpuDevice(DrmPort port, RknpuOptions options) : port_(std::move(port)), options_(options) {}

  Result<preflight::DeviceFacts> facts() {
    preflight::DeviceFacts facts;
    facts.driver_name = port_.driver;
    facts.hardware_version = action(rknpu::get_hw_version);
    facts.driver_version = action(rknpu::get_drv_version);
    ask_iommu(facts);
    // Domains came with 0.9.7 or 0.9.8 (KABI 1.7); before, there is one.
    if (facts.driver_version >= 908U) facts.iommu_domain = action(rknpu::get_iommu_domain_id);
    return facts;
  }

  Result<DeviceBuffer> allocate(const BufferRequest& request) {
    if (options_.vendor_sequence) static_cast<void>(action(rknpu::get_iommu_en));
    rknpu::MemCreate create;  // handle 0: another value would ask for an old buffer (KABI 1.5)
    create.flags = flags_for(request.role);
    create.size = request.bytes;
    const std::size_t size = options_.vendor_sequence ? short_create_bytes : sizeof create;
    if (const int error = call(port_, rknpu_word(rknpu::mem_create, size), create); error != 0)
      return failed(fmt::format("MEM_CREATE of {} bytes for \"{}\"", request.bytes, request.name),
                    error);
    DeviceBuffer buffer{request.name,    request.role,
                        request.bytes,   create.handle,
                        create.flags,    static_cast<std::uint32_t>(create.dma_addr),
                        create.obj_addr, {}};
    if (const auto checked = check(create, buffer); !checked) return release(buffer, checked);
    if (options_.vendor_sequence) share(buffer);
    if (const auto mapped = map(buffer); !mapped) return release(buffer, mapped);
    if (options_.vendor_sequence)
      if (const auto synced = sync(buffer, 0, buffer.bytes, SyncDirection::both); !synced)
        return release(buffer, synced);
    return buffer;
  }

  Result<void> sync(const DeviceBuffer& buffer, std::uint64_t offset, std::uint64_t bytes,
                    SyncDirection direction) {
    if ((buffer.flags & rknpu::cacheable) == 0) return {};  // it would fail: -EINVAL (KABI 1.4)
    // The driver checks no bounds (KABI-B15).
    if (offset > buffer.bytes || bytes > buffer.bytes - offset)
      return refused(fmt::format("MEM_SYNC of bytes {:#x}..{:#x} of \"{}\", which has {:#x}",
                                 offset, offset + bytes, buffer.name, buffer.bytes));
    rknpu::MemSync structure;
    structure.flags = static_cast<std::uint32_t>(direction);
    structure.obj_addr = buffer.object;
    structure.offset = offset;
    structure.size = bytes;
    const int error = call(port_, rknpu_word(rknpu::mem_sync, sizeof structure), structure);
    if (error != 0) return failed(fmt::format("MEM_SYNC of \"{}\"", buffer.name), error);
    return {};
  }

  // Blocks until the job ended or timed out. A call that a signal interrupted is not repeated.
  JobOutcome submit(const Job& job) {
    rknpu::Submit structure = rknpu_submit(job);
    JobOutcome outcome;
    outcome.error = call(port_, rknpu_word(rknpu::submit, sizeof structure), structure);
    outcome.task_counter = structure.task_counter;
    outcome.nanoseconds = structure.hw_elapse_time;
    return outcome;
  }

  // Action 6; others call action 1 a reset, which only answers the version (KABI 1.6).
  Result<void> reset() {
    rknpu::Action structure{rknpu::act_reset, 0};
    const int error = call(port_, rknpu_word(rknpu::action, sizeof structure), structure);
    if (error != 0) return failed("ACT_RESET", error);
    return {};
  }

  void free(const DeviceBuffer& buffer) {
    if (!buffer.memory.empty()) port_.unmap(buffer.memory);
    rknpu::MemDestroy structure;
    structure.handle = buffer.handle;
    static_cast<void>(call(port_, rknpu_word(rknpu::mem_destroy, sizeof structure), structure));
  }

  // Nothing: the driver refuses the action.
  std::optional<std::uint32_t> action(std::uint32_t id, std::uint32_t value = 0) {
    rknpu::Action structure{id, value};
    if (call(port_, rknpu_word(rknpu::action, sizeof structure), structure) != 0)
      return std::nullopt;
    return structure.value;
  }

 private:
  void ask_iommu(preflight::DeviceFacts& facts) {
    if (const auto enabled = action(rknpu::get_iommu_en)) facts.iommu_enabled = *enabled == 1;
  }

  [[nodiscard]] std::uint32_t flags_for(BufferRole role) const {
    const bool table = role == BufferRole::task_table;
    if (options_.contiguous) return table ? contiguous_table_flags : contiguous_data_flags;
    return table ? table_flags : data_flags;
  }

  // What the driver gave is what was asked for, where the NPU can address it.
  static Result<void> check(const rknpu::MemCreate& create, const DeviceBuffer& buffer) {
    if (create.size < buffer.bytes)
      return device_failed(fmt::format("MEM_CREATE gave {} of {} bytes", create.size, buffer.bytes),
                           buffer.name);
    if (create.dma_addr >= address_space_bytes ||
        create.size > address_space_bytes - create.dma_addr)
      return device_failed("MEM_CREATE gave memory beyond 4 GiB", buffer.name,
                           "the NPU has 32 address bits");
    return {};
  }

  Result<void> map(DeviceBuffer& buffer) {
    rknpu::MemMap structure;
    structure.handle = buffer.handle;
    const int error = call(port_, rknpu_word(rknpu::mem_map, sizeof structure), structure);
    if (error != 0) return failed(fmt::format("MEM_MAP of \"{}\"", buffer.name), error);
    buffer.memory = port_.map(structure.offset, buffer.bytes);
    if (buffer.memory.empty())
      return device_failed(fmt::format("mmap of \"{}\" fails", buffer.name), port_.node,
                           "contiguous memory runs short in this way: leave --contiguous out");
    return {};
  }

  // A name and a dma-buf for each buffer, as the vendor's runtime makes them. Replays need
  // neither: what fails here is not missed.
  void share(const DeviceBuffer& buffer) {
    drm::GemFlink flink{buffer.handle, 0};
    static_cast<void>(call(port_, drm::gem_flink, flink));
    drm::PrimeHandle prime{buffer.handle, drm::prime_close_on_exec | 2, -1};
    if (call(port_, drm::prime_handle_to_fd, prime) == 0 && prime.fd >= 0) close(prime.fd);
  }

  tl::unexpected<Error> release(const DeviceBuffer& buffer, const Result<void>& reason) {
    free(buffer);
    return tl::unexpected(reason.error());
  }

  [[nodiscard]] tl::unexpected<Error> failed(std::string what, int error) const {
    return device_failed(fmt::format("{}: {}", what, std::strerror(error)), port_.node,
                         error == ENODEV ? "is the device still there?" : "");
  }

  DrmPort port_;
  RknpuOptions options_;
};

}  // namespace

Device rknpu_device(DrmPort port, RknpuOptions options) {
  Device device;
  device.kind = "rknpu";
  device.node = port.node;
  const auto self = std::make_shared<RknpuDevice>(std::move(port), options);
  device.facts = [self] { return self->facts(); };
  device.allocate = [self](const BufferRequest& request) { return self->allocate(request); };
  device.sync = [self](const DeviceBuffer& buffer, std::uint64_t offset, std::uint64_t bytes,
                       SyncDirection direction) {
    return self->sync(buffer, offset, bytes, direction);
  };
  device.submit = [self](const Job& job) { return self->submit(job); };
  device.reset = [self] { return self->reset(); };
  device.ask = [self](std::uint32_t id, std::uint32_t value) {
    static_cast<void>(self->action(id, value));
  };
  device.free = [self](const DeviceBuffer& buffer) { self->free(buffer); };
  return device;
}

}  // namespace npuscope
