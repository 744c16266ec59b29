#include "replay/preflight/context.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/model.h"

namespace npuscope::preflight {

std::string text_of(const Where& where) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (where.cores == 1 && where.task == no_index) add("1 core");
  if (where.cores > 1) add(fmt::format("core {} of {}", where.core, where.cores));
  if (where.task != no_index) add(fmt::format("task {}", where.task));
  if (where.word != no_index) add(fmt::format("word {}", where.word));
  if (!where.name.empty()) add(where.name);
  return text;
}

std::span<const std::size_t> used_entries(std::uint32_t core_mask) {
  static constexpr std::array<std::size_t, 5> entries{0, 1, 2, 3, 4};
  const std::span all(entries);
  switch (core_mask) {
    case 0:
      return all.subspan(0, 3);
    case 1:
    case 2:
      return all.subspan(core_mask - 1, 1);
    case 4:
      return all.subspan(2, 1);
    case 3:
      return all.subspan(0, 2);
    case 7:
      return all.subspan(2, 3);
    default:
      return {};
  }
}

Context::Context(const Opened& opened, DeviceFacts facts, const RegisterDb& database)
    : opened_(&opened), facts_(std::move(facts)), database_(&database), memory_(opened.capture) {
  const auto& model = opened.capture.model;
  if (model) model_findings_ = check_model(opened.capture);
  if (model && !model->is_rk3588())
    closed_ = fmt::format("the registers of {} are not known", model->platform);
  if (closed_.empty() && opened.sets.empty()) closed_ = "the input holds no register program";
  // The largest public model has 1,457. Each view holds all registers of its task.
  constexpr std::size_t believable_tasks = 65536;
  std::size_t count = 0;
  for (const ProgramSet& set : opened.sets) count += set.tasks.size();
  if (closed_.empty() && count > believable_tasks)
    closed_ = fmt::format("{} tasks are more than any program has", count);
  if (closed_.empty()) tasks_ = view_tasks(opened.capture, opened.sets);
  accesses_.reserve(tasks_.size());
  for (const auto& set : opened.sets) view_of_.emplace_back(set.tasks.size(), no_index);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    accesses_.push_back(dma_accesses(tasks_[i]));
    std::size_t& view = view_of_[tasks_[i].set_index][tasks_[i].task];
    if (view == no_index) view = i;
  }
  find_submits();
  find_runs();
  find_driver_entries();
}

std::span<const TaskView> Context::before(const TaskView& task) const {
  const auto index = static_cast<std::size_t>(&task - tasks_.data());
  return std::span(tasks_).subspan(index - task.position, task.position);
}

const std::vector<DmaAccess>& Context::accesses(const TaskView& task) const {
  return accesses_[static_cast<std::size_t>(&task - tasks_.data())];
}

const TaskView* Context::view_of(std::size_t set, std::size_t task) const {
  if (set >= view_of_.size() || task >= view_of_[set].size()) return nullptr;
  const std::size_t index = view_of_[set][task];
  return index == no_index ? nullptr : &tasks_[index];
}

// Without object addresses there is nothing to confuse the only table with.
std::size_t Context::table_buffer_of(const Submit& submit) const {
  const auto& buffers = opened_->capture.buffers;
  for (std::size_t i = 0; submit.task_obj_addr && i < buffers.size(); ++i)
    if (buffers[i].object_address == submit.task_obj_addr) return i;
  const bool objects_known =
      std::any_of(buffers.begin(), buffers.end(), [](const Buffer& b) { return b.object_address; });
  if ((submit.task_obj_addr && objects_known) || opened_->sets.empty()) return no_index;
  const std::size_t only = opened_->sets.front().table_buffer;
  const bool same = std::all_of(opened_->sets.begin(), opened_->sets.end(),
                                [&](const ProgramSet& set) { return set.table_buffer == only; });
  return same ? only : no_index;
}

void Context::find_submits() {
  for (const Submit& submit : opened_->capture.submits) {
    SubmitView view{&submit, no_index, table_buffer_of(submit)};
    // Numbers of a submit count from the beginning of the buffer.
    const auto& sets = opened_->sets;
    for (std::size_t s = sets.size(); s-- > 0;)
      if (view.buffer != no_index && sets[s].table_buffer == view.buffer &&
          sets[s].table_offset == 0)
        view.set = s;
    if (sets.size() == 1 && sets.front().table_buffer == no_index) view.set = 0;
    submits_.push_back(view);
  }
}

