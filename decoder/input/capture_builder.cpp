#include "decoder/input/capture_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace npuscope {

Buffer& CaptureBuilder::select_gem(std::uint32_t number) {
  for (std::size_t i = 0; i < capture_.buffers.size(); ++i) {
    if (capture_.buffers[i].gem == number) {
      current_ = i;
      return capture_.buffers[i];
    }
  }
  Buffer buffer;
  buffer.name = fmt::format("GEM {}", number);
  buffer.gem = number;
  buffer.trust = Trust::text;
  capture_.buffers.push_back(std::move(buffer));
  known_.emplace_back();
  current_ = capture_.buffers.size() - 1;
  return capture_.buffers.back();
}

Buffer& CaptureBuilder::select_named(std::string_view name) {
  for (std::size_t i = 0; i < capture_.buffers.size(); ++i) {
    if (capture_.buffers[i].name == name) {
      current_ = i;
      return capture_.buffers[i];
    }
  }
  Buffer buffer;
  buffer.name = name;
  buffer.trust = Trust::text;
  capture_.buffers.push_back(std::move(buffer));
  known_.emplace_back();
  current_ = capture_.buffers.size() - 1;
  return capture_.buffers.back();
}

Buffer& CaptureBuilder::current() {
  if (current_ >= capture_.buffers.size()) return select_named("words");
  return capture_.buffers[current_];
}

void CaptureBuilder::add_bytes(Buffer& buffer, std::uint64_t offset,
                               std::span<const std::byte> bytes, const Place& place) {
  if (bytes.empty()) return;
  if (offset > max_buffer_bytes || bytes.size() > max_buffer_bytes - offset) {
    capture_.warn(
        fmt::format("{}: offset {:#x} lies beyond 4 GiB, bytes ignored", buffer.name, offset),
        place);
    return;
  }
  Known& known = known_[static_cast<std::size_t>(&buffer - capture_.buffers.data())];
  const std::uint64_t end = offset + bytes.size();

  // The run that holds or touches `offset`, if any.
  auto at = known.runs.upper_bound(offset);
  if (at != known.runs.begin() && std::prev(at)->second.end() >= offset) {
    --at;
  } else {
    at = known.runs.emplace_hint(at, offset, Run{offset, {}});
  }
  Run& run = at->second;

  // Bytes that are known already must agree; the others are appended, up to the next run, which is
  // then swallowed.
  std::uint64_t position = offset;
  while (position < end) {
    if (position < run.end()) {
      const auto count = static_cast<std::size_t>(std::min(end, run.end()) - position);
      if (std::memcmp(run.bytes.data() + (position - run.offset),
                      bytes.data() + (position - offset), count) != 0) {
        if (known.conflicts++ == 0) known.first_conflict = place;
      }
      position += count;
      continue;
    }
    const auto next = std::next(at);
    const std::uint64_t limit = next == known.runs.end() ? end : std::min(end, next->second.offset);
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(position - offset);
    run.bytes.insert(run.bytes.end(), first, first + static_cast<std::ptrdiff_t>(limit - position));
    position = limit;
    if (next != known.runs.end() && next->second.offset == run.end()) {
      run.bytes.insert(run.bytes.end(), next->second.bytes.begin(), next->second.bytes.end());
      known.runs.erase(next);
    }
  }
}

void CaptureBuilder::add_word(Buffer& buffer, std::uint64_t offset, std::uint64_t word,
                              const Place& place) {
  add_bytes(buffer, offset, std::as_bytes(std::span(&word, 1)), place);
}

void CaptureBuilder::add_zeros(Buffer& buffer, std::uint64_t first, std::uint64_t last,
                               const Place& place) {
  if (last < first || last - first >= max_zero_run_bytes) {
    capture_.warn(
        fmt::format("{}: a run of zero blocks from {:#x} to {:#x} is not believable, ignored",
                    buffer.name, first, last),
        place);
    return;
  }
  const std::vector<std::byte> zeros(static_cast<std::size_t>(last - first + 1));
  add_bytes(buffer, first, zeros, place);
}

void CaptureBuilder::count_line(std::string_view format) {
  const auto found = line_counts_.find(format);
  if (found != line_counts_.end()) {
    ++found->second;
  } else {
    line_counts_.emplace(format, 1);
  }
}

void CaptureBuilder::close_run() {
  for (std::size_t i = 0; i < capture_.buffers.size(); ++i) {
    Buffer& buffer = capture_.buffers[i];
    for (auto& [offset, run] : known_[i].runs) {
      auto owner = std::make_shared<const std::vector<std::byte>>(std::move(run.bytes));
      buffer.pieces.push_back({offset, *owner});
      capture_.storage.push_back(std::move(owner));
    }
    if (!buffer.pieces.empty()) buffer.size = std::max(buffer.size, buffer.pieces.back().end());
    if (known_[i].conflicts > 0) {
      capture_.warn(
          fmt::format(
              "{}: {} lines contradict bytes that were read before; the first ones were kept",
              buffer.name, known_[i].conflicts),
          known_[i].first_conflict);
    }
  }
  for (const auto& [format, lines] : line_counts_) capture_.lines.push_back({format, lines});
}

void CaptureBuilder::start_run() {
  const bool empty =
      capture_.buffers.empty() && capture_.submits.empty() && capture_.events.empty();
  if (empty) return;
  Capture next;
  next.source = capture_.source;
  close_run();
  finished_.push_back(std::move(capture_));
  capture_ = std::move(next);
  known_.clear();
  line_counts_.clear();
  current_ = static_cast<std::size_t>(-1);
}

std::vector<Capture> CaptureBuilder::finish() && {
  close_run();
  finished_.push_back(std::move(capture_));
  return std::move(finished_);
}

}  // namespace npuscope
