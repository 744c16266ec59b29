// Rules over the fields of a submit. A field that was not logged is not evaluated.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "replay/device/uabi/rknpu.h"
#include "replay/preflight/denylist.h"
#include "replay/preflight/executed_hash.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"
#include "replay/shape/infer_shape.h"

namespace npuscope::preflight {

namespace {

constexpr std::uint32_t flag_pc = 1, flag_nonblock = 2, known_flags = 0x1f;
constexpr std::uint32_t most_tasks = 4095;  // of one chunk; the driver splits silently

template <typename Visit>
void for_each_submit(const Context& context, Verdict& verdict, Visit&& visit) {
  if (context.submits().empty()) verdict.skip("the input has no submit");
  for (const SubmitView& view : context.submits()) visit(view, *view.submit);
}

// Judges a field: `wrong` gives what was expected, or nothing.
template <typename Value, typename Wrong>
void judge_field(const Context& context, Verdict& verdict, std::optional<Value> Submit::*field,
                 std::string_view name, Wrong&& wrong) {
  for_each_submit(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!(submit.*field)) return verdict.skip(fmt::format("{} was not logged", name));
    verdict.looked();
    const std::optional<std::string> expected = wrong(*(submit.*field));
    if (expected)
      verdict.find(context.where(view, name), fmt::format("{:#x}", *(submit.*field)), *expected);
  });
}

using Expected = std::optional<std::string>;

void flags_known(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::flags, "flags", [](std::uint32_t flags) -> Expected {
    if ((flags & flag_pc) == 0) return "bit 0 (PC) set: the driver frees a queued job without it";
    if ((flags & ~known_flags) != 0) return fmt::format("no bits outside {:#x}", known_flags);
    return std::nullopt;
  });
}

void no_nonblock(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::flags, "flags", [](std::uint32_t flags) -> Expected {
    if ((flags & flag_nonblock) == 0) return std::nullopt;
    return "bit 1 (NONBLOCK) clear";
  });
}

void mask_commits(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::core_mask, "core_mask",
              [](std::uint32_t mask) -> Expected {
                if (!used_entries(mask).empty()) return std::nullopt;
                return "0, 1, 2 or 4 (3 and 7 for several cores)";
              });
}

void mask_of_one_core(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::core_mask, "core_mask",
              [](std::uint32_t mask) -> Expected {
                if (mask != 3 && mask != 7) return std::nullopt;
                return "0, 1, 2 or 4: nobody has seen a run on several cores";
              });
}

// Calls visit(view, entry number, start, number) for each entry that the driver reads.
template <typename Visit>
void for_each_entry(const Context& context, Verdict& verdict, Visit&& visit) {
  for_each_submit(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!submit.core_mask) return verdict.skip("core_mask was not logged");
    for (const std::size_t index : used_entries(*submit.core_mask)) {
      const auto& entry = submit.subcore[index];
      if (!entry) {
        verdict.skip("subcore_task was not logged");
      } else {
        visit(view, index, entry->first, entry->second);
      }
    }
  });
}

std::string entry_name(std::size_t index) {
  return fmt::format("subcore_task[{}]", index);
}

void entries_filled(const Context& context, Verdict& verdict) {
  for_each_entry(
      context, verdict,
      [&](const SubmitView& view, std::size_t index, std::uint32_t start, std::uint32_t number) {
        verdict.looked();
        const auto& first = view.submit->subcore[0];
        const bool any_core = *view.submit->core_mask == 0;
        if (number == 0) {
          verdict.find(context.where(view, entry_name(index)), "no tasks",
                       "at least one: the driver reads the entry before the first otherwise");
        } else if (any_core && first && (first->first != start || first->second != number)) {
          verdict.find(context.where(view, entry_name(index)),
                       fmt::format("({}, {})", start, number),
                       fmt::format("({}, {}) as entry 0: any core may be chosen", first->first,
                                   first->second));
        }
      });
}

