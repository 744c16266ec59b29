#include "replay/device/sim_device.h"

#include <fmt/format.h>

#include <cerrno>
#include <memory>

#include "decoder/word.h"

namespace npuscope {

namespace {

class SimDevice {
 public:
  explicit SimDevice(sim::SimulatorOptions options) : simulator_(std::move(options)) {}

  Result<DeviceBuffer> allocate(const BufferRequest& request) {
    auto& memory = simulator_.memory();
    std::uint32_t address = request.address;
    if (address != 0) {
      if (auto mapped = memory.map(address, request.bytes, request.name); !mapped)
        return tl::unexpected(mapped.error());
    } else {
      const auto placed = memory.allocate(request.bytes, request.name);
      if (!placed) return tl::unexpected(placed.error());
      address = *placed;
    }
    return DeviceBuffer{request.name,
                        request.role,
                        request.bytes,
                        ++handles_,
                        0,
                        address,
                        0,
                        {memory.find(address, request.bytes), request.bytes}};
  }

  // What the CPU wrote is in the memory already; the space notes it as written.
  void sync(const DeviceBuffer& buffer, std::uint64_t offset, std::uint64_t bytes) {
    simulator_.memory().mark_written(buffer.address + offset, bytes);
  }

  JobOutcome submit(const Job& job) {
    JobOutcome outcome;
    for (const JobLane& lane : job.lanes) {
      if (lane.tasks.empty()) continue;
      const sim::RunResult result = simulator_.run_chain(
          {lane.core, static_cast<std::uint32_t>(lane.tasks.front().regcmd_addr),
           link_amount(lane.tasks.front().regcfg_amount),
           static_cast<std::uint32_t>(lane.tasks.size())});
      outcome.task_counter += static_cast<std::uint32_t>(result.tasks);
      if (result.status == sim::RunStatus::done) continue;
      outcome.error = result.status == sim::RunStatus::timeout ? ETIMEDOUT : EIO;
      outcome.detail = fmt::format("{}: {}", name_of(result.status), result.reason);
      return outcome;
    }
    return outcome;
  }

  void reset() { simulator_.reset(); }
  void free(const DeviceBuffer& buffer) { simulator_.memory().unmap(buffer.address); }

 private:
  sim::Simulator simulator_;
  std::uint32_t handles_ = 0;
};

}  // namespace

Device sim_device(sim::SimulatorOptions options) {
  Device device;
  device.kind = "sim";
  const auto self = std::make_shared<SimDevice>(std::move(options));
  device.facts = []() -> Result<preflight::DeviceFacts> { return preflight::DeviceFacts{}; };
  device.allocate = [self](const BufferRequest& request) { return self->allocate(request); };
  device.sync = [self](const DeviceBuffer& buffer, std::uint64_t offset, std::uint64_t bytes,
                       SyncDirection direction) -> Result<void> {
    if (direction == SyncDirection::to_device) self->sync(buffer, offset, bytes);
    return {};
  };
  device.submit = [self](const Job& job) { return self->submit(job); };
  device.reset = [self]() -> Result<void> {
    self->reset();
    return {};
  };
  device.free = [self](const DeviceBuffer& buffer) { self->free(buffer); };
  return device;
}

}  // namespace npuscope
