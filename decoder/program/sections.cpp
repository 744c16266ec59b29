#include "decoder/program/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "decoder/model.h"

namespace npuscope {

namespace {

using Lengths = std::vector<std::size_t>;

constexpr std::uint32_t barrier_mask = 0x60;

// Lists of a model: {L0 | L1 L2 | L3 L4 L5}, empty ones included.
Lengths lengths_of_model(const Model& model) {
  return {model.list_lengths.begin(), model.list_lengths.end()};
}

// Whether the tail of task t says that no record follows: 1 yes, 0 no, -1 not captured.
int ends_chain(const ProgramSet& set, std::size_t t) {
  const Record* record = set.record_of(t);
  if (record == nullptr || record->tail == TailForm::missing) return -1;
  const auto link = record->word(record->body_words);
  if (!link) return -1;
  return !is_link(*link) || link->value() == 0 ? 1 : 0;
}

bool tails_are_known(const ProgramSet& set) {
  for (std::size_t t = 0; t < set.tasks.size(); ++t) {
    if (ends_chain(set, t) < 0) return false;
  }
  return true;
}

Lengths lengths_by_chain_ends(const ProgramSet& set) {
  Lengths lengths;
  std::size_t count = 0;
  for (std::size_t t = 0; t < set.tasks.size(); ++t) {
    if (t > 0) {
      const std::uint32_t before = set.tasks[t - 1].task.op_idx, now = set.tasks[t].task.op_idx;
      if (now < before || (now == before && ends_chain(set, t - 1) == 1)) {
        lengths.push_back(count);
        count = 0;
      }
    }
    ++count;
  }
  if (count > 0) lengths.push_back(count);
  return lengths;
}

// The length of the 1-core section according to a submit: task_number is three times that.
std::size_t submitted_length(const Capture& capture, std::size_t tasks) {
  for (const Submit& submit : capture.submits) {
    if (submit.subcore[0] && submit.subcore[0]->second > 0 && submit.subcore[0]->second <= tasks)
      return submit.subcore[0]->second;
    if (submit.task_number && *submit.task_number % 3 == 0 && *submit.task_number / 3 <= tasks)
      return *submit.task_number / 3;
  }
  return 0;
}

// A table without words: op_idx alone, and in a table of one layer the PPU tasks that close the
// multi-core lanes.
Lengths lengths_by_table(const Capture& capture, const ProgramSet& set) {
  Lengths lengths;
  std::size_t count = 0;
  bool one_layer = true;
  for (const TaskEntry& entry : set.tasks)
    one_layer = one_layer && entry.task.op_idx == set.tasks.front().task.op_idx;
  std::size_t first_lane = one_layer ? submitted_length(capture, set.tasks.size()) : 0;
  if (one_layer && first_lane == 0) {
    // Full records of the 1-core lane are longer than those of the other lanes; what follows in
    // them is short.
    const std::uint32_t longest = set.tasks.front().task.regcfg_amount;
    for (const TaskEntry& entry : set.tasks) {
      const bool other_lane =
          entry.task.enable_mask == barrier_mask || entry.task.regcfg_amount + 4 == longest;
      if (other_lane) break;
      ++first_lane;
    }
  }
  for (std::size_t t = 0; t < set.tasks.size(); ++t) {
    const bool falls = t > 0 && set.tasks[t].task.op_idx < set.tasks[t - 1].task.op_idx;
    const bool after_first = one_layer && t > 0 && t == first_lane;
    const bool after_barrier =
        one_layer && t > first_lane && set.tasks[t - 1].task.enable_mask == barrier_mask;
    if (count > 0 && (falls || after_first || after_barrier)) {
      lengths.push_back(count);
      count = 0;
    }
    ++count;
  }
  if (count > 0) lengths.push_back(count);
  // Three identical entries: a layer that cannot be split, one lane per section.
  if (one_layer && lengths.size() == 1 && set.tasks.size() == 3) return {1, 1, 1};
  return lengths;
}

// The group size that REGISTER_AMOUNTS[31:16] states in a lane: 0 one core, 1 pair, 2 triple.
std::uint32_t group_of_lane(const ProgramSet& set, std::size_t first, std::size_t count) {
  std::uint32_t group = 0;
  for (std::size_t t = first; t < first + count; ++t) {
    const Record* record = set.record_of(t);
    if (record == nullptr || record->tail_words < 2) continue;
    const auto amounts = record->word(std::size_t{record->body_words} + 1);
    if (amounts && is_register_amounts(*amounts))
      group = std::max(group, amounts->value() >> 16U & 3U);
  }
  return group;
}

// Which core a lane is for, in the programs of the older runtime: S_POINTER[31:28] of the CNA or
// CORE.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(ProgramSet& set) : set_(set) {}