void Context::find_driver_entries() {
  for (const SubmitView& view : submits_) {
    if (view.buffer >= opened_->capture.buffers.size() || !view.submit->core_mask) continue;
    const Buffer& buffer = opened_->capture.buffers[view.buffer];
    std::vector<std::uint64_t> seen;
    for (const std::size_t index : used_entries(*view.submit->core_mask)) {
      const auto& entry = view.submit->subcore[index];
      if (!entry || entry->second == 0) continue;
      const std::uint64_t first = entry->first, last = first + entry->second - 1;
      for (const std::uint64_t number : {first, last}) {
        const auto bytes = buffer.bytes_at(number * task_bytes, task_bytes);
        if (bytes.empty() || std::find(seen.begin(), seen.end(), number) != seen.end()) continue;
        seen.push_back(number);
        DriverEntry read{load_task(bytes), number == first, number == last, nullptr, {}};
        read.where.task = static_cast<std::size_t>(number);
        read.where.place = buffer.place;
        if (!read.where.place.is_line) read.where.place.at += number * task_bytes;
        if (view.set != no_index) {
          read.where.set = view.set;
          read.view = view_of(view.set, read.where.task);
        }
        driver_entries_.push_back(std::move(read));
      }
    }
  }
}

void Context::find_runs() {
  if (!closed_.empty()) return;
  for (std::size_t s = 0; s < opened_->sets.size(); ++s)
    for (const Program& program : opened_->sets[s].programs)
      for (const Lane& lane : program.lanes)
        if (lane.count > 0)
          runs_.push_back({s, program.cores, lane.core, lane.first, lane.count, nullptr});
  for (const SubmitView& view : submits_) {
    if (view.set == no_index || !view.submit->core_mask) continue;
    const auto entries = used_entries(*view.submit->core_mask);
    const auto cores = *view.submit->core_mask == 0 ? 1U : static_cast<unsigned>(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& entry = view.submit->subcore[entries[i]];
      if (!entry || entry->second == 0) continue;
      const auto same = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) {
        return run.set == view.set && run.first == entry->first && run.count == entry->second &&
               run.cores == cores;
      });
      if (same != runs_.end()) {
        same->submit = view.submit;
      } else {
        runs_.push_back({view.set, cores, static_cast<unsigned>(cores == 1 ? 0 : i), entry->first,
                         entry->second, view.submit});
      }
    }
  }
}

Where Context::where(const TaskView& task) const {
  Where where = where_entry(task.set_index, task.task);
  where.cores = task.cores;
  where.core = task.core;
  if (task.record != nullptr) where.place = where_word(task, 0).place;
  return where;
}

Where Context::where_entry(std::size_t set, std::size_t task) const {
  Where where;
  where.set = set;
  where.task = task;
  where.record = opened_->sets[set].tasks[task].record;
  const ProgramSet& program = opened_->sets[set];
  if (program.table_buffer < opened_->capture.buffers.size()) {
    where.place = opened_->capture.buffers[program.table_buffer].place;
    if (!where.place.is_line) where.place.at += program.table_offset + task * task_bytes;
  }
  return where;
}

Where Context::where_word(const TaskView& task, std::size_t word) const {
  Where where;
  where.set = task.set_index;
  where.cores = task.cores;
  where.core = task.core;
  where.task = task.task;
  where.record = task.entry->record;
  where.word = word;
  if (task.record == nullptr || task.record->at.buffer >= opened_->capture.buffers.size())
    return where;
  where.place = opened_->capture.buffers[task.record->at.buffer].place;
  if (!where.place.is_line) where.place.at += task.record->at.offset + 8 * word;
  if (const auto value = task.record->word(word)) where.name = register_name(value->offset());
  return where;
}

Where Context::where(const TaskView& task, std::uint16_t offset) const {
  const Cell* cell = task.cell(offset);
  Where where =
      cell != nullptr && cell->task == task.task ? where_word(task, cell->word) : this->where(task);
  where.name = register_name(offset);
  if (cell != nullptr && cell->task != task.task)
    where.name += fmt::format(" (set by task {}, word {})", cell->task, cell->word);
  return where;
}

Where Context::where(const SubmitView& submit, std::string_view field) const {
  Where where;
  where.set = submit.set;
  where.name = fmt::format("submit.{}", field);
  where.place = submit.submit->place;
  return where;
}

}  // namespace npuscope::preflight
