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
  if (!record.complete() || record.runs.size() != 1) return std::nullopt;
  return record.runs.front().words;
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

LaneComparison::LaneComparison(const ComparedSet& a, const ComparedSet& b,
                               const RegisterClasses& classes, Comparison& result)
    : a_(a),
      b_(b),
      classes_(classes),
      result_(result),
      same_places_(AddressBook::same_places(a.book, b.book)) {}

void LaneComparison::say(DifferenceClass kind, std::uint32_t pair, std::string text) {
  result_.structure.push_back({kind, pair, std::move(text)});
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

bool LaneComparison::same_registers(WordView a, WordView b) const {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (((a[i].raw ^ b[i].raw) & ~value_bits) != 0) return false;
  return true;
}

bool LaneComparison::follows_state(const std::vector<std::pair<std::size_t, std::size_t>>& pairs,
                                   const Lane& a, const Lane& b) const {
  return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
    if (pair.first == no_index || pair.second == no_index) return true;
    const Record* x = a_.set.record_of(a.first + pair.first);
    const Record* y = b_.set.record_of(b.first + pair.second);
    if (x == nullptr || y == nullptr) return false;
    const auto words_x = whole(*x), words_y = whole(*y);
    return !words_x || !words_y || x->body_words != y->body_words ||
           !same_registers(words_x->subview(0, x->body_words), words_y->subview(0, y->body_words));
  });
}

void LaneComparison::lane(const Lane& a, const Lane& b, const RecordPair& where) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  if (a.count == b.count) {
    for (std::size_t i = 0; i < a.count; ++i) pairs.emplace_back(i, i);
  } else {
    pairs = align(keys(a_, a), keys(b_, b));
  }
  RegisterState state_a, state_b;
  const bool follow = follows_state(pairs, a, b);
  state_a_ = follow ? &state_a : nullptr;
  state_b_ = follow ? &state_b : nullptr;
  for (const auto& [i, j] : pairs) {
    const std::size_t task_a = i == no_index ? no_index : a.first + i;
    const std::size_t task_b = j == no_index ? no_index : b.first + j;
    if (follow) {
      if (task_a != no_index && a_.set.record_of(task_a) != nullptr)
        state_a.apply(task_a, *a_.set.record_of(task_a));
      if (task_b != no_index && b_.set.record_of(task_b) != nullptr)
        state_b.apply(task_b, *b_.set.record_of(task_b));
    }
    record(task_a, task_b, where);
    if (follow) {
      if (task_a != no_index) state_a.launch(a_.set.tasks[task_a].task.enable_mask);
      if (task_b != no_index) state_b.launch(b_.set.tasks[task_b].task.enable_mask);
    }
  }
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
    return say(DifferenceClass::extra, pair, fmt::format("task {} of B", task_b));
  if (task_b == no_index)
    return say(DifferenceClass::missing, pair, fmt::format("task {} of A", task_a));
  const TaskEntry &entry_a = a_.set.tasks[task_a], &entry_b = b_.set.tasks[task_b];
  const Record *record_a = a_.set.record_of(task_a), *record_b = b_.set.record_of(task_b);
  // A record that several tasks share is compared once.
  if (record_a != nullptr && record_b != nullptr &&
      !seen_.emplace(entry_a.record, entry_b.record).second)
    return;
  tasks(entry_a.task, entry_b.task, pair);
  if (record_a == nullptr || record_b == nullptr) {
    result_.not_compared += record_a != nullptr   ? record_a->known_words()
                            : record_b != nullptr ? record_b->known_words()
                                                  : 0;
    return;
  }
  ++result_.records;
  counterparts_.emplace(entry_a.record, entry_b.record);
  const auto words_a = whole(*record_a), words_b = whole(*record_b);
  if (words_a && words_b && record_a->body_words == record_b->body_words && state_a_ == nullptr) {
    same_sequence(*record_a, *record_b, pair);
  } else {
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
  match_.add(place_a, place_b);
  addresses_.push_back(
      {pair, word_a, word_b, from_a.offset(), from_a.value(), from_b.value(), place_a, place_b});
}

void LaneComparison::same_sequence(const Record& a, const Record& b, std::uint32_t pair) {
  const WordView words_a = a.runs.front().words, words_b = b.runs.front().words;
  const std::uint32_t count = a.body_words;
  result_.words += count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Word x = words_a[i], y = words_b[i];
    if (x == y && same_places_) continue;
    if (classes_.is_address(x.offset())) {
      address(a, b, pair, i, i, x, y);
    } else if (x != y) {
      value(pair, i, i, x.offset(), x.value(), y.value());
    }
  }
}

