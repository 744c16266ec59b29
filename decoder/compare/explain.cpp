#include "decoder/compare/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decoder/compare/cause_tally.h"
#include "decoder/compare/moved_buffers.h"
#include "decoder/compare/pair_causes.h"

namespace npuscope {

namespace {

// The cause that a difference outside of registers shows.
std::string_view cause_of(Subject subject) {
  switch (subject) {
    case Subject::program:
      return "programs";
    case Subject::task:
    case Subject::submit_tasks:
      return "tasks";
    case Subject::task_blocks:
      return "blocks";
    case Subject::task_field:
      return "task-entry";
    case Subject::length:
    case Subject::link:
      return "link";
    case Subject::tail:
      return "tail";
    case Subject::order:
      return "order";
    case Subject::submit:
      return "submit";
  }
  return unexplained_cause;
}

class Explainer {
 public:
  Explainer(const Opened& a, const Opened& b, const RegisterDb& db, const Comparison& comparison)
      : a_(a),
        b_(b),
        comparison_(comparison),
        text_(a, b, db, comparison),
        groups_(db),
        blocks_(groups_.named("blocks")),
        inheritance_(groups_.named("inheritance")),
        unwritten_(groups_.named("unwritten")),
        unexplained_(groups_.named(unexplained_cause)),
        tally_(groups_),
        roots_(groups_, compared_cores()) {
    for (const SetPair& sets : comparison.sets)
      states_.emplace_back(a.sets[sets.a], b.sets[sets.b]);
  }

  Explanation run() {
    std::size_t registers = 0, structure = 0;
    // Both lists are in the order of pairs, except that what concerns the whole input has none.
    std::vector<const StructuralDifference*> whole, of_pairs;
    for (const StructuralDifference& d : comparison_.structure)
      (d.pair == no_word ? whole : of_pairs).push_back(&d);
    for (std::uint32_t pair = 0; pair < comparison_.pairs.size(); ++pair) {
      const RecordPair& records = comparison_.pairs[pair];
      if (pair == 0 || !same_lane(records, comparison_.pairs[pair - 1])) lane_begin_ = pair;
      ShownCauses shown{node_of(records), records.cores, {}};
      const std::size_t first = registers;
      while (registers < comparison_.registers.size() &&
             comparison_.registers[registers].pair == pair)
        ++registers;
      explain_registers(records, std::span(comparison_.registers).subspan(first, registers - first),
                        shown);
      for (; structure < of_pairs.size() && of_pairs[structure]->pair == pair; ++structure)
        explain_structure(*of_pairs[structure], shown);
      finish(shown);
    }
    ShownCauses shown{whole_input, 0, {}};
    for (const StructuralDifference* d : whole) explain_structure(*d, shown);
    finish(shown);
    explain_rest();
    roots_.decide();
    result_.causes = tally_.causes(roots_);
    return std::move(result_);
  }

 private:
  // The programs that have records of their own: one may repeat those of another.
  [[nodiscard]] std::set<unsigned> compared_cores() const {
    std::set<unsigned> cores;
    for (const RecordPair& pair : comparison_.pairs) {
      if (pair.task_a == no_index || pair.task_b == no_index) continue;
      const SetPair& sets = comparison_.sets[pair.set];
      const Record *x = a_.sets[sets.a].record_of(pair.task_a),
                   *y = b_.sets[sets.b].record_of(pair.task_b);
      if (x != nullptr && y != nullptr &&
          (x->first_task == pair.task_a || y->first_task == pair.task_b))
        cores.insert(pair.cores);
    }
    return cores;
  }

  [[nodiscard]] std::uint32_t blocks_of_one_side(const RecordPair& pair) const {
    if (pair.task_a == no_index || pair.task_b == no_index) return 0;
    const SetPair& sets = comparison_.sets[pair.set];
    return a_.sets[sets.a].tasks[pair.task_a].task.enable_mask ^
           b_.sets[sets.b].tasks[pair.task_b].task.enable_mask;
  }

  // A cause that needs no look at the other fields of the record.
  [[nodiscard]] std::optional<CauseIndex> cause_alone(const RegisterDifference& d,
                                                      std::uint32_t one_sided) const {
    const auto block = block_of_offset(d.offset);
    const int bit = block ? facts_of(*block).enable_bit : -1;
    if (d.offset == offset_operation_enable) return blocks_;
    if (bit >= 0 && (one_sided >> static_cast<unsigned>(bit) & 1U) != 0) return blocks_;
    if (!d.known_a || !d.known_b) return unwritten_;
    const bool one_writes = d.kind == DifferenceClass::missing || d.kind == DifferenceClass::extra;
    if (one_writes && d.a == d.b) return inheritance_;
    return std::nullopt;
  }

