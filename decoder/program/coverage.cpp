#include "decoder/program/coverage.h"

#include <algorithm>

#include "decoder/model.h"
#include "decoder/program/task_table.h"

namespace npuscope {

namespace {

// The claims on one buffer; sorted and completed at the end.
class Claims {
 public:
  void add(std::uint64_t offset, std::uint64_t size, RangeKind kind) {
    if (size > 0) ranges_.push_back({offset, size, kind});
  }

  // Ascending and disjoint: where claims overlap the earlier-starting one keeps its bytes.
  [[nodiscard]] std::vector<Range> sorted() && {
    std::stable_sort(ranges_.begin(), ranges_.end(),
                     [](const Range& a, const Range& b) { return a.offset < b.offset; });
    std::vector<Range> result;
    std::uint64_t behind = 0;
    for (Range range : ranges_) {
      const std::uint64_t end = range.offset + range.size;
      if (end <= behind) continue;
      if (range.offset < behind) range = {behind, end - behind, range.kind};
      result.push_back(range);
      behind = end;
    }
    return result;
  }

 private:
  std::vector<Range> ranges_;
};

bool all_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

void append(std::vector<Range>& ranges, Range range) {
  if (range.size == 0) return;
  if (!ranges.empty() && ranges.back().kind == range.kind &&
      ranges.back().offset + ranges.back().size == range.offset) {
    ranges.back().size += range.size;
  } else {
    ranges.push_back(range);
  }
}

// Splits the bytes between two claims by what was captured, and zeros (in whole 64-byte lines) from
// data.
void fill_gap(const Buffer& buffer, std::uint64_t first, std::uint64_t last, bool inside_window,
              std::vector<Range>& ranges) {
  std::uint64_t at = first;
  while (at < last) {
    const auto known = buffer.bytes_from(at);
    if (known.empty()) {
      const auto next = std::find_if(buffer.pieces.begin(), buffer.pieces.end(),
                                     [&](const Piece& p) { return p.offset > at; });
      const std::uint64_t end = next == buffer.pieces.end() ? last : std::min(last, next->offset);
      append(ranges, {at, end - at, RangeKind::not_captured});
      at = end;
      continue;
    }
    const std::uint64_t line_end = std::min(last, (at / record_alignment + 1) * record_alignment);
    const std::uint64_t size = std::min<std::uint64_t>(known.size(), line_end - at);
    const bool zero = all_zero(known.first(static_cast<std::size_t>(size)));
    const RangeKind kind = inside_window ? (zero ? RangeKind::padding : RangeKind::unexplained)
                                         : (zero ? RangeKind::zeros : RangeKind::data);
    append(ranges, {at, size, kind});
    at += size;
  }
}

void claim_records(const ProgramSet& set, std::vector<Claims>& claims) {
  for (const Record& record : set.records) {
    Claims& buffer = claims[record.at.buffer];
    // Only words that are known are claimed; the others stay "not captured".
    for (const WordRun& run : record.runs) {
      const std::uint64_t first = record.at.offset + 8 * run.first;
      const std::size_t body =
          run.first < record.body_words
              ? std::min<std::size_t>(run.words.size(), record.body_words - run.first)
              : 0;
      buffer.add(first, 8 * body, RangeKind::record_body);
      buffer.add(first + 8 * body, 8 * (run.words.size() - body), RangeKind::record_tail);
    }
  }
}

}  // namespace

std::string_view name_of(RangeKind kind) {
  switch (kind) {
    case RangeKind::record_body:
      return "record body";
    case RangeKind::record_tail:
      return "record tail";
    case RangeKind::padding:
      return "padding";
    case RangeKind::task_table:
      return "task table";
    case RangeKind::task_table_copy:
      return "copy of the task table";
    case RangeKind::model_file:
      return "model file";
    case RangeKind::zeros:
      return "zeros";
    case RangeKind::data:
      return "data";
    case RangeKind::not_captured:
      return "not captured";
    case RangeKind::unexplained:
      return "unexplained";
  }
  return "unknown";
}

std::uint64_t Coverage::total(RangeKind kind) const {
  std::uint64_t sum = 0;
  for (const auto& ranges : buffers) {
    for (const Range& range : ranges) sum += range.kind == kind ? range.size : 0;
  }
  return sum;
}

Coverage cover(const Capture& capture, const std::vector<ProgramSet>& sets) {
  std::vector<Claims> claims(capture.buffers.size());
  std::vector<std::pair<std::uint64_t, std::uint64_t>> windows(capture.buffers.size(), {0, 0});
  for (const ProgramSet& set : sets) {
    if (set.table_buffer != no_index) {
      claims[set.table_buffer].add(set.table_offset, task_bytes * set.tasks.size(),
                                   RangeKind::task_table);
    }
    claim_records(set, claims);
    if (set.stream_buffer != no_index && !set.records.empty()) {
      auto& window = windows[set.stream_buffer];
      const auto [first, last] = set.window();
      window = window.second == 0
                   ? std::pair{first, last}
                   : std::pair{std::min(window.first, first), std::max(window.second, last)};
    }
  }
  for (const TaskTable& table : find_task_tables(capture)) {
    // Of a model for another chip there is a table, but no program that we can read.
    if (sets.empty() && capture.model && capture.model->task_buffer == table.buffer) {
      claims[table.buffer].add(table.offset, task_bytes * table.tasks.size(),
                               RangeKind::task_table);
      continue;
    }
    const bool is_primary = std::any_of(sets.begin(), sets.end(), [&](const ProgramSet& set) {
      return set.table_buffer == table.buffer && set.table_offset == table.offset;
    });
    if (!is_primary)
      claims[table.buffer].add(table.offset, task_bytes * table.tasks.size(),
                               RangeKind::task_table_copy);
  }

  Coverage coverage;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    std::vector<Range> ranges;
    if (buffer.role == BufferRole::model) {
      append(ranges, {0, buffer.size, RangeKind::model_file});
    } else {
      std::uint64_t at = 0;
      // Not a structured binding: the lambda below uses them, and clang before 16 refuses that.
      const std::uint64_t low = windows[i].first;
      const std::uint64_t high = windows[i].second;
      const auto fill = [&](std::uint64_t to) {
        // The window decides what a gap is: padding between records, data outside.
        for (const std::uint64_t stop :
             {std::clamp(low, at, std::max(at, to)), std::clamp(high, at, std::max(at, to)), to}) {
          if (stop <= at) continue;
          fill_gap(buffer, at, stop, at >= low && stop <= high, ranges);
          at = stop;
        }
      };
      for (const Range& claim : std::move(claims[i]).sorted()) {
        if (claim.offset >= buffer.size) break;
        fill(claim.offset);
        append(ranges,
               {claim.offset, std::min(claim.size, buffer.size - claim.offset), claim.kind});
        at = claim.offset + claim.size;
      }
      fill(buffer.size);
    }
    coverage.buffers.push_back(std::move(ranges));
  }
  coverage.unexplained = coverage.total(RangeKind::unexplained);
  return coverage;
}

}  // namespace npuscope
