#include "replay/preflight/task_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "regdb/register_db.h"

namespace npuscope::preflight {

namespace {

// Walks one lane with the register file that its core has.
class LaneWalk {
 public:
  LaneWalk(const ProgramSet& set, std::size_t set_index, std::size_t program, const Lane& lane,
           bool lossy)
      : set_(set), set_index_(set_index), program_(program), lane_(lane), lossy_(lossy) {}

  void run(std::vector<TaskView>& views) {
    for (std::size_t i = 0; i < lane_.count && lane_.first + i < set_.tasks.size(); ++i)
      views.push_back(step(i));
  }

 private:
  TaskView step(std::size_t position) {
    TaskView view;
    view.set = &set_;
    view.set_index = set_index_;
    view.task = lane_.first + position;
    view.entry = &set_.tasks[view.task];
    view.record = lossy_ ? nullptr : set_.record_of(view.task);
    view.program = program_;
    view.cores = set_.programs[program_].cores;
    view.core = lane_.core;
    view.position = position;
    view.enable = view.entry->task.enable_mask;
    if (view.record != nullptr) {
      state_.apply(view.task, *view.record);
      if (const auto mask = operation_enable(*view.record)) view.enable = *mask;
    }
    if (!view.complete()) last_lost_ = view.task;
    collect(view);
    state_.launch(view.enable);
    return view;
  }

  // The value of the last OPERATION_ENABLE of the record.
  static std::optional<std::uint32_t> operation_enable(const Record& record) {
    std::optional<std::uint32_t> mask;
    record.for_each_word([&](std::size_t, Word word) {
      if (is_operation_enable(word)) mask = word.value();
    });
    return mask;
  }

  void collect(TaskView& view) const {
    for (std::size_t b = 0; b < block_count; ++b) {
      state_.for_each(static_cast<Block>(b), [&](std::uint16_t offset, const Cell& cell) {
        // A word that is missing may have been a later write of this register.
        const bool doubtful =
            last_lost_ != no_index && cell.task != view.task && cell.task <= last_lost_;
        if (doubtful) {
          view.lost_words = true;
        } else {
          view.registers.emplace_back(offset, cell);
        }
      });
    }
    view.lost_words = view.lost_words || !view.complete();
  }

  const ProgramSet& set_;
  std::size_t set_index_;
  std::size_t program_;
  const Lane& lane_;
  bool lossy_;
  RegisterState state_;
  std::size_t last_lost_ = no_index;
};

}  // namespace

const Cell* TaskView::cell(std::uint16_t offset) const {
  const auto at =
      std::lower_bound(registers.begin(), registers.end(), offset,
                       [](const auto& known, std::uint16_t o) { return known.first < o; });
  return at != registers.end() && at->first == offset ? &at->second : nullptr;
}

bool TaskView::writes(std::uint16_t offset) const {
  const Cell* found = cell(offset);
  return found != nullptr && found->task == task;
}

std::uint32_t Reading::whole(std::uint16_t offset) {
  const Cell* cell = task_.cell(offset);
  if (cell != nullptr) return cell->value;
  if (!missing_) missing_ = offset;
  return 0;
}

std::uint32_t Reading::operator()(const reg::RegisterField& field) {
  return field.in(whole(field.offset));
}

std::int64_t Reading::signed_field(const reg::RegisterField& field) {
  const std::int64_t value = (*this)(field);
  const std::int64_t range = std::int64_t{field.largest()} + 1;
  return value >= range / 2 ? value - range : value;
}

std::string Reading::reason() const {
  if (!missing_) return {};
  return fmt::format("{} was {}", register_name(*missing_),
                     task_.lost_words ? "not captured" : "never written");
}

std::vector<TaskView> view_tasks(const Capture& capture, const std::vector<ProgramSet>& sets) {
  std::vector<TaskView> views;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const std::size_t stream = sets[s].stream_buffer;
    const bool lossy =
        stream < capture.buffers.size() && capture.buffers[stream].trust == Trust::lossy;
    for (std::size_t p = 0; p < sets[s].programs.size(); ++p)
      for (const Lane& lane : sets[s].programs[p].lanes)
        LaneWalk(sets[s], s, p, lane, lossy).run(views);
  }
  return views;
}

std::string register_name(std::uint16_t offset) {
  const Register* found = RegisterDb::builtin().at(offset);
  return found != nullptr ? found->full_name : fmt::format("{:#06x}", offset);
}

}  // namespace npuscope::preflight
