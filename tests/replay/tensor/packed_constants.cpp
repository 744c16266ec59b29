#include "tests/replay/tensor/packed_constants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/corpus.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {

namespace {

constexpr std::uint8_t packed_layout = 65, dtype_i8 = 3, dtype_f16 = 10;

// Weight tensor -> bias tensor of the node that reads both.
std::map<std::int32_t, std::int32_t> biases_of(const Model& model) {
  std::map<std::int32_t, std::int32_t> biases;
  for (const Node& node : model.nodes)
    if (node.op.starts_with("Conv") && node.inputs.size() > 2)
      biases[node.inputs[1]] = node.inputs[2];
  return biases;
}

}  // namespace

std::span<const std::byte> ModelFile::bytes_of(const Tensor& tensor) const {
  const ModelBuffer& buffer = model->buffers.at(tensor.buffer);
  return file.bytes.subspan(buffer.file_offset, buffer.size);
}

std::vector<std::filesystem::path> corpus_models() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(corpus_path("rknn/rk3588")))
    if (entry.path().extension() == ".rknn") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

ModelFile open_model(const std::filesystem::path& path) {
  ModelFile opened{std::filesystem::relative(path, corpus_path("rknn/rk3588")).string(),
                   load_file(path.string()), nullptr};
  auto capture = read_rknn(opened.file);
  if (capture) {
    opened.model = capture->model;
  } else {
    ADD_FAILURE() << capture.error().text();
    opened.model = std::make_shared<const Model>();
  }
  return opened;
}

std::vector<PackedWeights> packed_weights_of(const ModelFile& file) {
  const Model& model = *file.model;
  const auto biases = biases_of(model);
  std::vector<PackedWeights> found;
  for (std::size_t index = 0; index < model.tensors.size(); ++index) {
    const Tensor& tensor = model.tensors[index];
    if (tensor.layout != packed_layout || tensor.buffer == 0 || tensor.logical_shape.size() != 4 ||
        (tensor.dtype != dtype_i8 && tensor.dtype != dtype_f16))
      continue;
    PackedWeights weights;
    weights.tensor = &tensor;
    weights.kind = tensor.dtype == dtype_i8 ? ElementKind::i8 : ElementKind::f16;
    weights.bytes = file.bytes_of(tensor);
    auto tuples = tuples_of(tensor.native_shape);
    if (!tuples || elements_of(*tuples) * weights.element_bytes() != weights.bytes.size()) continue;
    std::erase_if(*tuples, [](const WeightTuple& tuple) { return tuple.in_blocks == 0; });
    weights.tuples = *tuples;
    const auto extent = [&](std::size_t i) {
      return static_cast<std::uint32_t>(tensor.logical_shape[i]);
    };
    weights.shape = {extent(0), extent(1), extent(2), extent(3)};
    weights.depthwise = weights.tuples.at(0).out_lanes == 1;
    // Constants that the compiler made itself state {channels, 1, height, width}.
    if (weights.depthwise && weights.shape.channels == 1)
      std::swap(weights.shape.channels, weights.shape.kernels);
    const auto bias = biases.find(static_cast<std::int32_t>(index));
    if (bias != biases.end())
      weights.records = file.bytes_of(model.tensors.at(static_cast<std::size_t>(bias->second)));
    found.push_back(std::move(weights));
  }
  return found;
}

}  // namespace npuscope::testing
