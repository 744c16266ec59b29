#include "tests/support/onnx_evaluator.h"

#include <cstring>
#include <fstream>
#include <stdexcept>

#include "onnx.pb.h"
#include "tests/support/onnx_operators.h"

namespace npuscope::testing {

namespace {

template <typename T>
void append_raw(const std::string& raw, std::vector<double>& values) {
  for (std::size_t i = 0; i + sizeof(T) <= raw.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + i, sizeof value);
    values.push_back(static_cast<double>(value));
  }
}

Array array_of(const onnx::TensorProto& tensor) {
  constexpr int f32 = 1, i64 = 7;
  Array array{{tensor.dims().begin(), tensor.dims().end()}, {}};
  array.values.assign(tensor.float_data().begin(), tensor.float_data().end());
  array.values.insert(array.values.end(), tensor.int64_data().begin(), tensor.int64_data().end());
  if (tensor.has_raw_data() && tensor.data_type() == f32)
    append_raw<float>(tensor.raw_data(), array.values);
  if (tensor.has_raw_data() && tensor.data_type() == i64)
    append_raw<std::int64_t>(tensor.raw_data(), array.values);
  if (array.values.size() != count_of(array.shape))
    throw std::runtime_error("constant " + tensor.name() + " has a type that is not read");
  return array;
}

void evaluate(const onnx::GraphProto& graph, const std::map<std::string, Array>& inputs,
              OnnxResult& result) {
  for (const auto& tensor : graph.initializer()) result.values[tensor.name()] = array_of(tensor);
  for (const auto& output : graph.output()) result.outputs.push_back(output.name());
  for (const auto& [name, array] : inputs) result.values[name] = array;
  for (const auto& node : graph.node()) {
    if (node.op_type() == "Constant") {
      for (const auto& attribute : node.attribute())
        if (attribute.has_t()) result.values[node.output(0)] = array_of(attribute.t());
      continue;
    }
    std::vector<const Array*> operands;
    for (const auto& name : node.input()) {
      const auto found = result.values.find(name);
      operands.push_back(found == result.values.end() ? nullptr : &found->second);
    }
    result.values[node.output(0)] = evaluate_node(node, operands);
  }
}

}  // namespace

OnnxResult evaluate_onnx(const std::string& path, const std::map<std::string, Array>& inputs) {
  OnnxResult result;
  std::ifstream file(path, std::ios::binary);
  onnx::ModelProto model;
  if (!file || !model.ParseFromIstream(&file)) {
    result.problem = "cannot be read";
    return result;
  }
  try {
    evaluate(model.graph(), inputs, result);
  } catch (const std::exception& error) {
    result.problem = error.what();
  }
  return result;
}

}  // namespace npuscope::testing