  void explain_registers(const RecordPair& records, std::span<const RegisterDifference> registers,
                         ShownCauses& shown) {
    if (registers.empty()) return;
    const std::uint32_t one_sided = blocks_of_one_side(records);
    PairCauses pair(groups_);
    std::vector<FieldDifference> together;
    for (const RegisterDifference& d : registers) {
      const auto alone = cause_alone(d, one_sided);
      for (FieldDifference& f : text_.fields(d)) {
        ++result_.differences;
        if (alone) {
          shown.causes.insert(*alone);
          tally_.changed(*alone, std::move(f.name), std::move(f.a), std::move(f.b));
        } else {
          const bool named = f.kind != DifferenceClass::unknown_register;
          pair.add(named ? f.reg : nullptr, named ? f.field : nullptr);
          together.push_back(std::move(f));
        }
      }
    }
    pair.decide();
    shown.causes.insert(pair.shown().begin(), pair.shown().end());
    for (std::size_t i = 0; i < together.size(); ++i) {
      const FieldDifference& f = together[i];
      const auto causes = pair.causes_of(i);
      for (const CauseIndex cause : causes) tally_.changed(cause, f.name, f.a, f.b);
      if (causes.empty()) rest_.push_back({registers.front().pair, f});
    }
    for (const StayedField& each : pair.stayed(states_at(registers.front().pair))) {
      ++result_.stayed;
      tally_.stayed(each.cause,
                    fmt::format("{}.{}", each.member->reg->full_name, each.member->field->name),
                    quantity_text(*each.member->field, each.value));
    }
  }

  // What no other field of its record explains may still follow from what the node shows: short
  // records do not repeat the rest.
  void explain_rest() {
    for (std::size_t i = 0; i < rest_.size();) {
      const RecordPair& records = comparison_.pairs[rest_[i].pair];
      ShownCauses shown{node_of(records), records.cores, {}};
      for (const std::uint32_t pair = rest_[i].pair; i < rest_.size() && rest_[i].pair == pair; ++i)
        explain_later(rest_[i].field, shown);
      finish(shown);
    }
  }

  void explain_later(const FieldDifference& f, ShownCauses& shown) {
    std::set<CauseIndex> causes;
    std::string note;
    for (const CauseClaim& claim : groups_.claims(f.reg, f.field)) {
      if (roots_.shows(shown.node, claim.cause)) causes.insert(claim.cause);
      note += fmt::format("{}{}", note.empty() ? "nothing else shows " : " or ",
                          groups_[claim.cause].name);
    }
    for (const CauseIndex cause : causes) tally_.changed(cause, f.name, f.a, f.b);
    if (causes.empty()) {
      ++result_.unexplained;
      causes.insert(unexplained_);
      tally_.changed(unexplained_, f.name, f.a, f.b, std::move(note));
    }
    shown.causes.insert(causes.begin(), causes.end());
  }

  // "task regcfg_amount 12 / 13 words" counts with other values as "task regcfg_amount".
  void explain_structure(const StructuralDifference& d, ShownCauses& shown) {
    const CauseIndex cause = groups_.named(cause_of(d.subject));
    const std::size_t number = std::min(d.text.find_first_of("0123456789"), d.text.size());
    std::string name = d.text.substr(0, number);
    name.resize(name.find_last_not_of(' ') + 1);
    ++result_.differences;
    shown.causes.insert(cause);
    tally_.changed(cause, std::move(name), d.text.substr(number), {});
  }

  void finish(const ShownCauses& shown) {
    if (shown.causes.empty()) return;
    tally_.shown(shown);
    roots_.add(shown);
  }

  // Equal for the records of one node of the network, which the table numbers.
  [[nodiscard]] std::uint64_t node_of(const RecordPair& pair) const {
    const SetPair& sets = comparison_.sets[pair.set];
    const std::uint32_t index = pair.task_a != no_index
                                    ? a_.sets[sets.a].tasks[pair.task_a].task.op_idx
                                    : b_.sets[sets.b].tasks[pair.task_b].task.op_idx;
    return std::uint64_t{pair.set} << 32U | index;
  }
  static constexpr std::uint64_t whole_input = ~std::uint64_t{0};

  static bool same_lane(const RecordPair& x, const RecordPair& y) {
    return x.set == y.set && x.cores == y.cores && x.core == y.core;
  }
  // What the records of a pair run with, followed from the begin of their lane.
  const LaneStates& states_at(std::uint32_t pair) {
    LaneStates& states = states_[comparison_.pairs[pair].set];
    for (next_ = std::max(next_, lane_begin_); next_ <= pair; ++next_)
      states.enter(comparison_.pairs[next_]);
    return states;
  }

  // A field that nothing else in its pair of records explains.
  struct Rest {
    std::uint32_t pair;
    FieldDifference field;
  };

  const Opened& a_;
  const Opened& b_;
  const Comparison& comparison_;
  DifferenceText text_;
  CauseGroups groups_;
  CauseIndex blocks_, inheritance_, unwritten_, unexplained_;
  std::vector<LaneStates> states_;  // of each pair of sets
  std::uint32_t lane_begin_ = 0;    // first pair of the lane that is explained
  std::uint32_t next_ = 0;          // first pair whose words the states have not seen
  CauseTally tally_;
  CauseRoots roots_;
  std::vector<Rest> rest_;
  Explanation result_;
};

}  // namespace

Explanation explain(const Opened& a, const Opened& b, const RegisterDb& db,
                    const Comparison& comparison) {
  Explanation explanation = Explainer(a, b, db, comparison).run();
  explanation.moved = moved_buffers(a, b, db, comparison);
  return explanation;
}

}  // namespace npuscope