  void add(unsigned cores, const Lengths& lengths) {
    Program program;
    program.cores = cores;
    for (std::size_t core = 0; core < lengths.size(); ++core) {
      program.lanes.push_back({static_cast<unsigned>(core), next_, lengths[core]});
      next_ += lengths[core];
    }
    set_.programs.push_back(std::move(program));
  }

  // One lane whose core number is not its position.
  void add_copy(unsigned core, std::size_t length) {
    Program program;
    program.cores = 1;
    program.lanes.push_back({core, next_, length});
    next_ += length;
    set_.programs.push_back(std::move(program));
  }

 private:
  ProgramSet& set_;
  std::size_t next_ = 0;
};

// A program that could not be split names the records of the 1-core lane again.
bool repeats_first_lane(const ProgramSet& set, std::size_t first, const Lengths& lengths,
                        std::size_t lane) {
  if (lane == 0 || lengths[lane] != lengths[0]) return false;
  for (std::size_t t = 0; t < lengths[0]; ++t)
    if (set.tasks[first + t].task.regcmd_addr != set.tasks[t].task.regcmd_addr) return false;
  return true;
}

void name_by_group(ProgramSet& set, const Lengths& lengths) {
  ProgramBuilder builder(set);
  std::size_t first = 0, i = 0;
  while (i < lengths.size()) {
    if (repeats_first_lane(set, first, lengths, i) && set.programs.size() < 3) {
      builder.add(static_cast<unsigned>(set.programs.size() + 1), {lengths[i]});
      first += lengths[i++];
      continue;
    }
    const std::uint32_t group = group_of_lane(set, first, lengths[i]);
    const std::size_t lanes = std::min<std::size_t>(group + 1, lengths.size() - i);
    builder.add(static_cast<unsigned>(lanes),
                {lengths.begin() + static_cast<std::ptrdiff_t>(i),
                 lengths.begin() + static_cast<std::ptrdiff_t>(i + lanes)});
    for (std::size_t k = 0; k < lanes; ++k) first += lengths[i + k];
    i += lanes;
  }
}

void name_lanes(ProgramSet& set, const Lengths& l) {
  ProgramBuilder builder(set);
  if (l.size() == 6) {
    builder.add(1, {l[0]});
    builder.add(2, {l[1], l[2]});
    builder.add(3, {l[3], l[4], l[5]});
  } else if (l.size() == 3) {
    builder.add(1, {l[0]});
    builder.add(2, {l[1]});
    builder.add(3, {l[2]});
  } else if (l.size() == 8) {
    for (unsigned core = 0; core < 3; ++core) builder.add_copy(core, l[core]);
    builder.add(2, {l[3], l[4]});
    builder.add(3, {l[5], l[6], l[7]});
  } else if (l.size() == 1) {
    builder.add(1, {l[0]});
  } else {
    name_by_group(set, l);
    // One program could be split and the other not: four or five lanes, still one, two, three
    // cores.
    bool complete = set.programs.size() == 3;
    for (std::size_t i = 0; i < set.programs.size(); ++i)
      complete = complete && set.programs[i].cores == i + 1;
    if (complete) return;
    set.inferred = true;
    set.partition_source += fmt::format(
        "; {} lanes are not a known arrangement, grouped by REGISTER_AMOUNTS", l.size());
  }
}

// What a submit for several cores names for each of them: the entries of the cores of its mask,
// those of three cores from the third entry on [KABI 3, step 7].
std::vector<Lane> lanes_of_submit(const Capture& capture, const ProgramSet& set) {
  std::uint64_t object = 0;  // not known
  if (set.table_buffer != no_index)
    object = capture.buffers[set.table_buffer].object_address.value_or(0);
  for (const Submit& submit : capture.submits) {
    const std::uint32_t mask = submit.core_mask.value_or(0);
    if (mask > 7 || std::popcount(mask) < 2) continue;
    if (object != 0 && submit.task_obj_addr.value_or(object) != object) continue;
    std::vector<Lane> lanes;
    for (unsigned core = 0; core < 3; ++core) {
      if ((mask >> core & 1U) == 0) continue;
      const auto& range = submit.subcore[core + (mask == 7 ? 2 : 0)];
      if (!range || range->second == 0 || range->first > set.tasks.size() ||
          range->second > set.tasks.size() - range->first)
        break;
      lanes.push_back({core, range->first, range->second});
    }
    if (lanes.size() == static_cast<std::size_t>(std::popcount(mask))) return lanes;
  }
  return {};
}

bool covers_table(const std::vector<Lane>& lanes, std::size_t tasks) {
  std::size_t next = 0;
  for (const Lane& lane : lanes) {
    if (lane.first != next) return false;
    next += lane.count;
  }
  return next == tasks;
}

// The program that a submit runs. One for several cores says which tasks are whose, which a table
// does not: numbers of operations may go on from one core's tasks to the next's.
void mark_submitted(const Capture& capture, ProgramSet& set, bool inferred) {
  const std::vector<Lane> lanes = lanes_of_submit(capture, set);
  const auto same = [](const Lane& a, const Lane& b) {
    return a.first == b.first && a.count == b.count;
  };
  const auto found = std::ranges::find_if(
      set.programs, [&](const Program& p) { return std::ranges::equal(p.lanes, lanes, same); });
  if (found != set.programs.end()) {
    found->submitted = true;
  } else if (!lanes.empty() && covers_table(lanes, set.tasks.size())) {
    set.programs = {{static_cast<unsigned>(lanes.size()), lanes, true}};
    set.partition_source = "ranges of the submit";
    set.inferred = inferred;
  } else if (!set.programs.empty()) {
    set.programs.front().submitted = true;
  }
}

}  // namespace

