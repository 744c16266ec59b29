// What the driver does with a SUBMIT, in its order. Source: rknpu_job.c of driver 0.9.8.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "capture_tools/fake_npu/rknpu_driver.h"
#include "decoder/task.h"

namespace npuscope::fake {

using namespace uabi;

namespace {

constexpr std::uint32_t longest_timeout = 4'294'967;  // ms; the driver multiplies by 1000
constexpr std::uint32_t most_tasks = 4095;            // of one start of the hardware

// The interrupt handler takes both bits of a pair for the pair.
std::uint32_t folded(std::uint32_t status) {
  std::uint32_t pairs = 0;
  for (unsigned shift = 0; shift < 12; shift += 2)
    if ((status >> shift & 3U) != 0) pairs |= 3U << shift;
  return pairs;
}

}  // namespace

struct RknpuDriver::JobContext {
  rknpu::Submit& submit;
  std::uint64_t number;  // of the submit, from 1
  const BufferObject& table;
  NpuBoard::Job& hardware;
};

// A job that waits behind one of core 1 or 2 and times out is freed while it is in that queue.
int RknpuDriver::begin(const RunningJob& job) {
  constexpr std::uint32_t later_cores = 6;
  for (const RunningJob& other : running_)
    if (!other.waits && (other.cores & job.cores & later_cores) != 0)
      if (const int error = worse_if_strict(
              "B8", fmt::format("SUBMIT behind job {}, for which nobody waited: a timeout frees "
                                "what stays in the queue of core 1 or 2",
                                other.number));
          error != 0)
        return error;
  running_.push_back(job);
  return 0;
}

// Jobs of a core run in order: who waited for this one has waited for those before it.
void RknpuDriver::end(const RunningJob& job) {
  if (!job.waits) return;
  std::erase_if(running_, [&](const RunningJob& other) {
    return other.number == job.number ||
           (other.file == job.file && other.number < job.number && (other.cores & ~job.cores) == 0);
  });
}

int RknpuDriver::disturb_own(std::uint64_t file, std::string_view what) {
  const auto job = std::ranges::find_if(
      running_, [&](const RunningJob& each) { return each.file == file && !each.waits; });
  if (job == running_.end()) return 0;
  const std::uint64_t number = job->number;
  std::erase_if(running_, [&](const RunningJob& each) { return each.file == file; });
  return worse_if_strict("B12", fmt::format("{} while job {} may run: its buffers are unmapped "
                                            "under the core",
                                            what, number));
}

int RknpuDriver::disturb_others(std::uint64_t file, std::string_view what) {
  const auto job =
      std::ranges::find_if(running_, [&](const RunningJob& each) { return each.file != file; });
  if (job == running_.end()) return 0;
  return worse_if_strict(
      "B13", fmt::format("{} resets all cores, under job {} of another file", what, job->number));
}

int RknpuDriver::submit(std::uint64_t file, rknpu::Submit& submit) {
  BufferPointer table;
  std::vector<BufferPointer> buffers;
  RunningJob running{file, 0, 0, (submit.flags & rknpu::job_nonblock) == 0};
  {
    const std::scoped_lock lock(mutex_);
    running.number = ++submits_;
    Journal::at_submit(running.number);
    if (const int error = check(submit, table); error != 0) return error;
    running.cores = submit.core_mask;
    if (const int error = begin(running); error != 0) return error;
    buffers = objects_.live();
  }
  const int error = start(submit, running.number, *table, buffers);
  const std::scoped_lock lock(mutex_);
  end(running);
  if (error != ETIMEDOUT) return error;
  board_.reset();
  const int crashed = disturb_others(file, "a timeout");
  return crashed != 0 ? crashed : error;
}

int RknpuDriver::start(rknpu::Submit& submit, std::uint64_t number, const BufferObject& table,
                       std::span<const BufferPointer> buffers) {
  const std::vector<Range> ranges = ranges_of(submit);
  for (const Range& range : ranges) {
    const std::uint64_t end = std::uint64_t{range.tasks.task_start} + range.tasks.task_number;
    if (range.tasks.task_number == 0)
      return crash("B2", fmt::format("core {} has no tasks: the driver reads the entry before "
                                     "the table",
                                     range.core));
    if (end > table.bytes.size() / task_bytes)
      return crash("B5",
                   fmt::format("tasks {} to {} of a buffer that holds {}", range.tasks.task_start,
                               end - 1, table.bytes.size() / task_bytes));
  }
  int error = 0;
  {
    NpuBoard::Job hardware(board_, buffers);
    JobContext job{submit, number, table, hardware};
    error = run(job, ranges);
  }
  if (error == 0) submit.task_counter = submit.task_number;
  return error;
}

// What is looked at before the job starts, and what the driver should have looked at.
int RknpuDriver::check(rknpu::Submit& submit, BufferPointer& table) {
  constexpr std::uint32_t all_cores = 7;
  if (submit.task_number == 0) return refuse(EINVAL, "", "SUBMIT: task_number is 0");
  if (submit.core_mask > all_cores)
    return refuse(EINVAL, "", fmt::format("SUBMIT: core_mask {:#x}", submit.core_mask));
  if ((submit.flags & (rknpu::job_fence_in | rknpu::job_fence_out)) != 0)
    return refuse(EINVAL, "", "SUBMIT: this kernel is built without fences");
  if (submit.iommu_domain_id > 15)
    return refuse(EINVAL, "B10",
                  fmt::format("SUBMIT: domain {}: later switches of domains time out on a board",
                              submit.iommu_domain_id));
  if (submit.task_obj_addr == 0)
    return refuse(EINVAL, "", "SUBMIT: task_obj_addr is 0: the board waits for the timeout first");
  table = objects_.at_object_address(submit.task_obj_addr);
  if (table == nullptr)
    return crash(
        "B6", fmt::format("SUBMIT: task_obj_addr {:#x} is no live object", submit.task_obj_addr));
  if ((submit.flags & rknpu::job_pc) == 0)
    return refuse(EINVAL, "B9", "SUBMIT without PC flag: a busy core keeps a freed job on a board");
  if (submit.core_mask == 5 || submit.core_mask == 6)
    return refuse(EINVAL, "B7",
                  fmt::format("SUBMIT: core_mask {} is never committed: the board waits for the "
                              "timeout first",
                              submit.core_mask));
  if (dangling_job_) return refuse(EINVAL, "B1", "job commit failed: an earlier job never ended");
  if ((table->flags & rknpu::kernel_mapping) == 0)
    return crash("B4", "SUBMIT: the task buffer was created without KERNEL_MAPPING");
  if ((table->flags & rknpu::non_contiguous) != 0 && (table->flags & rknpu::cacheable) == 0)
    journal_.say(Severity::warning, "L04",
                 "the kernel's alias of the task buffer is cached, the client's is not: the driver "
                 "may read old entries");
  if (submit.timeout == 0 || submit.timeout > longest_timeout)
    if (const int error = worse_if_strict(
            "B14", fmt::format("SUBMIT with a timeout of {} ms: the driver resets a running core, "
                               "or its conversion overflows",
                               submit.timeout));
        error != 0)
      return error;
  if ((submit.flags & rknpu::job_nonblock) != 0)
    journal_.say(Severity::warning, "B11",
                 "SUBMIT without waiting: the next one resets a job that runs longer than 6 ms");
  if (submit.core_mask == 0) {
    for (unsigned core = 1; core < 3; ++core)
      if (submit.subcore_task[core].task_number == 0)
        if (const int error = worse_if_strict(
                "B3", fmt::format("SUBMIT to any core, but entry {} is empty: crashes when that "
                                  "core is chosen",
                                  core));
            error != 0)
          return error;
    submit.core_mask = 1;  // the idle core with the lowest number, written back
  }
  return 0;
}

// Which entries of subcore_task the cores read: three cores begin at the third.
std::vector<RknpuDriver::Range> RknpuDriver::ranges_of(const rknpu::Submit& submit) const {
  const unsigned shift = submit.core_mask == 7 ? 2 : 0;
  std::vector<Range> ranges;
  for (unsigned core = 0; core < 3; ++core)
    if ((submit.core_mask >> core & 1U) != 0)
      ranges.push_back({core, submit.subcore_task[core + shift]});
  return ranges;
}

// Starts the cores; what happens on each.
std::vector<KickResult> RknpuDriver::kick(JobContext& job, const std::vector<Range>& ranges) {
  if (contains(options_.faults, FaultKind::dispatch_miss, job.number)) {
    journal_.say(Severity::failure, "injected", "the job is accepted and never starts");
    return std::vector<KickResult>(ranges.size());
  }
  if (contains(options_.faults, FaultKind::iommu_fault, job.number)) {
    journal_.say(Severity::failure, "injected", "the first access finds nothing mapped");
    return std::vector<KickResult>(ranges.size());
  }
  const bool early = contains(options_.faults, FaultKind::early_retirement, job.number);
  if (early) journal_.say(Severity::failure, "injected", "the job retires before its last task");
  std::vector<sim::ChainStart> starts;
  for (const Range& range : ranges) {
    const Task first = load_task(job.table.bytes.subspan(range.tasks.task_start * task_bytes));
    const std::uint32_t number = range.tasks.task_number;
    starts.push_back({range.core, static_cast<std::uint32_t>(first.regcmd_addr),
                      link_amount(first.regcfg_amount), early && number > 1 ? number - 1 : number});
  }
  return job.hardware.kick(starts);
}

// Each core makes starts of at most 4095 tasks, each ended by the interrupt of its last task.
int RknpuDriver::run(JobContext& job, const std::vector<Range>& ranges) {
  std::uint64_t macs = 0;
  for (std::uint64_t done = 0;; done += most_tasks) {
    std::vector<Range> parts;
    for (const Range& range : ranges)
      if (done < range.tasks.task_number)
        parts.push_back(
            {range.core,
             {range.tasks.task_start + static_cast<std::uint32_t>(done),
              std::min(most_tasks, range.tasks.task_number - static_cast<std::uint32_t>(done))}});
    if (parts.empty()) break;
    const std::vector<KickResult> results = kick(job, parts);
    if (std::ranges::any_of(results, &KickResult::refused))
      return refuse(EIO, "", "the job was not executed: see above");
    std::uint64_t longest = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (const int error = conclude(job, parts[i], results[i]); error != 0) return error;
      longest = std::max(longest, results[i].macs);
    }
    macs += longest;
  }
  job.submit.hw_elapse_time = modelled_time(macs);
  return 0;
}

