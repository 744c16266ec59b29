// Evaluates an ONNX graph in float64: the reference for whole models.
//
//   const OnnxResult result = evaluate_onnx("model.onnx", {{"input", array}});
//   result.values.at("logits").values[0]
//
// Plain loops over row-major arrays; nothing of the project takes part. Knows the operators of the
// graphs that the corpus has model files for; a graph with another one has `problem` set.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace npuscope::testing {

struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> values;

  [[nodiscard]] std::size_t extent(std::size_t axis) const {
    return static_cast<std::size_t>(shape.at(axis));
  }
};

struct OnnxResult {
  std::map<std::string, Array> values;  // of every name in the graph
  std::vector<std::string> outputs;
  std::string problem;  // empty: all nodes were evaluated
};

// `inputs` by name, with the shapes that they have there; one that is missing is a problem only if
// a node reads it.
[[nodiscard]] OnnxResult evaluate_onnx(const std::string& path,
                                       const std::map<std::string, Array>& inputs);

}  // namespace npuscope::testing
