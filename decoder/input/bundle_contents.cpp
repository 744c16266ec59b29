#include "decoder/input/bundle_contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/bundle/blob_name.h"
#include "decoder/input/bundle.h"
#include "decoder/input/load_file.h"

namespace npuscope {

namespace {

constexpr std::string_view bad_name =
    "a blob is not named by 32 lower-case hexadecimal digits and was not opened";

}  // namespace

const BlobStore::Blob& BlobStore::blob(const std::string& name) {
  const auto [found, is_new] = blobs_.try_emplace(name);
  Blob& blob = found->second;
  if (!is_new) return blob;
  auto file = load_(name);
  if (file)
    check(blob, name, std::move(*file));
  else
    blob.problem =
        fmt::format("blob {} cannot be read, its bytes are left out: {}", name, file.error().what);
  return blob;
}

void BlobStore::check(Blob& blob, const std::string& name, FileBytes file) {
  if (blob_name(file.bytes) != name) {
    blob.problem = fmt::format(
        "blob {} is damaged, its bytes are refused: they have another hash than its name", name);
  } else if (file.bytes.size() > max_bundle_blob_bytes - loaded_bytes_) {
    blob.problem = fmt::format("blob {} is left out: all blobs together have more than {} bytes",
                               name, max_bundle_blob_bytes);
  } else {
    loaded_bytes_ += file.bytes.size();
    blob.file = std::move(file);
  }
}

std::string BlobStore::put(const std::string& name, const std::string& bytes) {
  if (!is_blob_name(name)) return std::string(bad_name);
  const auto [found, is_new] = blobs_.try_emplace(name);
  if (is_new) {
    auto owned = std::make_shared<const std::string>(bytes);
    check(found->second, name, {name, owned, std::as_bytes(std::span(*owned))});
  }
  return found->second.problem;
}

BlobStore::Range BlobStore::range(const std::string& name, std::uint64_t at, std::uint64_t size) {
  if (!is_blob_name(name)) {
    return {{}, {}, std::string(bad_name)};
  }
  const Blob& found = blob(name);
  if (!found.problem.empty()) return {{}, {}, found.problem};
  const auto bytes = found.file.bytes;
  if (at > bytes.size() || size > bytes.size() - at) {
    return {{},
            {},
            fmt::format("blob {} has {} bytes, an event names {} bytes from {:#x}: they "
                        "are left out",
                        name, bytes.size(), size, at)};
  }
  return {found.file.owner,
          bytes.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size)),
          {}};
}

std::vector<std::shared_ptr<const void>> BlobStore::storage() const {
  std::vector<std::shared_ptr<const void>> owners;
  for (const auto& [name, blob] : blobs_) {
    if (blob.file.owner) owners.push_back(blob.file.owner);
  }
  return owners;
}

void BufferContents::add(std::size_t buffer, std::uint64_t offset, std::span<const std::byte> bytes,
                         std::uint64_t line) {
  if (bytes.empty()) return;
  claimed_bytes_ += bytes.size();
  chunks_[buffer].push_back({offset, bytes, line});
}

// Those parts of `chunk` that nothing has claimed yet. Returns whether the others agree with it.
bool BufferContents::add_new_parts(const Chunk& chunk, Intervals& merged) {
  bool agrees = true;
  const auto part = [&](std::uint64_t from, std::uint64_t to) {
    return chunk.bytes.subspan(static_cast<std::size_t>(from - chunk.offset),
                               static_cast<std::size_t>(to - from));
  };
  std::uint64_t at = chunk.offset;
  auto next = merged.upper_bound(at);
  if (next != merged.begin() && std::prev(next)->second.end() > at) --next;
  while (at < chunk.end()) {
    if (next != merged.end() && next->first <= at) {
      const Chunk& old = next->second;
      const std::uint64_t end = std::min(old.end(), chunk.end());
      const std::byte* known = old.bytes.data() + (at - old.offset);
      agrees = agrees && std::memcmp(known, part(at, end).data(), end - at) == 0;
      at = end;
      ++next;
      continue;
    }
    const std::uint64_t end =
        next == merged.end() ? chunk.end() : std::min(chunk.end(), next->first);
    merged.emplace_hint(next, at, Chunk{at, part(at, end), chunk.line});
    at = end;
  }
  return agrees;
}

// One piece for each run of adjacent parts. A part that stands alone is not copied.
void BufferContents::make_pieces(const Intervals& merged, Capture& capture, Buffer& buffer) {
  for (auto first = merged.begin(); first != merged.end();) {
    auto last = std::next(first);
    std::uint64_t end = first->second.end();
    for (; last != merged.end() && last->first == end; ++last) end = last->second.end();
    const std::uint64_t start = first->first;
    if (std::next(first) == last) {
      buffer.pieces.push_back({start, first->second.bytes});
      first = last;
      continue;
    }
    const auto size = static_cast<std::size_t>(end - start);
    const auto copy = allocate_bytes(size);
    if (!copy) {
      capture.warn(fmt::format("{}: no memory for {} bytes", buffer.name, size));
      return;
    }
    for (; first != last; ++first) {
      const Chunk& part = first->second;
      std::memcpy(copy.get() + (part.offset - start), part.bytes.data(), part.bytes.size());
    }
    buffer.pieces.push_back({start, {copy.get(), size}});
    capture.storage.push_back(copy);
  }
}

void BufferContents::finish(Capture& capture, Complaints& complaints, Place place) const {
  for (const auto& [index, chunks] : chunks_) {
    Buffer& buffer = capture.buffers[index];
    Intervals merged;
    for (const Chunk& chunk : chunks) {
      if (add_new_parts(chunk, merged)) continue;
      place.at = chunk.line;
      complaints.add(Severity::warning,
                     fmt::format("{}: a content contradicts bytes that were read before; the first "
                                 "ones were kept",
                                 buffer.name),
                     place);
    }
    make_pieces(merged, capture, buffer);
    if (!buffer.pieces.empty()) buffer.size = std::max(buffer.size, buffer.pieces.back().end());
  }
}

}  // namespace npuscope
