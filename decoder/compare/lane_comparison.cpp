#include "decoder/compare/lane_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/compare/align.h"
#include "decoder/program/register_state.h"

namespace npuscope {

namespace {

constexpr std::uint64_t value_bits = 0x0000ffffffff0000;

// All words of a record in one piece, or none.
std::optional<WordView> whole(const Record& record) {
  if (record.runs.size() != 1 || record.runs.front().words.size() != record.total_words())
    return std::nullopt;
  return record.runs.front().words;
}

// Without a branch for each word: nearly all words of nearly all comparisons are equal.
bool equal_words(WordView a, WordView b, std::size_t first, std::size_t count) {
  std::uint64_t bits = 0;
  for (std::size_t i = first; i < first + count; ++i) bits |= a[i].raw ^ b[i].raw;
  return bits == 0;
}

}  // namespace

// The registers that a record writes: the last write of each, and where it stands.
struct LaneComparison::Written {
  struct Entry {
    std::uint16_t offset;
    std::uint32_t word, value;
    std::uint16_t target;
  };
  explicit Written(const Record& record) {
    record.for_each_body_word([this](std::size_t index, Word word) {
      const auto found = std::find_if(entries.begin(), entries.end(),
                                      [&](const Entry& e) { return e.offset == word.offset(); });
      if (found != entries.end()) entries.erase(found);
      entries.push_back(
          {word.offset(), static_cast<std::uint32_t>(index), word.value(), word.target()});
    });
  }
  [[nodiscard]] const Entry* find(std::uint16_t offset) const {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& e) { return e.offset == offset; });
    return found == entries.end() ? nullptr : &*found;
  }
  std::vector<Entry> entries;  // in the order of the last writes
};

// The effective registers of both lanes. Followed only as far, and only if, two records write
// different registers: what one of them does not write counts then.
struct LaneComparison::States {
  const ComparedSet &side_a, &side_b;
  std::size_t first_a, first_b;  // tasks
  const Pairs& pairs;
  std::size_t next = 0;     // the pair whose words were not applied yet
  std::size_t current = 0;  // the pair that is compared
  std::optional<RegisterState> a, b;

  // Up to and with the words of the current pair.
  void follow() {
    if (!a) {
      a.emplace();
      b.emplace();
    }
    for (; next <= current; ++next) {
      if (next > 0) {
        launch(*a, side_a, first_a, pairs[next - 1].first);
        launch(*b, side_b, first_b, pairs[next - 1].second);
      }
      apply(*a, side_a, first_a, pairs[next].first);
      apply(*b, side_b, first_b, pairs[next].second);
    }
  }
  static void apply(RegisterState& state, const ComparedSet& side, std::size_t first,
                    std::size_t index) {
    if (index == no_index) return;
    if (const Record* record = side.set.record_of(first + index))
      state.apply(first + index, *record);
  }
  static void launch(RegisterState& state, const ComparedSet& side, std::size_t first,
                     std::size_t index) {
    if (index != no_index) state.launch(side.set.tasks[first + index].task.enable_mask);
  }
};

LaneComparison::LaneComparison(const ComparedSet& a, const ComparedSet& b,
                               const RegisterClasses& classes, Comparison& result)
    : a_(a),
      b_(b),
      classes_(classes),
      result_(result),
      counterpart_(a.set.records.size(), no_index) {
  const auto buffers = AddressBook::same_places(a.book, b.book);
  same_places_ = !buffers.empty();
  for (const auto& [in_a, in_b] : buffers) match_.fix(in_a, in_b);
}

void LaneComparison::say(Subject subject, DifferenceClass kind, std::uint32_t pair,
                         std::string text) {
  result_.structure.push_back({subject, kind, pair, std::move(text)});
}

// Equal for records that write the same values; addresses left out.
std::vector<std::uint64_t> LaneComparison::keys(const ComparedSet& side, const Lane& lane) const {
  std::vector<std::uint64_t> keys;
  for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
    std::uint64_t key = 0xcbf29ce484222325;
    if (const Record* record = side.set.record_of(t)) {
      record->for_each_body_word([&](std::size_t, Word word) {
        const std::uint64_t part =
            classes_.is_address(word.offset()) ? word.raw & ~value_bits : word.raw;
        key = (key ^ part) * 0x100000001b3;
        key ^= key >> 29U;
      });
    }
    keys.push_back(key ^ side.set.tasks[t].task.enable_mask);
  }
  return keys;
}

