#include "decoder/program/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace npuscope {

namespace {

bool is_tail_word(Word word) {
  return is_link(word) || is_register_amounts(word) || is_marker(word) || is_operation_enable(word);
}

bool is_standard_tail(const Record& record, std::uint32_t enable_mask) {
  const std::size_t at = record.body_words;
  const auto link = record.word(at), amounts = record.word(at + 1), marker = record.word(at + 2),
             enable = record.word(at + 3);
  return link && amounts && marker && enable && (link->raw == 0 || is_link(*link)) &&
         is_register_amounts(*amounts) && is_marker(*marker) && is_operation_enable(*enable) &&
         enable->value() == enable_mask;
}

// How many words of a tail are there where the capture ends before its OPERATION_ENABLE.
std::uint32_t begun_tail(const Record& record, std::uint32_t amount) {
  const std::size_t at = amount;
  const auto link = record.word(at), amounts = record.word(at + 1), marker = record.word(at + 2);
  if (!link || !(link->raw == 0 || is_link(*link))) return 0;
  if (!amounts || !is_register_amounts(*amounts)) return link->raw == 0 ? 0 : 1;  // 0: padding
  return marker && is_marker(*marker) ? 3 : 2;
}

// Hand-written clients count the tail inside the amount, leave words out, or have no_index at all.
// The tail then is what follows the last register write, up to OPERATION_ENABLE.
void find_foreign_tail(Record& record, std::uint32_t amount) {
  const std::size_t known = record.runs.empty() ? 0 : record.runs.front().words.size();
  std::size_t end = 0;
  for (std::size_t i = 0; i < known; ++i) {
    if (is_operation_enable(*record.word(i))) {
      end = i + 1;
      break;
    }
  }
  if (end == 0) {
    record.body_words = amount;
    record.tail_words = begun_tail(record, amount);
    record.tail = TailForm::missing;
  } else {
    std::size_t first = end - 1;
    while (first > 0 && (is_tail_word(*record.word(first - 1)) || record.word(first - 1)->raw == 0))
      --first;
    record.body_words = static_cast<std::uint32_t>(first);
    record.tail_words = static_cast<std::uint32_t>(end - first);
    record.tail = TailForm::foreign;
  }
  for (WordRun& run : record.runs) {
    const std::size_t limit = record.total_words();
    if (run.first + run.words.size() > limit) {
      run.words = run.words.subview(0, limit > run.first ? limit - run.first : 0);
    }
  }
  std::erase_if(record.runs, [](const WordRun& run) { return run.words.empty(); });
}

}  // namespace

Record cut_record(const Buffer& buffer, std::size_t buffer_index, std::uint64_t offset,
                  const Task& task) {
  Record record;
  record.at = {buffer_index, offset};
  record.body_words = task.regcfg_amount;
  record.tail_words = npuscope::tail_words;
  const std::uint64_t end = offset + 8 * record.total_words();
  for (const Piece& piece : buffer.pieces) {
    const std::uint64_t first = std::max(piece.offset, offset);
    const std::uint64_t last = std::min(piece.end(), end);
    if (first >= last) continue;
    const std::uint64_t skip = (8 - (first - offset) % 8) % 8;  // whole words only
    if (first + skip + 8 > last) continue;
    const auto bytes = piece.bytes.subspan(static_cast<std::size_t>(first + skip - piece.offset),
                                           static_cast<std::size_t>(last - first - skip));
    record.runs.push_back({static_cast<std::size_t>((first + skip - offset) / 8), WordView(bytes)});
  }
  // A record that was captured begins with its first word. Words in its middle alone come from
  // something else that was printed (a tool that took commands for tasks); filtered text may lack
  // any word.
  if (buffer.trust != Trust::filtered && !record.runs.empty() && record.runs.front().first != 0) {
    record.runs.clear();
  }
  if (record.runs.empty()) return record;
  // Where words are missing the form of a tail cannot be judged; its position is what counts.
  if (buffer.trust == Trust::filtered || is_standard_tail(record, task.enable_mask)) {
    record.tail = TailForm::standard;
  } else {
    find_foreign_tail(record, task.regcfg_amount);
    // The capture ends before the record could, the buffer does not: words of a tail that nobody
    // captured.
    const std::uint64_t behind = offset + 8 * record.total_words();
    if (record.tail == TailForm::missing && end <= buffer.size &&
        buffer.bytes_from(behind).empty()) {
      record.tail_words = npuscope::tail_words;
    }
  }
  return record;
}

