// Who wrote what: the answers of `query` over random lanes against a replay of their own.
//
// The replay keeps no registers. It is the list of everything that happened in the lane, words and
// launches in order, and looks backwards in it: who consumed a register is the last word before
// that set it while its block prepared the same bank. It shares no code with RegisterState.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "decoder/query/dead_words.h"
#include "decoder/query/provenance.h"
#include "tests/property/holds.h"

namespace npuscope::testing {
namespace {

using query::DeadKind;
using query::LaneRecord;
using query::OriginKind;

// Blocks: bit of OPERATION_ENABLE, target, page; rows of the hardware description.
struct BlockRow {
  Block block;
  unsigned enable_bit;
  std::uint16_t target, page;
};
constexpr std::array<BlockRow, 6> rows{{{Block::cna, 0, 0x0201, 0x1000},
                                        {Block::core, 2, 0x0801, 0x3000},
                                        {Block::dpu, 3, 0x1001, 0x4000},
                                        {Block::dpu_rdma, 4, 0x2001, 0x5000},
                                        {Block::ppu, 5, 0x4001, 0x6000},
                                        {Block::ppu_rdma, 6, 0x8001, 0x7000}}};

struct TaskPlan {
  std::vector<Word> body;
  std::uint32_t enable_mask = 0;
  std::set<std::size_t> lost;  // indices of words that were not captured
};
using LanePlan = std::vector<TaskPlan>;

// Few registers, so that they meet; the first of them is S_POINTER.
Word random_word(bool vendor_pointers) {
  const auto& row = rows[*rc::gen::inRange<std::size_t>(0, rows.size())];
  const auto reg = *rc::gen::inRange<std::uint16_t>(0, 5);
  const auto offset = static_cast<std::uint16_t>(row.page + 4 + 4 * reg);
  if (reg > 0) return Word::make(row.target, offset, *rc::gen::inRange<std::uint32_t>(0, 3));
  // 0xe: the banks alternate. Others: one bank, bit 0 says which; bit 4: back to the first.
  if (vendor_pointers) return Word::make(row.target, offset, 0x0e);
  return Word::make(row.target, offset,
                    *rc::gen::element<std::uint32_t>(0x0e, 0x0e, 0x0c, 0x0d, 0x1e, 0x30));
}

LanePlan random_lane(bool with_gaps, bool vendor_pointers) {
  LanePlan lane(*rc::gen::inRange<std::size_t>(1, 9));
  for (TaskPlan& task : lane) {
    const auto words = *rc::gen::inRange<std::size_t>(0, 14);
    for (std::size_t i = 0; i < words; ++i) {
      task.body.push_back(random_word(vendor_pointers));
      // Pointers are taken to be captured: what an unknown one would do to the banks is not known.
      const bool pointer = (task.body.back().offset() & 0xfffU) == 4;
      if (with_gaps && !pointer && *rc::gen::inRange(0, 20) == 0) task.lost.insert(i);
    }
    task.enable_mask = *rc::gen::element<std::uint32_t>(0x0d, 0x18, 0x60, 0x1d, 0x08, 0x00);
  }
  return lane;
}

// The lane as an input of its own; `words` backs its views.
Opened opened(const LanePlan& lane, std::vector<Word>& words) {
  for (const TaskPlan& task : lane) {
    words.insert(words.end(), task.body.begin(), task.body.end());
    words.push_back(Word::make(0x0081, 0x0008, task.enable_mask));
  }
  Opened input;
  input.capture.buffers.resize(1);
  ProgramSet set;
  const WordView all(std::as_bytes(std::span(words)));
  std::size_t first = 0;
  for (const TaskPlan& task : lane) {
    Record record;
    record.at = {0, 8 * first};
    record.body_words = static_cast<std::uint32_t>(task.body.size());
    record.tail_words = 1;
    std::size_t from = 0;
    for (const std::size_t gap : task.lost) {
      if (gap > from) record.runs.push_back({from, all.subview(first + from, gap - from)});
      from = gap + 1;
    }
    record.runs.push_back({from, all.subview(first + from, task.body.size() + 1 - from)});
    TaskEntry entry;
    entry.task.enable_mask = task.enable_mask;
    entry.record = set.records.size();
    set.records.push_back(std::move(record));
    set.tasks.push_back(entry);
    first += task.body.size() + 1;
  }
  set.programs.push_back({1, {{0, 0, lane.size()}}, true});
  input.sets.push_back(std::move(set));
  return input;
}

struct Event {
  std::size_t task = 0;
  std::size_t index = 0;  // of the word
  Word word;
  unsigned bank = 0;  // that the block of the word prepares, before the word acts
  bool lost = false;
};

// Everything that happened, each word with the bank that it meets.
std::vector<Event> history(const LanePlan& lane) {
  std::vector<Event> events;
  std::map<std::uint16_t, unsigned> bank, alternates;
  for (const auto& row : rows) alternates[row.target] = 1;
  for (std::size_t task = 0; task < lane.size(); ++task) {
    for (std::size_t i = 0; i < lane[task].body.size(); ++i) {
      const Word word = lane[task].body[i];
      events.push_back({task, i, word, bank[word.target()], lane[task].lost.contains(i)});
      if ((word.offset() & 0xfffU) != 4) continue;
      alternates[word.target()] = word.value() >> 1U & 1U;
      if ((word.value() & 0x10U) != 0) {
        bank[word.target()] = 0;
      } else if (alternates[word.target()] == 0) {
        bank[word.target()] = word.value() & 1U;
      }
    }
    for (const auto& row : rows) {
      // A launch: an event without a word, in the bank that it consumes.
      if ((lane[task].enable_mask >> row.enable_bit & 1U) == 0) continue;
      events.push_back({task, no_index, Word::make(row.target, 0, 0), bank[row.target], false});
      bank[row.target] ^= alternates[row.target];
    }
  }
  return events;
}

// The last known word that set the register for this launch.
std::optional<Event> setter(const std::vector<Event>& events, std::size_t launch,
                            std::uint16_t offset) {
  for (std::size_t i = launch; i-- > 0;) {
    const Event& event = events[i];
    if (event.index == no_index || event.word.target() != events[launch].word.target()) continue;
    const bool single = (event.word.offset() & 0xfffU) < 8;
    if (event.word.offset() == offset && !event.lost &&
        (single || event.bank == events[launch].bank))
      return event;
  }
  return std::nullopt;
}

// Compares every register of every task; gives how many had a setter.
void compare_origins(const LanePlan& lane) {
  std::vector<Word> words;
  const Opened input = opened(lane, words);
  const std::vector<Event> events = history(lane);
  query::for_each_record(input, [&](const LaneRecord& record) {
    for (const auto& row : rows) {
      const auto launch = std::find_if(events.begin(), events.end(), [&](const Event& event) {
        return event.index == no_index && event.task == record.place.task &&
               event.word.target() == row.target;
      });
      for (std::uint16_t reg = 0; reg < 5; ++reg) {
        const auto offset = static_cast<std::uint16_t>(row.page + 4 + 4 * reg);
        const query::Origin origin = query::origin_of(record, row.block, offset);
        RC_ASSERT((launch == events.end()) == (origin.kind == OriginKind::not_running));
        if (launch == events.end()) continue;
        const auto expected =
            setter(events, static_cast<std::size_t>(launch - events.begin()), offset);
        RC_ASSERT(origin.has_value() == expected.has_value());
        RC_ASSERT(expected.has_value() || origin.kind == OriginKind::never_written);
        if (!expected) continue;
        RC_ASSERT(origin.task == expected->task);
        RC_ASSERT(origin.word == expected->index);
        RC_ASSERT(origin.value == expected->word.value());
        RC_ASSERT((origin.kind == OriginKind::written) == (expected->task == record.place.task));
      }
    }
  });
}

TEST(QueryProperty, WhoWroteIsTheLastWordOfTheBank) {
  check("pointers as vendors set them", [] { compare_origins(random_lane(false, true)); });
  check("pointers of any kind", [] { compare_origins(random_lane(false, false)); });
}

// What a gap hides is unknown; what is said in spite of it is still right.
TEST(QueryProperty, AGapMakesAnswersUnknownNeverWrong) {
  check("any lane with gaps", [] {
    LanePlan lane = random_lane(true, false);
    std::vector<Word> words, all_words;
    const Opened input = opened(lane, words);
    LanePlan whole = lane;
    for (TaskPlan& task : whole) task.lost.clear();
    const Opened all = opened(whole, all_words);
    std::map<std::pair<std::size_t, std::uint16_t>, query::Origin> truth;
    const auto each_origin = [](const LaneRecord& record, const auto& visit) {
      for (const auto& row : rows)
        for (std::uint16_t reg = 0; reg < 5; ++reg) {
          const auto offset = static_cast<std::uint16_t>(row.page + 4 + 4 * reg);
          visit(offset, query::origin_of(record, row.block, offset));
        }
    };
    query::for_each_record(all, [&](const LaneRecord& record) {
      each_origin(record, [&](std::uint16_t offset, const query::Origin& origin) {
        truth[{record.place.task, offset}] = origin;
      });
    });
    query::for_each_record(input, [&](const LaneRecord& record) {
      each_origin(record, [&](std::uint16_t offset, const query::Origin& origin) {
        const query::Origin& real = truth[{record.place.task, offset}];
        RC_ASSERT((origin.kind == OriginKind::not_running) ==
                  (real.kind == OriginKind::not_running));
        RC_ASSERT(origin.kind != OriginKind::never_written ||
                  real.kind == OriginKind::never_written);
        if (!origin.has_value() || !lane[origin.task].lost.empty()) return;
        RC_ASSERT(origin.task == real.task);
        RC_ASSERT(origin.word == real.word);
      });
    });
  });
}

// A word is dead exactly if no task names it as the setter of a value.
TEST(QueryProperty, DeadWordsAreThoseThatNobodyConsumes) {
  check("any lane", [] {
    const LanePlan lane = random_lane(false, *rc::gen::arbitrary<bool>());
    std::vector<Word> words;
    const Opened input = opened(lane, words);
    const std::vector<Event> events = history(lane);
    std::set<std::pair<std::size_t, std::size_t>> consumed, expected, found;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].index != no_index) continue;
      for (const auto& row : rows) {
        if (row.target != events[i].word.target()) continue;
        for (std::uint16_t reg = 1; reg < 5; ++reg)
          if (const auto by = setter(events, i, static_cast<std::uint16_t>(row.page + 4 + 4 * reg)))
            consumed.insert({by->task, by->index});
      }
    }
    for (const Event& event : events) {
      const bool pointer = (event.word.offset() & 0xfffU) == 4;
      if (event.index != no_index && !pointer && !consumed.contains({event.task, event.index}))
        expected.insert({event.task, event.index});
    }
    const ProgramSet& set = input.sets[0];
    for (const query::DeadWord& dead : query::dead_words(set, set.programs[0].lanes[0])) {
      RC_ASSERT(dead.word == lane[dead.task].body[dead.index]);
      RC_ASSERT(found.insert({dead.task, dead.index}).second);
      if (dead.kind == DeadKind::unconsumed) continue;
      // What took its place sets the same register later.
      const Word by = lane[dead.by_task].body[dead.by_index];
      RC_ASSERT(by.offset() == dead.word.offset() && by.value() == dead.by_value);
      RC_ASSERT(std::pair(dead.by_task, dead.by_index) > std::pair(dead.task, dead.index));
      RC_ASSERT((dead.kind == DeadKind::repeated) ==
                (dead.by_task == dead.task && dead.by_value == dead.word.value()));
    }
    RC_ASSERT(found == expected);
  });
}

}  // namespace
}  // namespace npuscope::testing
