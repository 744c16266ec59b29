#include "replay/device/rknpu_submit.h"

#include <algorithm>

#include "replay/preflight/context.h"

namespace npuscope {

using namespace uabi;

namespace {

// Without PC the driver frees a job that is queued (KABI-B9); PINGPONG lets the controller fetch
// the next record while one runs, as in every captured submit. Never NONBLOCK (KABI-B11, B12).
constexpr std::uint32_t job_flags = rknpu::job_pc | rknpu::job_pingpong;

// What the entries of the table name. Mask 0 may run on any core, so the first three are equal
// (KABI-B3); three cores read entries 2, 3 and 4, and entry [core] otherwise (rknpu_job.c, lines
// 313-331): a mistake here is a recorded kernel panic (KABI-B2).
void fill_entries(const Job& job, rknpu::Submit& submit) {
  const auto entries = preflight::used_entries(job.core_mask);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const JobLane& lane = job.core_mask == 0 ? job.lanes.front() : job.lanes[i];
    submit.subcore_task[entries[i]] = {lane.first, static_cast<std::uint32_t>(lane.tasks.size())};
  }
}

}  // namespace

std::uint32_t core_mask_for(unsigned cores) {
  return cores == 1 ? 0 : cores == 2 ? 3 : 7;
}

rknpu::Submit rknpu_submit(const Job& job) {
  const std::size_t entries = preflight::used_entries(job.core_mask).size();
  const std::size_t lanes = job.core_mask == 0 ? 1 : entries;
  rknpu::Submit submit;  // everything else is zero: right for every version of the driver (1.7)
  submit.flags = job_flags;
  submit.timeout = job.timeout_ms;
  submit.task_obj_addr = job.table.object;  // as MEM_CREATE gave it, never computed (KABI-B6)
  submit.core_mask = job.core_mask;
  submit.fence_fd = -1;
  if (entries == 0 || job.lanes.size() < lanes) return submit;  // empty entries: KABI-L08 refuses
  fill_entries(job, submit);
  // Ignored on the RK3588 but for the counter that comes back; the vendor's runtime gives the sum
  // of all entries.
  for (const rknpu::SubcoreTask& entry : submit.subcore_task)
    submit.task_number += entry.task_number;
  submit.task_start = job.lanes.front().first;
  return submit;
}

Submit as_captured(const rknpu::Submit& submit) {
  Submit captured;
  captured.flags = submit.flags;
  captured.timeout = submit.timeout;
  captured.task_start = submit.task_start;
  captured.task_number = submit.task_number;
  captured.task_counter = submit.task_counter;
  captured.priority = submit.priority;
  captured.task_obj_addr = submit.task_obj_addr;
  captured.regcfg_obj_addr = submit.iommu_domain_id | std::uint64_t{submit.reserved} << 32U;
  captured.task_base_addr = submit.task_base_addr;
  captured.user_data = static_cast<std::uint64_t>(submit.hw_elapse_time);
  captured.core_mask = submit.core_mask;
  captured.fence_fd = submit.fence_fd;
  for (std::size_t i = 0; i < captured.subcore.size(); ++i)
    captured.subcore[i] = {submit.subcore_task[i].task_start, submit.subcore_task[i].task_number};
  return captured;
}

}  // namespace npuscope