void segment(const Capture& capture, ProgramSet& set) {
  if (set.stream_buffer == no_index) return;
  const Buffer& buffer = capture.buffers[set.stream_buffer];
  set.stream_size = buffer.size;
  std::unordered_map<std::uint64_t, std::size_t> by_offset;
  std::size_t missing = 0, foreign = 0, conflicting = 0;
  for (std::size_t i = 0; i < set.tasks.size(); ++i) {
    TaskEntry& entry = set.tasks[i];
    const std::uint64_t offset = entry.task.regcmd_addr - set.base;
    const auto known = by_offset.find(offset);
    if (known != by_offset.end()) {
      entry.record = known->second;
      const Task& owner = set.tasks[set.records[known->second].first_task].task;
      if (owner.regcfg_amount != entry.task.regcfg_amount) ++conflicting;
      continue;
    }
    Record record = cut_record(buffer, set.stream_buffer, offset, entry.task);
    if (record.runs.empty()) {
      ++missing;
      continue;
    }
    if (record.tail == TailForm::foreign || record.tail == TailForm::missing) ++foreign;
    record.first_task = i;
    entry.record = set.records.size();
    by_offset.emplace(offset, set.records.size());
    set.records.push_back(std::move(record));
  }
  if (missing > 0) {
    const std::uint64_t first = set.tasks.front().task.regcmd_addr - set.base;
    std::string text = fmt::format(
        "{} of {} tasks have no words in this capture: the first record lies at {} + {:#x}",
        missing, set.tasks.size(), buffer.name, first);
    if (!buffer.pieces.empty()) {
      text += fmt::format(", captured are {:#x}..{:#x}", buffer.pieces.front().offset,
                          buffer.pieces.back().end());
    }
    set.diagnostics.push_back({Severity::warning, std::move(text), buffer.place});
  }
  if (foreign > 0) {
    set.diagnostics.push_back({Severity::warning,
                               fmt::format("{} records have a non-standard tail", foreign),
                               buffer.place});
  }
  if (conflicting > 0) {
    set.diagnostics.push_back(
        {Severity::warning,
         fmt::format("{} tasks name a record of another task with another amount", conflicting),
         buffer.place});
  }
}

void classify_links(ProgramSet& set) {
  std::unordered_map<std::uint64_t, std::size_t> record_at;
  for (std::size_t i = 0; i < set.records.size(); ++i)
    record_at.emplace(set.records[i].at.offset, i);

  // Which records the first (1-core) program uses, and which lane each task is in.
  std::vector<bool> shared(set.records.size(), false);
  std::vector<std::size_t> lane_end(set.tasks.size(), set.tasks.size());
  std::vector<bool> in_first(set.tasks.size(), false);
  bool first_program = true;
  for (const Program& program : set.programs) {
    for (const Lane& lane : program.lanes) {
      for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
        lane_end[t] = lane.first + lane.count;
        in_first[t] = first_program;
        if (first_program && set.tasks[t].record != no_index) shared[set.tasks[t].record] = true;
      }
    }
    first_program = false;
  }

  for (std::size_t t = 0; t < set.tasks.size(); ++t) {
    TaskEntry& entry = set.tasks[t];
    const Record* record = set.record_of(t);
    if (record == nullptr || record->tail == TailForm::missing) continue;
    const auto word = record->word(record->body_words);
    if (!word) continue;
    if (!is_link(*word) || word->value() == 0) {
      entry.link = LinkKind::end;
      continue;
    }
    const std::uint64_t offset =
        (std::uint64_t{word->value()} & ~std::uint64_t{0xf}) - set.link_base;
    const auto found = record_at.find(offset);
    if (found == record_at.end()) {
      entry.link = LinkKind::broken;
      continue;
    }
    const std::size_t target = found->second;
    entry.link_task = set.records[target].first_task;
    entry.link = LinkKind::other_record;
    if (t + 1 < set.tasks.size() && set.tasks[t + 1].record == target) {
      entry.link = LinkKind::next;
      entry.link_task = t + 1;
    } else if (!in_first[t] && shared[entry.record]) {
      entry.link = LinkKind::shared_continues_1core;
    } else {
      // Forward, over entries that are shared with the 1-core lane only.
      for (std::size_t k = t + 1; k < lane_end[t]; ++k) {
        if (set.tasks[k].record == target) {
          entry.link = LinkKind::jump_over_shared;
          entry.link_task = k;
          break;
        }
        if (set.tasks[k].record != no_index && !shared[set.tasks[k].record]) break;
      }
    }
  }
}

}  // namespace npuscope