void tasks_in_table(const Context& context, Verdict& verdict) {
  for_each_submit(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    if (!submit.task_number) return verdict.skip("task_number was not logged");
    verdict.looked();
    if (*submit.task_number == 0)
      verdict.find(context.where(view, "task_number"), "0", "at least 1");
  });
  for_each_entry(
      context, verdict,
      [&](const SubmitView& view, std::size_t index, std::uint32_t start, std::uint32_t number) {
        if (view.buffer >= context.capture().buffers.size())
          return verdict.skip("the buffer of the task table is not known");
        verdict.looked();
        const std::uint64_t room = context.capture().buffers[view.buffer].size / task_bytes;
        if (std::uint64_t{start} + number <= room) return;
        verdict.find(context.where(view, entry_name(index)),
                     fmt::format("tasks {}..{}", start, std::uint64_t{start} + number),
                     fmt::format("at most {}: the buffer holds no more", room));
      });
}

void one_chunk(const Context& context, Verdict& verdict) {
  for_each_entry(
      context, verdict,
      [&](const SubmitView& view, std::size_t index, std::uint32_t, std::uint32_t number) {
        verdict.looked();
        if (number > most_tasks)
          verdict.find(context.where(view, entry_name(index)), fmt::format("{} tasks", number),
                       fmt::format("at most {}", most_tasks));
      });
}

// The program of the table that holds this task as the first of a lane.
struct LaneOf {
  unsigned cores = 0;
  std::size_t first = 0, count = 0;
};

std::optional<LaneOf> lane_with(const ProgramSet& set, unsigned cores, std::size_t task) {
  for (const Program& program : set.programs)
    for (const Lane& lane : program.lanes)
      if (program.cores == cores && task >= lane.first && task < lane.first + lane.count)
        return LaneOf{program.cores, lane.first, lane.count};
  return std::nullopt;
}

// Calls visit(view, entry number, run, its lane or nothing) for what the entries of submits run.
template <typename Visit>
void for_each_submitted_run(const Context& context, Verdict& verdict, Visit&& visit) {
  for_each_entry(
      context, verdict,
      [&](const SubmitView& view, std::size_t index, std::uint32_t start, std::uint32_t number) {
        if (view.set == no_index) return verdict.skip("the task table of the submit is not known");
        if (number == 0) return;
        const std::uint32_t mask = *view.submit->core_mask;
        const unsigned cores = mask == 0 ? 1U : static_cast<unsigned>(std::popcount(mask));
        visit(view, index, start, number, lane_with(context.sets()[view.set], cores, start), cores);
      });
}

void range_inside_program(const Context& context, Verdict& verdict) {
  for_each_submitted_run(
      context, verdict,
      [&](const SubmitView& view, std::size_t index, std::uint32_t start, std::uint32_t number,
          const std::optional<LaneOf>& lane, unsigned cores) {
        verdict.looked();
        const std::string range = fmt::format("tasks {}..{}", start, std::uint64_t{start} + number);
        if (!lane) {
          verdict.find(
              context.where(view, entry_name(index)), range,
              fmt::format("a lane of the program for {} core{}", cores, cores == 1 ? "" : "s"));
        } else if (std::uint64_t{start} + number > lane->first + lane->count) {
          verdict.find(
              context.where(view, entry_name(index)), range,
              fmt::format("at most task {}: the lane ends there, other tasks belong to another "
                          "alternative of the same work",
                          lane->first + lane->count - 1));
        }
      });
}

void range_whole_program(const Context& context, Verdict& verdict) {
  for_each_submitted_run(context, verdict,
                         [&](const SubmitView& view, std::size_t index, std::uint32_t start,
                             std::uint32_t number, const std::optional<LaneOf>& lane, unsigned) {
                           verdict.looked();
                           if (!lane || std::uint64_t{start} + number > lane->first + lane->count)
                             return;
                           if (start == lane->first && number == lane->count) return;
                           verdict.find(
                               context.where(view, entry_name(index)),
                               fmt::format("{} of {} tasks of the lane", number, lane->count),
                               "all of them: the output stays incomplete");
                         });
}

void no_base_address(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::task_base_addr, "task_base_addr",
              [](std::uint64_t address) -> Expected {
                if (address == 0) return std::nullopt;
                return "0: the hardware adds it to every DMA address";
              });
}

// Bytes 32..39: the domain and a reserved word from driver 0.9.8 on, an address before.
void domain_in_range(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::regcfg_obj_addr, "iommu_domain_id",
              [](std::uint64_t value) -> Expected {
                if ((value & UINT32_MAX) <= 15) return std::nullopt;
                return "0 to 15";
              });
}

void domain_zero(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::regcfg_obj_addr, "iommu_domain_id",
              [](std::uint64_t value) -> Expected {
                if ((value & UINT32_MAX) == 0 || (value & UINT32_MAX) > 15) return std::nullopt;
                return "0, the domain that every public capture uses";
              });
}

