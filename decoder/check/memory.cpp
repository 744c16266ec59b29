// Rules over constants: the shapes of packed weights (W4), alignment in the file (W4), and the size
// of weight memory (N1).
#include <fmt/format.h>

#include "decoder/check/view.h"
#include "decoder/program/relocation.h"

namespace npuscope::model_rules {
namespace {

constexpr std::uint8_t layout_packed_weight = 65;
constexpr std::size_t tuple_length = 6;  // {OCb, ICb, KH, KW, oc, ic}

std::uint64_t element_bytes(std::uint8_t dtype) {
  constexpr std::array<std::uint8_t, 14> bytes{0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 0, 4, 8};
  return dtype < bytes.size() ? bytes[dtype] : 0;
}

// Sum of the products of the 6-tuples, 0 if a number is negative or the sum is not believable. A
// tuple may have zero blocks (reductions in real files).
std::uint64_t packed_elements(const std::vector<std::int32_t>& shape) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 40U;
  std::uint64_t sum = 0;
  for (std::size_t first = 0; first + tuple_length <= shape.size(); first += tuple_length) {
    std::uint64_t product = 1;
    for (std::size_t i = first; i < first + tuple_length; ++i) {
      if (shape[i] < 0) return 0;
      product *= static_cast<std::uint64_t>(shape[i]);
      if (product > limit) return 0;
    }
    sum += product;
    if (sum > limit) return 0;
  }
  return sum;
}

void check_packed_weights(const ProgramView& view, Collector& found) {
  const Model& model = view.model();
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    if (tensor.layout != layout_packed_weight || tensor.buffer == 0 ||
        tensor.buffer >= model.buffers.size())
      continue;
    const ModelBuffer range = model.buffers[tensor.buffer];
    const std::uint64_t size = packed_elements(tensor.native_shape) * element_bytes(tensor.dtype);
    if (tensor.native_shape.size() % tuple_length == 0 && size == range.size) continue;
    found.warning("W4",
                  fmt::format("tensor {}: its packed shape takes {} bytes, its buffer has {}", i,
                              size, range.size),
                  {view.capture().source, range.file_offset, false});
  }
}

void check_alignment(const ProgramView& view, Collector& found) {
  const auto& buffers = view.model().buffers;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].size == 0 || buffers[i].file_offset % 64 == 0) continue;
    found.warning("W4", fmt::format("buffer {} does not start at a multiple of 64 of the file", i),
                  {view.capture().source, buffers[i].file_offset, false});
  }
}

}  // namespace

void check_memory(const ProgramView& view, Collector& found) {
  const Model& model = view.model();
  if (model.container_version != 6) return;
  check_packed_weights(view, found);
  check_alignment(view, found);
  const std::uint64_t constants = layout_weight_memory(view.capture()).constant_bytes;
  if (model.weight_bytes < 0 || constants != static_cast<std::uint64_t>(model.weight_bytes)) {
    found.note("N1",
               fmt::format("the constants take {} bytes of weight memory, the file says {}",
                           constants, model.weight_bytes),
               {view.capture().source, 0, false});
  }
}

}  // namespace npuscope::model_rules
