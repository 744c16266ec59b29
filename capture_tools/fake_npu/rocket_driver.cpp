#include "capture_tools/fake_npu/rocket_driver.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/uabi/drm.h"

namespace npuscope::fake {

using namespace uabi;

namespace {

// The first `bytes` of what is left; empty optional: there are not so many.
std::optional<std::span<const std::byte>> take(std::span<const std::byte>& rest,
                                               std::uint64_t bytes) {
  if (bytes > rest.size()) return std::nullopt;
  const auto front = rest.first(bytes);
  rest = rest.subspan(bytes);
  return front;
}

}  // namespace

RocketDriver::RocketDriver(MemoryFile& memory, NpuBoard& board, Journal& journal)
    : memory_(memory), board_(board), journal_(journal) {}

RocketDriver::File& RocketDriver::file_of(std::uint64_t id) {
  auto& file = files_[id];
  if (file == nullptr) file = std::make_unique<File>(File{BufferObjects(memory_, Growth::up), {}});
  return *file;
}

int RocketDriver::create(File& file, rocket::CreateBo& create) {
  const BufferPointer object = file.objects.create(create.size, 0);
  if (object == nullptr) return create.size == 0 ? EINVAL : ENOMEM;
  create.handle = file.handles.add(object);
  create.dma_address = object->address;
  create.offset = object->offset;
  return 0;
}

int RocketDriver::ioctl(std::uint64_t file_id, std::uint32_t word, std::span<std::byte> structure) {
  const std::uint32_t number = ioctl_number(word);
  if (number == rocket::first_number + rocket::submit) return submit(file_id, structure);
  const std::scoped_lock lock(mutex_);
  File& file = file_of(file_id);
  switch (number) {
    case rocket::first_number + rocket::create_bo: {
      auto value = load<rocket::CreateBo>(structure);
      const int error = create(file, value);
      if (error == 0) store(value, structure);
      return error;
    }
    case rocket::first_number + rocket::prep_bo: {
      const auto value = load<rocket::PrepBo>(structure);
      if (value.reserved != 0) return EINVAL;
      // Jobs end before their submit returns here, so that nothing is left to wait for.
      return file.handles.find(value.handle) == nullptr ? ENOENT : 0;
    }
    case rocket::first_number + rocket::fini_bo: {
      const auto value = load<rocket::FiniBo>(structure);
      if (value.reserved != 0) return EINVAL;
      return file.handles.find(value.handle) == nullptr ? ENOENT : 0;
    }
    case ioctl_number(drm::gem_close):
      return file.handles.remove(load<drm::GemClose>(structure).handle) ? 0 : EINVAL;
    case ioctl_number(drm::get_cap): {
      auto value = load<drm::GetCap>(structure);
      value.value = value.capability == drm::cap_prime ? 3 : 0;
      store(value, structure);
      return 0;
    }
    case ioctl_number(drm::get_unique): {
      auto value = load<drm::Unique>(structure);
      value.bytes = 0;
      store(value, structure);
      return 0;
    }
    default:
      journal_.say(Severity::failure, "", fmt::format("ioctl {:#010x} is not known", word));
      return EINVAL;
  }
}

int RocketDriver::submit(std::uint64_t file, std::span<const std::byte> payload) {
  const auto head = take(payload, sizeof(rocket::Submit));
  if (!head) return EINVAL;
  const auto value = load<rocket::Submit>(*head);
  if (value.reserved != 0 || value.job_struct_size < sizeof(rocket::Job)) return EINVAL;
  {
    const std::scoped_lock lock(mutex_);
    Journal::at_submit(++submits_);
  }
  for (std::uint32_t i = 0; i < value.job_count; ++i)
    if (!run_job(file, payload)) return EINVAL;
  return 0;
}

bool RocketDriver::run_job(std::uint64_t file, std::span<const std::byte>& rest) {
  const auto head = take(rest, sizeof(rocket::Job));
  if (!head) return false;
  const auto job = load<rocket::Job>(*head);
  const auto tasks = take(rest, std::uint64_t{job.task_count} * job.task_struct_size);
  if (!tasks) return false;
  const auto in = take(rest, std::uint64_t{job.in_bo_handle_count} * 4);
  if (!in) return false;
  const auto out = take(rest, std::uint64_t{job.out_bo_handle_count} * 4);
  if (!out) return false;

  // The driver returns 0 for a job that it does not start.
  const auto dropped = [&](std::string text) {
    journal_.say(Severity::failure, "", "a job was dropped without an error: " + std::move(text));
    return true;
  };
  if (job.task_count == 0) return dropped("it has no tasks");
  if (job.task_struct_size < sizeof(rocket::Task)) return dropped("task_struct_size is too small");
  std::vector<rocket::Task> list;
  for (std::uint32_t i = 0; i < job.task_count; ++i) {
    list.push_back(load<rocket::Task>(
        tasks->subspan(std::size_t{i} * job.task_struct_size, sizeof(rocket::Task))));
    if (list.back().regcmd_count == 0) return dropped(fmt::format("task {} has no commands", i));
  }
  std::vector<BufferPointer> buffers;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto handles : {*in, *out})
      for (std::size_t at = 0; at < handles.size(); at += 4) {
        const auto handle = load<std::uint32_t>(handles.subspan(at, 4));
        if (file_of(file).handles.find(handle) == nullptr)
          return dropped(fmt::format("there is no handle {}", handle));
      }
    buffers = file_of(file).objects.live();
  }
  run_tasks(file, buffers, list);
  return true;
}

void RocketDriver::run_tasks(std::uint64_t file, const std::vector<BufferPointer>& buffers,
                             std::span<const rocket::Task> tasks) {
  constexpr std::uint32_t dpu_done = 0x300;
  const auto core = static_cast<unsigned>(file % 3);
  bool good = true;
  std::size_t done = 0;
  {
    NpuBoard::Job job(board_, buffers);
    for (; good && done < tasks.size(); ++done) {
      const std::uint32_t amount = (tasks[done].regcmd_count + 1) / 2 - 1;
      const KickResult result = job.kick({core, tasks[done].regcmd, amount, 1});
      if (result.completed && (result.interrupts & dpu_done) == 0)
        journal_.say(Severity::failure, "R3",
                     fmt::format("task {} does not end in the DPU: no interrupt", done));
      good = result.completed && (result.interrupts & dpu_done) != 0;
    }
  }
  if (good) return;
  board_.reset();
  journal_.say(Severity::kernel, "", fmt::format("rocket: NPU job timed out (task {})", done - 1));
}

BufferPointer RocketDriver::object(std::uint64_t file, std::uint32_t handle) {
  const std::scoped_lock lock(mutex_);
  return file_of(file).handles.find(handle);
}

BufferPointer RocketDriver::mapped(std::uint64_t file, std::uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  return file_of(file).objects.at_offset(offset);
}

void RocketDriver::close(std::uint64_t file) {
  const std::scoped_lock lock(mutex_);
  files_.erase(file);
}

std::vector<std::uint64_t> RocketDriver::files() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, file] : files_) ids.push_back(id);
  return ids;
}

}  // namespace npuscope::fake
