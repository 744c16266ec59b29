#include "capture_tools/record/submit_text.h"

#include <algorithm>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::record {

namespace {

using fake::load;
using namespace uabi;

// Takes bytes off the front; fewer if there are fewer.
std::span<const std::byte> take(std::span<const std::byte>& rest, std::uint64_t bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, rest.size()));
  const auto taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

std::vector<std::uint32_t> numbers_of(std::span<const std::byte> bytes) {
  std::vector<std::uint32_t> numbers;
  for (; bytes.size() >= sizeof(std::uint32_t); bytes = bytes.subspan(sizeof(std::uint32_t)))
    numbers.push_back(load<std::uint32_t>(bytes));
  return numbers;
}

std::vector<RocketJob> jobs_of(std::span<const std::byte> rest) {
  std::vector<RocketJob> jobs;
  while (rest.size() >= sizeof(rocket::Job)) {
    const auto told = load<rocket::Job>(take(rest, sizeof(rocket::Job)));
    const std::uint64_t stride = told.task_struct_size;
    auto tasks = take(rest, std::uint64_t{told.task_count} * stride);
    RocketJob job;
    while (stride >= sizeof(rocket::Task) && tasks.size() >= stride) {
      const auto task = load<rocket::Task>(take(tasks, stride));
      job.tasks.emplace_back(task.regcmd, task.regcmd_count);
    }
    job.inputs = numbers_of(take(rest, std::uint64_t{told.in_bo_handle_count} * 4));
    job.outputs = numbers_of(take(rest, std::uint64_t{told.out_bo_handle_count} * 4));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace

Submit submit_of(std::span<const std::byte> structure, std::span<const std::byte> jobs) {
  Submit made;
  if (structure.size() == sizeof(rocket::Submit)) {
    made.jobs = jobs_of(jobs);
    return made;
  }
  const auto told = load<rknpu::Submit>(structure);
  made.flags = told.flags;
  made.timeout = told.timeout;
  made.task_start = told.task_start;
  made.task_number = told.task_number;
  made.task_counter = told.task_counter;
  made.core_mask = told.core_mask;
  made.priority = told.priority;
  made.fence_fd = told.fence_fd;
  made.task_obj_addr = told.task_obj_addr;
  made.task_base_addr = told.task_base_addr;
  // The same bytes, as headers before 0.9.8 name them.
  made.regcfg_obj_addr = told.iommu_domain_id | static_cast<std::uint64_t>(told.reserved) << 32U;
  made.user_data = static_cast<std::uint64_t>(told.hw_elapse_time);
  for (std::size_t i = 0; i < made.subcore.size(); ++i)
    made.subcore[i] = {told.subcore_task[i].task_start, told.subcore_task[i].task_number};
  return made;
}

std::optional<rknpu::Submit> cut_submit(const rknpu::Submit& submit, std::uint32_t tasks,
                                        PrefixMode mode) {
  rknpu::Submit cut = submit;
  const std::uint32_t available = submit.subcore_task[0].task_number;
  if (tasks == 0 || tasks > available) return std::nullopt;
  cut.task_start = 0;
  cut.task_number = tasks;
  for (std::uint32_t i = 0; i < std::size(cut.subcore_task); ++i) {
    rknpu::SubcoreTask& entry = cut.subcore_task[i];
    switch (mode) {
      case PrefixMode::linear:
        entry = i == 0 ? rknpu::SubcoreTask{0, tasks} : rknpu::SubcoreTask{};
        break;
      case PrefixMode::subcores:
        entry = i < tasks ? rknpu::SubcoreTask{i, 1} : rknpu::SubcoreTask{};
        break;
      case PrefixMode::every:
        if (entry.task_number > 0) entry = {0, tasks};
        break;
    }
  }
  return cut;
}

}  // namespace npuscope::record
