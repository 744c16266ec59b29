#include "replay/run/recorded_outcome.h"

#include <algorithm>
#include <cstddef>

#include "decoder/task.h"

namespace npuscope {

namespace {

bool is_driver_status(BufferRole role, std::uint64_t offset) {
  constexpr std::uint64_t begin = offsetof(Task, int_status);
  const std::uint64_t in_entry = offset % task_bytes;
  return role == BufferRole::task_table && in_entry >= begin &&
         in_entry < begin + sizeof(Task::int_status);
}

std::uint64_t count_different(const Piece& piece, const std::vector<std::byte>& memory,
                              BufferRole role) {
  std::uint64_t different = 0;
  for (std::size_t i = 0; i < piece.bytes.size(); ++i) {
    const std::uint64_t at = piece.offset + i;
    if (is_driver_status(role, at)) continue;
    if (at >= memory.size() || memory[static_cast<std::size_t>(at)] != piece.bytes[i]) ++different;
  }
  return different;
}

}  // namespace

std::vector<RecordedBuffer> compare_with_recorded(
    const Capture& capture, const Image& image, const std::vector<std::vector<std::byte>>& memory) {
  std::vector<RecordedBuffer> list;
  for (std::uint32_t index = 0; index < capture.buffers.size(); ++index) {
    const Buffer& buffer = capture.buffers[index];
    const auto place = std::ranges::find(image.buffers, buffer.name, &ImageBuffer::name);
    if (place == image.buffers.end()) continue;
    const auto& now = memory.at(static_cast<std::size_t>(place - image.buffers.begin()));
    RecordedBuffer result{buffer.name};
    for (const Snapshot& snapshot : capture.snapshots) {
      if (!snapshot.complete || snapshot.buffer != index) continue;
      for (const Piece& piece : snapshot.pieces) {
        result.bytes += piece.bytes.size();
        result.different += count_different(piece, now, buffer.role);
      }
    }
    if (result.bytes > 0) list.push_back(std::move(result));
  }
  return list;
}

}  // namespace npuscope