// What the interrupt handler of a core makes of the end of its tasks, or the waiter of its absence.
int RknpuDriver::conclude(JobContext& job, const Range& range, const KickResult& result) {
  const std::size_t last_at =
      (std::size_t{range.tasks.task_start} + range.tasks.task_number - 1) * task_bytes;
  const Task last = load_task(job.table.bytes.subspan(last_at));
  if (contains(options_.faults, FaultKind::foreign_reset, job.number))
    return refuse(EINVAL, "injected", "another process resets the NPU");
  std::uint32_t status = result.interrupts & last.int_mask;
  if (contains(options_.faults, FaultKind::invalid_interrupt, job.number)) {
    journal_.say(Severity::failure, "injected", "another interrupt than the expected one");
    status = ~last.int_mask & 0xfffU;
  }
  if (!result.completed || status == 0) {
    if (result.completed)
      journal_.say(Severity::failure, "L12",
                   fmt::format("int_mask {:#x} of the last task names no block that ran: no "
                               "interrupt",
                               last.int_mask));
    return time_out(job, result.tasks);
  }
  if (folded(status) != last.int_mask) {
    journal_.say(Severity::kernel, "B1",
                 fmt::format("RKNPU: invalid irq status: {:#x}, raw status: {:#x}, require mask: "
                             "{:#x}, task counter: {:#x}",
                             status, result.interrupts, last.int_mask, result.tasks));
    dangling_job_ = true;
    return time_out(job, result.tasks);
  }
  constexpr std::size_t status_offset = offsetof(Task, int_status);
  std::memcpy(job.table.bytes.subspan(last_at + status_offset).data(), &status, sizeof status);
  return 0;
}

int RknpuDriver::time_out(JobContext& job, std::size_t tasks) {
  job.submit.task_counter = static_cast<std::uint32_t>(tasks & 0xfffU);
  journal_.say(Severity::kernel, "",
               fmt::format("RKNPU: job timeout, flags: {:#x}, task counter: {:#x}; soft reset",
                           job.submit.flags, job.submit.task_counter));
  return ETIMEDOUT;
}

}  // namespace npuscope::fake
