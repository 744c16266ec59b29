#include "replay/device/rocket_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "decoder/device_memory.h"
#include "replay/device/uabi/drm.h"

namespace npuscope {

using namespace uabi;

namespace {

// The driver masks every interrupt but the DPU's (rocket_job.c).
constexpr std::uint32_t dpu_interrupt = 0x300;
// The driver gives a whole job 500 ms; waiting longer than that is of no use.
constexpr std::int64_t wait_nanoseconds = 2'000'000'000;

class RocketDevice {
 public:
  explicit RocketDevice(DrmPort port) : port_(std::move(port)) {}

  Result<preflight::DeviceFacts> facts() const {
    // The driver answers no questions, and rules that ask for a driver mean `rknpu`.
    return preflight::DeviceFacts{};
  }

  Result<DeviceBuffer> allocate(const BufferRequest& request) {
    if (request.bytes > UINT32_MAX)
      return device_failed(fmt::format("\"{}\" has {} bytes", request.name, request.bytes),
                           port_.node, "this driver allocates at most 4 GiB");
    rocket::CreateBo create;
    create.size = static_cast<std::uint32_t>(request.bytes);
    if (const int error = call(port_, rocket_word(rocket::create_bo, sizeof create), create);
        error != 0)
      return failed(fmt::format("CREATE_BO of {} bytes for \"{}\"", request.bytes, request.name),
                    error);
    DeviceBuffer buffer{request.name,
                        request.role,
                        request.bytes,
                        create.handle,
                        0,
                        static_cast<std::uint32_t>(create.dma_address),
                        0,
                        {}};
    buffer.memory = port_.map(create.offset, request.bytes);
    if (create.dma_address + request.bytes > address_space_bytes || buffer.memory.empty()) {
      free(buffer);
      return device_failed(fmt::format("no usable memory for \"{}\"", request.name), port_.node);
    }
    return buffer;
  }

  // FINI_BO hands a buffer to the device, whole; PREP_BO takes it back and waits for its writers.
  Result<void> sync(const DeviceBuffer& buffer, SyncDirection direction) {
    if (direction == SyncDirection::to_device) {
      rocket::FiniBo fini{buffer.handle, 0};
      const int error = call(port_, rocket_word(rocket::fini_bo, sizeof fini), fini);
      if (error != 0) return failed(fmt::format("FINI_BO of \"{}\"", buffer.name), error);
      return {};
    }
    const int error = prepare(buffer);
    if (error != 0) return failed(fmt::format("PREP_BO of \"{}\"", buffer.name), error);
    return {};
  }

  JobOutcome submit(const Job& job) {
    std::vector<rocket::Task> tasks;
    for (const Task& task : job.lanes.front().tasks)
      tasks.push_back({static_cast<std::uint32_t>(task.regcmd_addr), rocket_regcmd_count(task)});
    const std::vector<std::uint32_t> in = handles_of(job.inputs), out = handles_of(job.outputs);
    rocket::Job structure;
    structure.tasks = reinterpret_cast<std::uint64_t>(tasks.data());
    structure.in_bo_handles = reinterpret_cast<std::uint64_t>(in.data());
    structure.out_bo_handles = reinterpret_cast<std::uint64_t>(out.data());
    structure.task_count = static_cast<std::uint32_t>(tasks.size());
    structure.task_struct_size = sizeof(rocket::Task);
    structure.in_bo_handle_count = static_cast<std::uint32_t>(in.size());
    structure.out_bo_handle_count = static_cast<std::uint32_t>(out.size());
    rocket::Submit submit{reinterpret_cast<std::uint64_t>(&structure), 1, sizeof structure, 0};
    JobOutcome outcome;
    outcome.error = call(port_, rocket_word(rocket::submit, sizeof submit), submit);
    // The submit returns at once; fences are on the outputs only (KABI 8.2).
    for (const DeviceBuffer& buffer : job.outputs)
      if (outcome.error == 0) outcome.error = prepare(buffer);
    return outcome;
  }

  void free(const DeviceBuffer& buffer) {
    if (!buffer.memory.empty()) port_.unmap(buffer.memory);
    drm::GemClose close{buffer.handle, 0};
    static_cast<void>(call(port_, drm::gem_close, close));
  }

 private:
  [[nodiscard]] static std::vector<std::uint32_t> handles_of(
      const std::vector<DeviceBuffer>& buffers) {
    std::vector<std::uint32_t> handles;
    handles.reserve(buffers.size());
    for (const DeviceBuffer& buffer : buffers) handles.push_back(buffer.handle);
    return handles;
  }

  int prepare(const DeviceBuffer& buffer) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    rocket::PrepBo prep;
    prep.handle = buffer.handle;
    prep.timeout_ns = now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec + wait_nanoseconds;
    return call(port_, rocket_word(rocket::prep_bo, sizeof prep), prep);
  }

  [[nodiscard]] tl::unexpected<Error> failed(std::string what, int error) const {
    return device_failed(fmt::format("{}: {}", what, std::strerror(error)), port_.node,
                         error == ENODEV ? "is the device still there?" : "");
  }

  DrmPort port_;
};

}  // namespace

std::uint32_t rocket_regcmd_count(const Task& task) {
  return task.regcfg_amount + static_cast<std::uint32_t>(tail_words);
}

std::optional<std::string> rocket_refusal(const Job& job) {
  if (job.lanes.size() != 1)
    return "the driver chooses one core itself: programs for several cores cannot run";
  if (job.core_mask != 0) return "the driver chooses the core itself: a core mask cannot be given";
  const auto& tasks = job.lanes.front().tasks;
  if (tasks.empty()) return "a job without tasks: the driver drops it without an error";
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].int_mask != dpu_interrupt)
      return fmt::format(
          "task {} signals its end with {:#x}: the driver waits for the DPU (0x300) after every "
          "task, for 500 ms, and resets",
          i, tasks[i].int_mask);
    if (tasks[i].regcfg_amount == 0)
      return fmt::format("task {} has no commands: the driver drops the job", i);
  }
  if (job.outputs.empty()) return "no output buffer: nothing would tell when the job ends";
  return std::nullopt;
}

Device rocket_device(DrmPort port) {
  Device device;
  device.kind = "rocket";
  device.node = port.node;
  const auto self = std::make_shared<RocketDevice>(std::move(port));
  device.facts = [self] { return self->facts(); };
  device.allocate = [self](const BufferRequest& request) { return self->allocate(request); };
  device.sync = [self](const DeviceBuffer& buffer, std::uint64_t, std::uint64_t,
                       SyncDirection direction) { return self->sync(buffer, direction); };
  device.submit = [self](const Job& job) { return self->submit(job); };
  device.free = [self](const DeviceBuffer& buffer) { self->free(buffer); };
  return device;
}

}  // namespace npuscope
