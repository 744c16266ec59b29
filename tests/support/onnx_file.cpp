#include "tests/support/onnx_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

#include "onnx.pb.h"

namespace npuscope::testing {

namespace {

std::vector<float> values_of(const onnx::TensorProto& tensor) {
  std::vector<float> values(tensor.float_data().begin(), tensor.float_data().end());
  if (!tensor.has_raw_data()) return values;
  values.resize(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  return values;
}

// Weights of initialisers, and of Constant nodes, which serve as well.
std::map<std::string, const onnx::TensorProto*> constants_of(const onnx::GraphProto& graph) {
  std::map<std::string, const onnx::TensorProto*> constants;
  for (const auto& tensor : graph.initializer()) constants[tensor.name()] = &tensor;
  for (const auto& node : graph.node())
    for (const auto& attribute : node.attribute())
      if (node.op_type() == "Constant" && node.output_size() == 1 && attribute.has_t())
        constants[node.output(0)] = &attribute.t();
  return constants;
}

bool normalised(const onnx::GraphProto& graph, const std::string& output) {
  return std::ranges::any_of(graph.node(), [&](const onnx::NodeProto& node) {
    return node.op_type() == "BatchNormalization" && std::ranges::count(node.input(), output) != 0;
  });
}

std::optional<OnnxConvolution> convolution_of(const onnx::NodeProto& node,
                                              const onnx::TensorProto& weight) {
  constexpr int f32 = 1;
  OnnxConvolution conv;
  conv.weight_name = node.input(1);
  if (weight.data_type() != f32 || weight.dims_size() != 4) return std::nullopt;
  std::size_t count = 1;
  for (int i = 0; i < 4; ++i) {
    conv.shape[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(weight.dims(i));
    count *= conv.shape[static_cast<std::size_t>(i)];
  }
  conv.weights = values_of(weight);
  if (conv.weights.size() != count) return std::nullopt;
  for (const auto& attribute : node.attribute())
    if (attribute.name() == "group") conv.groups = static_cast<std::uint32_t>(attribute.i());
  return conv;
}

}  // namespace

std::optional<OnnxConvolutions> read_onnx_convolutions(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto model;
  if (!file || !model.ParseFromIstream(&file)) return std::nullopt;
  const auto constants = constants_of(model.graph());
  OnnxConvolutions found;
  for (const auto& node : model.graph().node()) {
    if (node.op_type() != "Conv") continue;
    const auto weight = node.input_size() > 1 ? constants.find(node.input(1)) : constants.end();
    auto conv = weight == constants.end() ? std::nullopt : convolution_of(node, *weight->second);
    if (!conv) {
      ++found.others;
      continue;
    }
    conv->normalised = normalised(model.graph(), node.output(0));
    found.convolutions.push_back(std::move(*conv));
  }
  return found;
}

}  // namespace npuscope::testing