bool LaneComparison::seen(std::size_t record_a, std::size_t record_b) const {
  return counterpart_[record_a] == record_b || more_counterparts_.contains({record_a, record_b});
}

void LaneComparison::lane(const Lane& a, const Lane& b, const RecordPair& where) {
  Pairs pairs;
  if (a.count == b.count) {
    pairs.reserve(a.count);
    for (std::size_t i = 0; i < a.count; ++i) pairs.emplace_back(i, i);
  } else {
    pairs = align(keys(a_, a), keys(b_, b));
  }
  States states{a_, b_, a.first, b.first, pairs, 0, 0, {}, {}};
  states_ = &states;
  for (const auto& [i, j] : pairs) {
    record(i == no_index ? no_index : a.first + i, j == no_index ? no_index : b.first + j, where);
    ++states.current;
  }
  states_ = nullptr;
}

void LaneComparison::only(const Lane& lane, const RecordPair& where, DifferenceClass kind) {
  const bool in_a = kind == DifferenceClass::missing;
  for (std::size_t t = lane.first; t < lane.first + lane.count; ++t)
    record(in_a ? t : no_index, in_a ? no_index : t, where);
}

void LaneComparison::record(std::size_t task_a, std::size_t task_b, const RecordPair& where) {
  const auto pair = static_cast<std::uint32_t>(result_.pairs.size());
  result_.pairs.push_back(where);
  result_.pairs.back().task_a = task_a;
  result_.pairs.back().task_b = task_b;
  if (task_a == no_index)
    return say(Subject::task, DifferenceClass::extra, pair, "only B has this task");
  if (task_b == no_index)
    return say(Subject::task, DifferenceClass::missing, pair, "only A has this task");
  const TaskEntry &entry_a = a_.set.tasks[task_a], &entry_b = b_.set.tasks[task_b];
  const Record *record_a = a_.set.record_of(task_a), *record_b = b_.set.record_of(task_b);
  // A record that several tasks share is compared once.
  const bool both = record_a != nullptr && record_b != nullptr;
  if (both && seen(entry_a.record, entry_b.record)) return;
  tasks(entry_a.task, entry_b.task, pair);
  if (!both) {
    result_.not_compared += record_a != nullptr   ? record_a->known_words()
                            : record_b != nullptr ? record_b->known_words()
                                                  : 0;
    return;
  }
  ++result_.records;
  if (counterpart_[entry_a.record] == no_index) {
    counterpart_[entry_a.record] = entry_b.record;
  } else {
    more_counterparts_.emplace(entry_a.record, entry_b.record);
  }
  if (!same_sequence(*record_a, *record_b, pair)) {
    states_->follow();
    other_sequence(*record_a, *record_b, pair);
  }
  tails(entry_a, entry_b, *record_a, *record_b, pair);
}

void LaneComparison::value(std::uint32_t pair, std::uint32_t word_a, std::uint32_t word_b,
                           std::uint16_t offset, std::uint32_t a, std::uint32_t b) {
  result_.registers.push_back(
      {pair, word_a, word_b, a, b, offset, classes_.of_bits(offset, a ^ b), true, true});
}

void LaneComparison::address(const Record& a, const Record& b, std::uint32_t pair,
                             std::uint32_t word_a, std::uint32_t word_b, Word from_a, Word from_b) {
  const SymbolicAddress place_a = a_.book.find(a, word_a, from_a),
                        place_b = b_.book.find(b, word_b, from_b);
  addresses_.push_back(
      {pair, word_a, word_b, from_a.offset(), from_a.value(), from_b.value(), place_a, place_b});
}

bool LaneComparison::same_sequence(const Record& a, const Record& b, std::uint32_t pair) {
  if (a.body_words != b.body_words) return false;
  const auto words_a = whole(a), words_b = whole(b);
  if (!words_a || !words_b) return false;
  const std::size_t said = result_.registers.size(), addresses = addresses_.size();
  const std::uint32_t count = a.body_words;
  const auto one = [&](std::uint32_t i) {
    const Word x = (*words_a)[i], y = (*words_b)[i];
    const std::uint64_t bits = x.raw ^ y.raw;
    if (bits == 0 && same_places_) return true;
    if ((bits & ~value_bits) != 0) return false;
    if (classes_.is_address(x.offset())) {
      address(a, b, pair, i, i, x, y);
    } else if (bits != 0) {
      value(pair, i, i, x.offset(), x.value(), y.value());
    }
    return true;
  };
  constexpr std::uint32_t step = 8;
  for (std::uint32_t i = 0; i < count;) {
    const std::uint32_t end = std::min(i + step, count);
    if (same_places_ && end == i + step && equal_words(*words_a, *words_b, i, step)) {
      i = end;
      continue;
    }
    for (; i < end; ++i) {
      if (one(i)) continue;
      result_.registers.resize(said);
      addresses_.resize(addresses);
      return false;
    }
  }
  result_.words += count;
  if (same_places_) skipped_.push_back(pair);
  return true;
}