// Records that write other registers, or in another order, or whose words were not all captured.
void LaneComparison::other_sequence(const Record& a, const Record& b, std::uint32_t pair) {
  const Written written_a(a), written_b(b);
  result_.words += std::max(written_a.entries.size(), written_b.entries.size());
  const bool complete = a.complete() && b.complete();
  const auto effective = [](const Written::Entry* entry, const RegisterState* state,
                            std::uint16_t offset) -> std::optional<std::uint32_t> {
    if (entry != nullptr) return entry->value;
    const Cell* cell = state == nullptr ? nullptr : state->find(offset);
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
    const auto value_a = effective(x, state_a_, offset), value_b = effective(y, state_b_, offset);
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
    say(DifferenceClass::order, pair,
        fmt::format("from register {:#06x} / {:#06x} on", *first.first, *first.second));
}

void LaneComparison::tasks(const Task& a, const Task& b, std::uint32_t pair) {
  const auto field = [&](std::string_view name, std::uint32_t x, std::uint32_t y,
                         DifferenceClass kind) {
    if (x != y) say(kind, pair, fmt::format("task {} {:#x} / {:#x}", name, x, y));
  };
  field("flags", a.flags, b.flags, DifferenceClass::value);
  field("enable_mask", a.enable_mask, b.enable_mask, DifferenceClass::value);
  field("int_mask", a.int_mask, b.int_mask, DifferenceClass::value);
  field("int_clear", a.int_clear, b.int_clear, DifferenceClass::value);
  field("regcfg_amount", a.regcfg_amount, b.regcfg_amount, DifferenceClass::derived);
  field("regcfg_offset", a.regcfg_offset, b.regcfg_offset, DifferenceClass::value);
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
    return say(DifferenceClass::value, pair,
               fmt::format("tail {} / {}", name_of(record_a.tail), name_of(record_b.tail)));
  for (std::uint32_t i = 1; i < record_a.tail_words && record_a.tail_words == record_b.tail_words;
       ++i) {
    const auto x = record_a.word(record_a.body_words + i),
               y = record_b.word(record_b.body_words + i);
    if (!x || !y || *x == *y) continue;
    if (is_register_amounts(*x) && is_register_amounts(*y) &&
        ((x->value() ^ y->value()) >> 16U) == 0) {
      say(DifferenceClass::derived, pair,
          fmt::format("link amount {:#x} / {:#x}", x->value() & 0xffffU, y->value() & 0xffffU));
    } else if (x->offset() == y->offset() && x->target() == y->target()) {
      value(pair, record_a.body_words + i, record_b.body_words + i, x->offset(), x->value(),
            y->value());
    } else {
      say(DifferenceClass::value, pair,
          fmt::format("tail word {} {:#018x} / {:#018x}", i, x->raw, y->raw));
    }
  }
  const bool leads_a = a.link_task != no_index, leads_b = b.link_task != no_index;
  if (leads_a && leads_b) {
    links_.push_back({pair, a.link_task, b.link_task});
  } else if (a.link != b.link) {
    say(DifferenceClass::address, pair,
        fmt::format("link {} / {}", name_of(a.link), name_of(b.link)));
  }
}

void LaneComparison::finish() {
  match_.decide(a_.book, b_.book);
  for (const AddressPair& each : addresses_)
    if (!match_.corresponds(each.place_a, each.place_b))
      result_.registers.push_back({each.pair, each.word_a, each.word_b, each.a, each.b, each.offset,
                                   DifferenceClass::address, true, true});
  for (const LinkPair& link : links_) {
    const std::size_t record_a = a_.set.tasks[link.task_a].record,
                      record_b = b_.set.tasks[link.task_b].record;
    if (counterparts_.contains({record_a, record_b})) continue;
    say(DifferenceClass::address, link.pair,
        fmt::format("link to task {} / task {}", link.task_a, link.task_b));
  }
  std::stable_sort(result_.registers.begin(), result_.registers.end(),
                   [](const RegisterDifference& x, const RegisterDifference& y) {
                     return std::pair(x.pair, std::min(x.word_a, x.word_b)) <
                            std::pair(y.pair, std::min(y.word_a, y.word_b));
                   });
  std::stable_sort(
      result_.structure.begin(), result_.structure.end(),
      [](const StructuralDifference& x, const StructuralDifference& y) { return x.pair < y.pair; });
}

}  // namespace npuscope
