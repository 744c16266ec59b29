// Everything that rules look at, computed once for an input.
//
//   const Context context(opened, facts);
//   for (const TaskView& task : context.tasks()) ...
//   for (const Run& run : context.runs()) ...          // what one core executes, in order
//
// Refers to the Opened, which must outlive it, as must the database.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/check/model_check.h"
#include "decoder/open.h"
#include "regdb/register_db.h"
#include "replay/preflight/device_facts.h"
#include "replay/preflight/dma.h"
#include "replay/preflight/finding.h"
#include "replay/preflight/memory_map.h"
#include "replay/preflight/task_view.h"

namespace npuscope::preflight {

// A submit, with the table that its task object holds.
struct SubmitView {
  const Submit* submit = nullptr;
  std::size_t set = no_index;     // index into Opened::sets; no_index: its table is not known
  std::size_t buffer = no_index;  // the task object, index into Capture::buffers
};

// The tasks that one core executes, one after the other: a lane of a program, or what an entry of a
// submit names.
struct Run {
  std::size_t set = 0;
  unsigned cores = 1, core = 0;
  std::size_t first = 0, count = 0;  // task table
  const Submit* submit = nullptr;    // nullptr: a lane that no submit names
};

// A task entry that the driver reads for a submit: the first and the last of a range. Taken from
// the bytes of the table, also where the entry is no task by the test that finds tables.
struct DriverEntry {
  Task task;
  bool first = false, last = false;
  const TaskView* view = nullptr;  // nullptr: no lane has it
  Where where;
};

class Context {
 public:
  explicit Context(const Opened& opened, DeviceFacts facts = {},
                   const RegisterDb& database = RegisterDb::builtin());

  [[nodiscard]] const Capture& capture() const { return opened_->capture; }
  [[nodiscard]] const std::vector<ProgramSet>& sets() const { return opened_->sets; }
  [[nodiscard]] const DeviceFacts& device() const { return facts_; }
  [[nodiscard]] const RegisterDb& database() const { return *database_; }
  [[nodiscard]] const MemoryMap& memory() const { return memory_; }

  // All tasks of all programs: by set, program, lane, position. Empty for another chip.
  [[nodiscard]] std::span<const TaskView> tasks() const { return tasks_; }
  // The tasks of the same lane in front of this one, nearest last.
  [[nodiscard]] std::span<const TaskView> before(const TaskView& task) const;
  // Parallel to tasks().
  [[nodiscard]] const std::vector<DmaAccess>& accesses(const TaskView& task) const;

  [[nodiscard]] std::span<const SubmitView> submits() const { return submits_; }
  [[nodiscard]] std::span<const Run> runs() const { return runs_; }
  // Of all submits whose table was captured, by submit and entry.
  [[nodiscard]] std::span<const DriverEntry> driver_entries() const { return driver_entries_; }
  // The first view of a task of the table, nullptr if no lane has it.
  [[nodiscard]] const TaskView* view_of(std::size_t set, std::size_t task) const;

  // What decoder/check says of a model file.
  [[nodiscard]] const std::vector<npuscope::Finding>& model_findings() const {
    return model_findings_;
  }
  // Why nothing about registers can be said ("registers of rk3568"); empty: it can.
  [[nodiscard]] const std::string& closed() const { return closed_; }

  [[nodiscard]] Where where(const TaskView& task) const;
  // The word of the task's own record, or the one that set the register in an earlier record.
  [[nodiscard]] Where where(const TaskView& task, std::uint16_t offset) const;
  [[nodiscard]] Where where_word(const TaskView& task, std::size_t word) const;
  [[nodiscard]] Where where_entry(std::size_t set, std::size_t task) const;  // the table entry
  [[nodiscard]] Where where(const SubmitView& submit, std::string_view field) const;

 private:
  void find_submits();
  void find_runs();
  void find_driver_entries();
  [[nodiscard]] std::size_t table_buffer_of(const Submit& submit) const;

  const Opened* opened_;
  DeviceFacts facts_;
  const RegisterDb* database_;
  MemoryMap memory_;
  std::string closed_;
  std::vector<TaskView> tasks_;
  std::vector<std::vector<DmaAccess>> accesses_;
  std::vector<std::vector<std::size_t>> view_of_;  // by set and task: index into tasks_
  std::vector<SubmitView> submits_;
  std::vector<Run> runs_;
  std::vector<DriverEntry> driver_entries_;
  std::vector<npuscope::Finding> model_findings_;
};

// The entries of subcore_task that the driver reads for this core mask, as it chooses them: mask 0
// may run on any core, so all of 0, 1, 2; one or two cores [core]; three [core + 2]. Empty for
// masks that it cannot commit. Source: RKNPU driver, rknpu_job.c, lines 313-331 and 508-538.
[[nodiscard]] std::span<const std::size_t> used_entries(std::uint32_t core_mask);

}  // namespace npuscope::preflight