// Records that write other registers, or in another order, or whose words were not all captured.
void LaneComparison::other_sequence(const Record& a, const Record& b, std::uint32_t pair) {
  const Written written_a(a), written_b(b);
  result_.words += std::max(written_a.entries.size(), written_b.entries.size());
  const bool complete = a.complete() && b.complete();
  const auto effective = [](const Written::Entry* entry, const std::optional<RegisterState>& state,
                            std::uint16_t offset) -> std::optional<std::uint32_t> {
    if (entry != nullptr) return entry->value;
    const Cell* cell = state ? state->find(offset) : nullptr;
    return cell == nullptr ? std::nullopt : std::optional(cell->value);
  };
  const auto one = [&](const Written::Entry* x, const Written::Entry* y) {
    const std::uint16_t offset = x != nullptr ? x->offset : y->offset;
    if (x != nullptr && y != nullptr && classes_.is_address(offset))
      return address(a, b, pair, x->word, y->word, Word::make(x->target, offset, x->value),
                     Word::make(y->target, offset, y->value));
    if (x != nullptr && y != nullptr) {
      if (x->value != y->value) value(pair, x->word, y->word, offset, x->value, y->value);
      return;
    }
    // A word that was not captured says nothing.
    if ((x == nullptr && !a.complete()) || (y == nullptr && !b.complete())) {
      ++result_.not_compared;
      return;
    }
    const auto value_a = effective(x, states_->a, offset),
               value_b = effective(y, states_->b, offset);
    result_.registers.push_back({pair, x != nullptr ? x->word : no_word,
                                 y != nullptr ? y->word : no_word, value_a.value_or(0),
                                 value_b.value_or(0), offset,
                                 x != nullptr ? DifferenceClass::missing : DifferenceClass::extra,
                                 value_a.has_value(), value_b.has_value()});
  };
  for (const Written::Entry& entry : written_a.entries) one(&entry, written_b.find(entry.offset));
  for (const Written::Entry& entry : written_b.entries)
    if (written_a.find(entry.offset) == nullptr) one(nullptr, &entry);
  if (!complete) return;
  // The same writes in another order; which registers differ was said above.
  std::vector<std::uint16_t> common_a, common_b;
  for (const Written::Entry& entry : written_a.entries)
    if (written_b.find(entry.offset) != nullptr) common_a.push_back(entry.offset);
  for (const Written::Entry& entry : written_b.entries)
    if (written_a.find(entry.offset) != nullptr) common_b.push_back(entry.offset);
  const auto first = std::mismatch(common_a.begin(), common_a.end(), common_b.begin());
  if (first.first != common_a.end())
    say(Subject::order, DifferenceClass::order, pair,
        fmt::format("from register {:#06x} / {:#06x} on", *first.first, *first.second));
}

void LaneComparison::tasks(const Task& a, const Task& b, std::uint32_t pair) {
  const auto field = [&](Subject subject, std::string_view name, std::uint32_t x, std::uint32_t y) {
    if (x != y)
      say(subject, DifferenceClass::value, pair, fmt::format("task {} {:#x} / {:#x}", name, x, y));
  };
  field(Subject::task_field, "flags", a.flags, b.flags);
  field(Subject::task_blocks, "enable_mask", a.enable_mask, b.enable_mask);
  field(Subject::task_field, "int_mask", a.int_mask, b.int_mask);
  field(Subject::task_field, "int_clear", a.int_clear, b.int_clear);
  if (a.regcfg_amount != b.regcfg_amount)
    say(Subject::length, DifferenceClass::derived, pair,
        fmt::format("task regcfg_amount {} / {} words", a.regcfg_amount, b.regcfg_amount));
  field(Subject::task_field, "regcfg_offset", a.regcfg_offset, b.regcfg_offset);
}

