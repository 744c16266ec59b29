#include "decoder/input/capture_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace npuscope {

std::size_t CaptureBuilder::index_of(const Buffer& buffer) const {
  return static_cast<std::size_t>(&buffer - capture_.buffers.data());
}

Buffer& CaptureBuilder::new_buffer(std::string name) {
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.trust = Trust::text;
  capture_.buffers.push_back(std::move(buffer));
  known_.emplace_back();
  current_ = capture_.buffers.size() - 1;
  return capture_.buffers.back();
}

Buffer& CaptureBuilder::select_gem(std::uint32_t number) {
  const auto found = by_gem_.find(number);
  if (found != by_gem_.end()) {
    current_ = found->second;
    return capture_.buffers[current_];
  }
  Buffer& buffer = new_buffer(fmt::format("GEM {}", number));
  buffer.gem = number;
  by_gem_.emplace(number, current_);
  return buffer;
}

Buffer& CaptureBuilder::select_named(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) {
    current_ = found->second;
    return capture_.buffers[current_];
  }
  Buffer& buffer = new_buffer(std::string(name));
  by_name_.emplace(name, current_);
  return buffer;
}

Buffer& CaptureBuilder::select_object(std::uint64_t object_address, std::uint32_t handle) {
  const auto object = by_object_.find(object_address);
  // The kernel reuses object addresses after a free: the handle must fit too.
  if (object != by_object_.end() && capture_.buffers[object->second].handle == handle) {
    current_ = object->second;
  } else if (const auto known = by_handle_.find(handle); known != by_handle_.end()) {
    current_ = known->second;
  } else {
    new_buffer(fmt::format("handle {}", handle));
  }
  by_object_[object_address] = current_;
  by_handle_[handle] = current_;
  Buffer& buffer = capture_.buffers[current_];
  buffer.object_address = object_address;
  buffer.handle = handle;
  return buffer;
}

Buffer* CaptureBuilder::find_gem(std::uint32_t number) {
  const auto found = by_gem_.find(number);
  return found == by_gem_.end() ? nullptr : &capture_.buffers[found->second];
}

void CaptureBuilder::number_buffer(Buffer& buffer, std::uint32_t number) {
  if (buffer.gem) return;
  if (!by_gem_.emplace(number, index_of(buffer)).second) return;
  buffer.gem = number;
  buffer.name = fmt::format("GEM {}", number);
}

Buffer& CaptureBuilder::current() {
  if (current_ >= capture_.buffers.size()) return select_named("words");
  return capture_.buffers[current_];
}

bool CaptureBuilder::has_bytes(const Buffer& buffer) const {
  return !known_[index_of(buffer)].chunks.empty();
}

void CaptureBuilder::refuse(Known& known, const Place& place) {
  if (known.refused++ == 0) known.first_refused = place;
}

void CaptureBuilder::add_bytes(Buffer& buffer, std::uint64_t offset,
                               std::span<const std::byte> bytes, const Place& place) {
  if (bytes.empty()) return;
  Known& known = known_[index_of(buffer)];
  if (offset > max_buffer_bytes || bytes.size() > max_buffer_bytes - offset) {
    return refuse(known, place);
  }
  const std::size_t position = known.bytes.size();
  known.bytes.insert(known.bytes.end(), bytes.begin(), bytes.end());
  if (!known.chunks.empty()) {
    Chunk& last = known.chunks.back();
    if (last.position != zeros && last.end() == offset) {
      last.size += bytes.size();
      return;
    }
  }
  known.chunks.push_back({offset, bytes.size(), position, place.at});
}

void CaptureBuilder::add_word(Buffer& buffer, std::uint64_t offset, std::uint64_t word,
                              const Place& place) {
  add_bytes(buffer, offset, std::as_bytes(std::span(&word, 1)), place);
}

void CaptureBuilder::add_zeros(Buffer& buffer, std::uint64_t first, std::uint64_t last,
                               const Place& place) {
  Known& known = known_[index_of(buffer)];
  const bool believable =
      first <= last && last < max_buffer_bytes && last - first < max_zero_run_bytes;
  if (!believable || last - first >= max_zero_bytes - zero_bytes_claimed_) {
    return refuse(known, place);
  }
  zero_bytes_claimed_ += last - first + 1;
  known.chunks.push_back({first, last - first + 1, zeros, place.at});
}

void CaptureBuilder::count_line(std::string_view format, std::uint64_t lines) {
  const auto found = line_counts_.find(format);
  if (found != line_counts_.end()) {
    found->second += lines;
  } else {
    line_counts_.emplace(format, lines);
  }
}

