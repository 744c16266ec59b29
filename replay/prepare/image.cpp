#include "replay/prepare/image.h"

#include <algorithm>

namespace npuscope {

std::size_t Image::task_count() const {
  std::size_t count = 0;
  for (const sim::CoreTasks& lane : lanes) count += lane.tasks.size();
  return count;
}

std::span<std::byte> Image::at(std::uint64_t address, std::uint64_t bytes) {
  for (ImageBuffer& buffer : buffers) {
    if (address < buffer.address) continue;
    const std::uint64_t offset = address - buffer.address;
    if (offset <= buffer.content.size() && bytes <= buffer.content.size() - offset)
      return std::span(buffer.content).subspan(offset, bytes);
  }
  return {};
}

Result<void> load(const Image& image, sim::AddressSpace& memory) {
  for (const ImageBuffer& buffer : image.buffers) {
    if (auto mapped = memory.map(buffer.address, buffer.bytes, buffer.name); !mapped) return mapped;
    if (auto written = memory.write(buffer.address, buffer.content); !written) return written;
  }
  return {};
}

Image keep_core(const Image& image, unsigned core) {
  Image kept = image;
  std::erase_if(kept.lanes, [core](const sim::CoreTasks& lane) { return lane.core != core; });
  return kept;
}

void cut_to_prefix(Image& image, std::size_t tasks) {
  for (sim::CoreTasks& lane : image.lanes) lane.tasks.resize(std::min(lane.tasks.size(), tasks));
}

}  // namespace npuscope