// Links are compared when all records have found their counterparts; amounts follow from the next
// record's length.
void LaneComparison::tails(const TaskEntry& a, const TaskEntry& b, const Record& record_a,
                           const Record& record_b, std::uint32_t pair) {
  if (record_a.tail == TailForm::missing || record_b.tail == TailForm::missing) {
    if (record_a.tail != record_b.tail) result_.not_compared += tail_words;
    return;
  }
  result_.words += tail_words;
  if (record_a.tail != record_b.tail)
    return say(Subject::tail, DifferenceClass::value, pair,
               fmt::format("tail {} / {}", name_of(record_a.tail), name_of(record_b.tail)));
  for (std::uint32_t i = 1; i < record_a.tail_words && record_a.tail_words == record_b.tail_words;
       ++i) {
    const auto x = record_a.word(record_a.body_words + i),
               y = record_b.word(record_b.body_words + i);
    if (!x || !y || *x == *y) continue;
    if (is_register_amounts(*x) && is_register_amounts(*y) &&
        ((x->value() ^ y->value()) >> 16U) == 0) {
      say(Subject::length, DifferenceClass::derived, pair,
          fmt::format("link amount {} / {}", x->value() & 0xffffU, y->value() & 0xffffU));
    } else if (x->offset() == y->offset() && x->target() == y->target()) {
      value(pair, record_a.body_words + i, record_b.body_words + i, x->offset(), x->value(),
            y->value());
    } else {
      say(Subject::tail, DifferenceClass::value, pair,
          fmt::format("tail word {} {:#018x} / {:#018x}", i, x->raw, y->raw));
    }
  }
  const bool leads_a = a.link_task != no_index, leads_b = b.link_task != no_index;
  if (leads_a && leads_b) {
    links_.push_back({pair, a.link_task, b.link_task});
  } else if (a.link != b.link) {
    say(Subject::link, DifferenceClass::address, pair,
        fmt::format("link {} / {}", name_of(a.link), name_of(b.link)));
  }
}

// Where all known buffers lie at the same places, equal addresses were skipped. An address outside
// of all of them may have moved with a buffer that nobody knows; then the equal ones count too.
void LaneComparison::equal_addresses() {
  const auto unknown = [](const AddressPair& each) {
    return each.place_a.kind == SymbolicAddress::Kind::role ||
           each.place_b.kind == SymbolicAddress::Kind::role;
  };
  if (!same_places_ || std::none_of(addresses_.begin(), addresses_.end(), unknown)) return;
  for (const std::uint32_t pair : skipped_) {
    const Record& a = *a_.set.record_of(result_.pairs[pair].task_a);
    const Record& b = *b_.set.record_of(result_.pairs[pair].task_b);
    a.for_each_body_word([&](std::size_t i, Word word) {
      const auto index = static_cast<std::uint32_t>(i);
      if (classes_.is_address(word.offset()) && b.word(i) == word)
        address(a, b, pair, index, index, word, word);
    });
  }
}

void LaneComparison::finish() {
  equal_addresses();
  for (const AddressPair& each : addresses_) match_.add(each.place_a, each.place_b);
  match_.decide(a_.book, b_.book);
  for (BufferPair& buffers : match_.pairs(a_.book, b_.book)) {
    buffers.set = result_.sets.empty() ? 0 : result_.sets.size() - 1;
    result_.buffers.push_back(buffers);
  }
  for (const AddressPair& each : addresses_)
    if (!match_.corresponds(each.place_a, each.place_b))
      result_.registers.push_back({each.pair, each.word_a, each.word_b, each.a, each.b, each.offset,
                                   DifferenceClass::address, true, true});
  for (const LinkPair& link : links_) {
    const std::size_t record_a = a_.set.tasks[link.task_a].record,
                      record_b = b_.set.tasks[link.task_b].record;
    if (seen(record_a, record_b)) continue;
    say(Subject::link, DifferenceClass::address, link.pair,
        fmt::format("link to task {} / task {}", link.task_a, link.task_b));
  }
  const auto earlier = [](const RegisterDifference& x, const RegisterDifference& y) {
    return std::pair(x.pair, std::min(x.word_a, x.word_b)) <
           std::pair(y.pair, std::min(y.word_a, y.word_b));
  };
  if (!std::is_sorted(result_.registers.begin(), result_.registers.end(), earlier))
    std::stable_sort(result_.registers.begin(), result_.registers.end(), earlier);
  std::stable_sort(
      result_.structure.begin(), result_.structure.end(),
      [](const StructuralDifference& x, const StructuralDifference& y) { return x.pair < y.pair; });
}

}  // namespace npuscope