void partition(const Capture& capture, ProgramSet& set) {
  if (set.tasks.empty()) return;
  const bool inferred = set.inferred;
  Lengths lengths;
  if (capture.model && capture.model->has_lists) {
    lengths = lengths_of_model(*capture.model);
    std::size_t sum = 0;
    for (const std::size_t length : lengths) sum += length;
    if (sum == set.tasks.size()) {
      set.partition_source = "lists of the model";
      name_lanes(set, lengths);
      if (!set.programs.empty()) set.programs.front().submitted = true;
      return;
    }
    set.diagnostics.push_back({Severity::warning,
                               fmt::format("the lists of the model name {} tasks, the table has {}",
                                           sum, set.tasks.size()),
                               {}});
  }
  if (tails_are_known(set)) {
    set.partition_source = "op_idx and chain ends";
    lengths = lengths_by_chain_ends(set);
  } else {
    set.partition_source = "task table alone (inferred)";
    set.inferred = true;
    lengths = lengths_by_table(capture, set);
  }
  name_lanes(set, lengths);
  mark_submitted(capture, set, inferred);
  if (set.programs.empty() || !set.programs.front().submitted || set.programs.front().cores > 1)
    return;

  const std::size_t n1 = submitted_length(capture, set.tasks.size());
  if (n1 != 0 && n1 != lengths.front()) {
    set.diagnostics.push_back(
        {Severity::warning,
         fmt::format("a submit runs {} tasks, the 1-core section has {}", n1, lengths.front()),
         {}});
  }
}

}  // namespace npuscope