void timeout_sane(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::timeout, "timeout", [](std::uint32_t ms) -> Expected {
    if (ms >= 100 && ms <= 60000) return std::nullopt;
    return "100 to 60000 ms";
  });
}

void reserved_zero(const Context& context, Verdict& verdict) {
  judge_field(context, verdict, &Submit::regcfg_obj_addr, "reserved",
              [](std::uint64_t value) -> Expected {
                if (value >> 32U == 0) return std::nullopt;
                return "0 in bytes 36..39: right for every version of the driver";
              });
  for_each_submit(context, verdict, [&](const SubmitView& view, const Submit& submit) {
    // With a fence flag the field is an input.
    constexpr std::uint32_t fence_flags = 0x18;
    if (submit.fence_fd && submit.flags && (*submit.flags & fence_flags) == 0) {
      verdict.looked();
      if (*submit.fence_fd != -1)
        verdict.find(context.where(view, "fence_fd"), fmt::format("{}", *submit.fence_fd), "-1");
    }
    // Behind a run the driver leaves the time here, and the number of tasks in the counter.
    if (submit.user_data && submit.task_counter == 0U) {
      verdict.looked();
      if (*submit.user_data != 0)
        verdict.find(context.where(view, "user_data"), fmt::format("{:#x}", *submit.user_data),
                     "0 in bytes 48..55: right for every version of the driver");
    }
  });
}

void task_buffer_flags(const Context& context, Verdict& verdict) {
  for_each_submit(context, verdict, [&](const SubmitView& view, const Submit&) {
    if (view.buffer >= context.capture().buffers.size() ||
        !context.capture().buffers[view.buffer].flags)
      return verdict.skip("the flags of the task buffer were not logged");
    verdict.looked();
    const std::uint32_t flags = *context.capture().buffers[view.buffer].flags;
    const auto report = [&](std::string expected) {
      verdict.find(context.where(view, "task_obj_addr"), fmt::format("memory flags {:#x}", flags),
                   std::move(expected));
    };
    if ((flags & uabi::rknpu::kernel_mapping) == 0) {
      report("0x8 (KERNEL_MAPPING): the driver reads the table through it");
    } else if ((flags & uabi::rknpu::non_contiguous) != 0 &&
               (flags & uabi::rknpu::cacheable) == 0) {
      report("0x2 (CACHEABLE) beside 0x1 (NON_CONTIGUOUS): the driver reads stale entries");
    }
  });
}

void find_if_denied(const Context& context, Verdict& verdict, std::size_t set, std::size_t task,
                    const std::string& key) {
  if (const DeniedProgram* denied = find_denied(key))
    verdict.find(context.where_entry(set, task), fmt::format("{}: {}", denied->key, denied->reason),
                 {});
}

void denied_programs(const Context& context, Verdict& verdict) {
  for (std::size_t s = 0; s < context.sets().size(); ++s) {
    const ProgramSet& set = context.sets()[s];
    if (!context.closed().empty() || context.capture().model) {
      verdict.skip("the list names single convolutions");
      continue;
    }
    const auto shape = infer_shape(set);
    if (shape) find_if_denied(context, verdict, s, 0, key_of(*shape));
    bool known = shape.has_value();
    for (const Program& program : set.programs) {
      const auto hash = executed_hash(set, program);
      known = known || hash;
      if (hash && !program.lanes.empty())
        find_if_denied(context, verdict, s, program.lanes.front().first, *hash);
    }
    known ? verdict.looked() : verdict.skip("the shape of the program is not known");
  }
}

