#include "replay/preflight/memory_map.h"

#include <algorithm>

namespace npuscope::preflight {

MemoryMap::MemoryMap(const Capture& capture) : capture_(&capture) {
  if (capture.model) {
    for (const Relocation& relocation : capture.model->relocations)
      by_word_.emplace(relocation.word, &relocation);
    return;
  }
  const auto& buffers = capture.buffers;
  const bool placed = std::all_of(buffers.begin(), buffers.end(),
                                  [](const Buffer& b) { return b.device_address && b.size > 0; });
  // A source that names no buffer for data has left some out.
  const bool has_data = std::any_of(buffers.begin(), buffers.end(), [](const Buffer& b) {
    return b.role == BufferRole::input || b.role == BufferRole::output;
  });
  complete_ = placed && has_data;
}

Target MemoryMap::target_at(std::uint64_t address) const {
  for (std::size_t i = 0; i < capture_->buffers.size(); ++i) {
    const Buffer& buffer = capture_->buffers[i];
    if (!buffer.device_address || address < *buffer.device_address) continue;
    const std::uint64_t offset = address - *buffer.device_address;
    if (offset < buffer.size) return {i, offset, buffer.size, buffer.name};
  }
  return {no_index, address, 0, {}};
}

std::optional<Target> MemoryMap::relocated(const TaskView& task, const Cell& cell) const {
  const Record* record = task.set->record_of(cell.task);
  if (record == nullptr) return std::nullopt;
  const auto found = by_word_.find(static_cast<std::uint32_t>(record->at.offset / 8 + cell.word));
  if (found == by_word_.end()) return std::nullopt;
  const Relocation& relocation = *found->second;
  const Model& model = *capture_->model;
  if (relocation.tensor >= model.tensors.size()) return std::nullopt;
  const Tensor& tensor = model.tensors[relocation.tensor];
  std::uint64_t size = tensor.size;
  if (tensor.buffer < model.buffers.size())
    size = std::max(size, model.buffers[tensor.buffer].size);
  // Tensors begin at multiples of 64: copies of whole cells reach over the end of small ones.
  constexpr std::uint64_t unit = 64;
  size = (size + unit - 1) / unit * unit;
  return Target{relocation.tensor, relocation.addend, size, tensor.name};
}

std::optional<Target> MemoryMap::target_of(const TaskView& task, std::uint16_t offset) const {
  const Cell* cell = task.cell(offset);
  if (cell == nullptr) return std::nullopt;
  if (capture_->model) return relocated(task, *cell);
  return target_at(cell->value);
}

}  // namespace npuscope::preflight