// Whether two chunks have the same bytes where they overlap.
bool CaptureBuilder::agree(const Known& known, const Chunk& a, const Chunk& b) {
  const std::uint64_t first = std::max(a.offset, b.offset);
  const auto count = static_cast<std::size_t>(std::min(a.end(), b.end()) - first);
  const auto data = [&](const Chunk& c) {
    return known.bytes.data() + c.position + (first - c.offset);
  };
  if (a.position == zeros && b.position == zeros) return true;
  if (a.position != zeros && b.position != zeros) return !std::memcmp(data(a), data(b), count);
  const std::byte* bytes = data(a.position == zeros ? b : a);
  return std::all_of(bytes, bytes + count, [](std::byte x) { return x == std::byte{0}; });
}

// Adds those parts of `chunk` that nothing has claimed yet. Returns how many earlier parts
// disagree.
std::uint64_t CaptureBuilder::fill_gaps(const Known& known, const Chunk& chunk, Intervals& merged) {
  std::uint64_t conflicts = 0;
  std::uint64_t at = chunk.offset;
  auto next = merged.upper_bound(at);
  if (next != merged.begin() && std::prev(next)->second.end() > at) --next;
  while (at < chunk.end()) {
    if (next != merged.end() && next->first <= at) {
      if (!agree(known, next->second, chunk)) ++conflicts;
      at = next->second.end();
      ++next;
      continue;
    }
    const std::uint64_t end =
        next == merged.end() ? chunk.end() : std::min(chunk.end(), next->first);
    const std::size_t position = chunk.position == zeros
                                     ? zeros
                                     : chunk.position + static_cast<std::size_t>(at - chunk.offset);
    merged.emplace_hint(next, at, Chunk{at, end - at, position, chunk.line});
    at = end;
  }
  return conflicts;
}

// One Piece for each run of adjacent intervals. calloc leaves the pages of long zero runs
// untouched.
void CaptureBuilder::store_pieces(Buffer& buffer, const Known& known, const Intervals& merged) {
  for (auto first = merged.begin(); first != merged.end();) {
    auto last = first;
    std::uint64_t end = first->second.end();
    while (++last != merged.end() && last->first == end) end = last->second.end();
    const auto size = static_cast<std::size_t>(end - first->first);
    const std::shared_ptr<void> owner(std::calloc(size, 1), std::free);
    if (!owner) {
      capture_.warn(fmt::format("{}: no memory for {} bytes", buffer.name, size));
      return;
    }
    auto* bytes = static_cast<std::byte*>(owner.get());
    buffer.pieces.push_back({first->first, {bytes, size}});
    capture_.storage.push_back(owner);
    for (const std::uint64_t start = first->first; first != last; ++first) {
      const Chunk& part = first->second;
      if (part.position == zeros) continue;
      std::memcpy(bytes + (part.offset - start), known.bytes.data() + part.position,
                  static_cast<std::size_t>(part.size));
    }
  }
}

void CaptureBuilder::merge(std::size_t index) {
  Buffer& buffer = capture_.buffers[index];
  const Known& known = known_[index];
  Intervals merged;
  std::uint64_t conflicts = 0;
  std::uint64_t first_line = 0;
  for (const Chunk& chunk : known.chunks) {
    const std::uint64_t here = fill_gaps(known, chunk, merged);
    if (here > 0 && conflicts == 0) first_line = chunk.line;
    conflicts += here;
  }
  store_pieces(buffer, known, merged);
  if (!buffer.pieces.empty()) buffer.size = std::max(buffer.size, buffer.pieces.back().end());
  if (conflicts > 0) {
    capture_.warn(fmt::format("{}: bytes of {} stretches of lines contradict bytes that were read "
                              "before; the first ones were kept",
                              buffer.name, conflicts),
                  {capture_.source, first_line, true});
  }
  if (known.refused > 0) {
    capture_.warn(fmt::format("{}: {} lines name an offset beyond 4 GiB or an unbelievable run of "
                              "zero blocks and were ignored",
                              buffer.name, known.refused),
                  known.first_refused);
  }
}

void CaptureBuilder::seal() {
  if (sealed_) return;
  sealed_ = true;
  for (std::size_t i = 0; i < capture_.buffers.size(); ++i) {
    merge(i);
    known_[i].bytes = {};
  }
  for (const auto& [format, lines] : line_counts_) capture_.lines.push_back({format, lines});
}

bool CaptureBuilder::run_is_empty() const {
  return capture_.buffers.empty() && capture_.submits.empty() && capture_.events.empty() &&
         capture_.named_writes.empty();
}

void CaptureBuilder::start_run() {
  if (run_is_empty()) return;
  Capture next;
  next.source = capture_.source;
  seal();
  finished_.push_back(std::move(capture_));
  capture_ = std::move(next);
  known_.clear();
  by_gem_.clear();
  by_name_.clear();
  by_object_.clear();
  by_handle_.clear();
  line_counts_.clear();
  current_ = static_cast<std::size_t>(-1);
  sealed_ = false;
}

std::vector<Capture> CaptureBuilder::finish() && {
  seal();
  finished_.push_back(std::move(capture_));
  return std::move(finished_);
}

}  // namespace npuscope