constexpr Rule rules[] = {
    {"KABI-L04", "task-buffer-flags", "", Severity::error, Scope::submit,
     "the task buffer has a kernel mapping, cached if it is scattered",
     "the driver dereferences a null kernel address, or reads stale entries",
     "RKNPU driver rknpu_job.c, line 339; rknpu_gem.c, lines 77-78", "allocate it with 0x40b",
     task_buffer_flags},
    {"KABI-L05", "submit-flags", "", Severity::error, Scope::submit,
     "the submit has the PC flag and no unknown ones",
     "without it the driver returns 0 and frees a job that is queued",
     "RKNPU driver rknpu_job.c, lines 394 and 834-840", "flags 5 (PC | PINGPONG)", flags_known},
    {"KABI-L06", "nonblock", "", Severity::unsafe, Scope::submit, "the submit waits for its end",
     "older asynchronous jobs of the core are reset at the next submit; a process that ends "
     "unmaps buffers under a running core",
     "RKNPU driver rknpu_job.c, lines 711-713; rknpu_gem.c, line 846", "leave NONBLOCK out",
     no_nonblock},
    {"KABI-L07", "core-mask", "", Severity::error, Scope::submit,
     "the core mask is one that the driver can commit",
     "5 and 6 pass the driver's check and never run: the call blocks, then fails",
     "RKNPU driver rknpu_job.c, lines 404-426 and 757", "0, or 1, 2, 4 for one core", mask_commits},
    {"KABI-L07-multi", "several-cores", "", Severity::unsafe, Scope::submit,
     "the submit runs on one core", "no public run of a program for two or three cores exists",
     "21 public captures, all with mask 0", "submit the 1-core program with mask 0",
     mask_of_one_core},
    {"KABI-L08", "entries-filled", "", Severity::error, Scope::submit,
     "every subcore_task that the driver reads names tasks",
     "task_number 0 makes the driver read the entry before the table: a recorded kernel panic",
     "RKNPU driver rknpu_job.c, lines 313-342; a public note of a panic with mask 7",
     "mask 0: entries 0, 1, 2 equal; 1, 2, 4: entry [core]; 3: 0 and 1; 7: 2, 3 and 4",
     entries_filled},
    {"KABI-L09", "tasks-in-table", "", Severity::error, Scope::submit,
     "the tasks of a submit lie inside the task buffer",
     "the driver reads beyond the mapping: oops, or a garbage command address",
     "RKNPU driver rknpu_job.c, line 341", "40 bytes a task", tasks_in_table},
    {"KABI-L10", "one-chunk", "", Severity::error, Scope::submit,
     "an entry names at most 4095 tasks", "the driver splits silently and starts again in between",
     "RKNPU driver rknpu_job.c, line 333", "several submits", one_chunk},
    {"KABI-L22", "base-address", "", Severity::error, Scope::submit, "task_base_addr is 0",
     "the hardware adds it to every address of features, weights, DPU and PPU",
     "RK3588 manual, PC_TASK_DMA_BASE_ADDR", "0", no_base_address},
    {"KABI-L23", "iommu-domain", "", Severity::error, Scope::submit,
     "the IOMMU domain exists (0 to 15)",
     "the driver drops a reference that it never took; later switches time out until reboot",
     "RKNPU driver rknpu_job.c, lines 540 and 568", "0", domain_in_range},
    {"KABI-L23-domain", "iommu-domain-zero", "", Severity::unsafe, Scope::submit,
     "the IOMMU domain is 0", "buffers and commands must all live in that domain",
     "RKNPU driver rknpu_iommu.c, lines 429-559", "0", domain_zero},
    {"KABI-L24", "timeout", "", Severity::error, Scope::submit,
     "the timeout is between 100 ms and a minute",
     "0 resets under a running core; large values overflow when the driver converts them",
     "RKNPU driver rknpu_job.c, lines 197 and 210", "6000, as the vendor", timeout_sane},
    {"KABI-L25", "reserved-fields", "", Severity::error, Scope::submit,
     "reserved fields are 0 and fence_fd is -1",
     "versions of the driver read different things there", "headers of driver 0.9.6 and 0.9.8",
     "zero them", reserved_zero},
    {"SCHED-L9", "range-in-program", "", Severity::error, Scope::program,
     "a submit stays inside one alternative of the program",
     "the tasks behind the 1-core program are the same work for two and three cores",
     "21 public captures", "(first task, tasks) of a lane", range_inside_program},
    {"SCHED-L9-part", "range-whole", "", Severity::warning, Scope::program,
     "a submit runs a whole lane", "the rest of the output keeps its old content",
     "prefix replays of public notes", "all tasks of the lane", range_whole_program},
    {"KABI-L29", "denylist", "", Severity::unsafe, Scope::program,
     "the program is not one that rebooted or polluted a board",
     "a public note says that this shape took a board down, or that the next job failed",
     "public notes; replay/preflight/denylist.txt", "run it in the simulator", denied_programs},
};

}  // namespace

std::span<const Rule> submit_rules() {
  return rules;
}

}  // namespace npuscope::preflight
