// Rules over the words of the streams: tails and links (E3, chains N1), words between streams,
// overlaps, duplicates (W1), registers outside the known set (W3).
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "decoder/check/view.h"
#include "decoder/program/register_state.h"

namespace npuscope::model_rules {
namespace {

// Amount of the stream at a byte offset. Tasks may share a stream; they then have the same amount.
using Streams = std::map<std::uint64_t, std::uint32_t>;

Streams streams_of(const ProgramView& view, Collector& found) {
  Streams streams;
  for (std::size_t i = 0; i < view.tasks().size(); ++i) {
    const Task& task = view.tasks()[i];
    const auto [at, fresh] = streams.emplace(task.regcmd_addr, task.regcfg_amount);
    if (fresh || at->second == task.regcfg_amount) continue;
    found.error("E3",
                fmt::format("task {}: {} words, another task of the same stream has {}", i,
                            task.regcfg_amount, at->second),
                view.place_of_task(i));
  }
  return streams;
}

void check_tail(const ProgramView& view, std::size_t task, const Streams& streams,
                Collector& found) {
  const WordView record = view.record(task);
  if (record.empty()) return;
  const std::size_t at = record.size() - tail_words;
  const Word link = record[at], amounts = record[at + 1];
  const auto report = [&](std::string text) {
    found.error("E3", fmt::format("task {}: {}", task, text),
                view.place_of_word(view.first_word(task) + at));
  };
  if (!is_register_amounts(amounts))
    report("the second word of the tail is not PC register amounts");
  if (!is_marker(record[at + 2])) report("the marker word of the tail is missing");
  if (!is_operation_enable(record[at + 3])) {
    report("the tail does not end with an operation enable");
  } else if (record[at + 3].value() != view.tasks()[task].enable_mask) {
    report(fmt::format("the tail enables {:#x}, the task {:#x}", record[at + 3].value(),
                       view.tasks()[task].enable_mask));
  }
  const std::uint32_t amount = amounts.value() & 0xffffU;
  if (link.raw == 0) {
    if (amount != 0) report(fmt::format("no link, but an amount of {:#x}", amount));
    return;
  }
  if (!is_link(link)) return report("the first word of the tail is neither a link nor zero");
  const auto target = streams.find(link.value());
  if (target == streams.end())
    return report(fmt::format("link to {:#x}, where no stream starts", link.value()));
  if (amount != (link_amount(target->second) & 0xffffU)) {
    report(fmt::format("link amount {:#x}, the stream of {} words needs {:#x}", amount,
                       target->second, link_amount(target->second)));
  }
}

// The chain of links should visit a list in table order. Where it does not, the table is right: a
// stream shared with list 0 points on into list 0 (lists 1 and 3 of real files, at node borders).
void count_departures(const ProgramView& view, Collector& found) {
  for (std::size_t list = 0; list < list_count; ++list) {
    const auto [first, end] = view.list(list);
    std::size_t departures = 0;
    for (std::size_t i = first; i < end; ++i) {
      const WordView record = view.record(i);
      if (record.empty()) continue;
      const Word link = record[record.size() - tail_words];
      const std::uint64_t next = i + 1 < end ? view.tasks()[i + 1].regcmd_addr : 0;
      departures += i + 1 < end ? !is_link(link) || link.value() != next : link.raw != 0;
    }
    if (departures == 0) continue;
    found.note(
        "N1",
        fmt::format("in list {} the chain departs from the task table {} times", list, departures),
        view.table().place);
  }
}

void check_gaps(const ProgramView& view, const Streams& streams, Collector& found) {
  std::uint64_t end = 0;
  const std::uint64_t size = view.words().size();
  const auto scan = [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < std::min(to, size); ++i) {
      if (view.words()[static_cast<std::size_t>(i)].raw == 0) continue;
      found.warning("W1", fmt::format("word {} lies outside all streams and is not zero", i),
                    view.place_of_word(static_cast<std::size_t>(i)));
    }
  };
  for (const auto& [address, amount] : streams) {
    const std::uint64_t first = address / 8;
    if (first < end) {
      found.warning("W1", fmt::format("the stream at {:#x} overlaps the one before it", address),
                    view.place_of_word(static_cast<std::size_t>(first)));
    }
    scan(end, first);
    end = std::max(end, first + amount + tail_words);
  }
  scan(end, size);
}

bool is_pointer_setting(const ProgramView& view, Word word) {
  const std::uint32_t value = word.value();
  // Old streams set CNA and CORE pointers themselves, with the core number in bits 31..28.
  if (view.model().container_version < 6) return (value & 0x0fffffffU) == 0xe || value == 0x30;
  return value == 0xe || value == 0x30;
}

void check_body(const ProgramView& view, std::size_t task,
                std::map<std::uint64_t, std::uint32_t>& seen, Collector& found) {
  seen.clear();
  const WordView body = view.body(task);
  for (std::size_t i = 0; i < body.size(); ++i) {
    const Word word = body[i];
    const auto place = [&] { return view.place_of_word(view.first_word(task) + i); };
    const auto block = block_of_target(word.target());
    const bool pointer = block && facts_of(*block).s_pointer == word.offset();
    const bool old_pointer = pointer && view.model().container_version < 6;
    if (!old_pointer && (!block || place_in_set(*block, word.offset()) < 0)) {
      found.warning("W3",
                    fmt::format("task {}: register {:04x}:{:04x} is outside the known set", task,
                                word.target(), word.offset()),
                    place());
    }
    if (pointer && !is_pointer_setting(view, word)) {
      found.warning("W3",
                    fmt::format("task {}: S_POINTER {:04x} is set to {:#x}", task, word.offset(),
                                word.value()),
                    place());
    }
    if (is_port(word.offset())) continue;
    const auto [at, fresh] = seen.emplace(word.raw & 0xffff00000000ffffU, word.value());
    if (fresh || at->second == word.value()) continue;
    found.warning("W1",
                  fmt::format("task {}: register {:04x} is written twice with different values",
                              task, word.offset()),
                  place());
    at->second = word.value();
  }
}

}  // namespace

void check_tails(const ProgramView& view, Collector& found) {
  const Streams streams = streams_of(view, found);
  for (std::size_t i = 0; i < view.tasks().size(); ++i) check_tail(view, i, streams, found);
  if (view.model().has_lists) count_departures(view, found);
}

void check_words(const ProgramView& view, Collector& found) {
  Collector silent;
  check_gaps(view, streams_of(view, silent), found);
  if (!view.model().is_rk3588()) return;
  std::map<std::uint64_t, bool> done;
  std::map<std::uint64_t, std::uint32_t> seen;
  for (std::size_t i = 0; i < view.tasks().size(); ++i) {
    if (!done.emplace(view.tasks()[i].regcmd_addr, true).second) continue;
    check_body(view, i, seen, found);
  }
}

}  // namespace npuscope::model_rules
