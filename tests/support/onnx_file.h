// The convolutions of an .onnx file with their weights as the framework exported them.
//
//   const auto onnx = read_onnx_convolutions("model.onnx");
//   for (const OnnxConvolution& conv : onnx->convolutions) ... conv.weights ...
//
// The reference for packed constants: a model file lies beside the ONNX file that it was compiled
// from. Reads only what the tests need (tests/support/onnx.proto).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace npuscope::testing {

struct OnnxConvolution {
  std::string weight_name;               // of the initialiser
  std::array<std::uint32_t, 4> shape{};  // kernels, channels of a group, height, width
  std::vector<float> weights;            // of that nesting
  std::uint32_t groups = 1;
  bool normalised = false;  // a BatchNormalization reads the output
};

// Convolutions of two dimensions whose weights are f32 initialisers, in the order of the graph;
// nothing if the file cannot be read. `others` counts the convolutions that are not of this kind.
struct OnnxConvolutions {
  std::vector<OnnxConvolution> convolutions;
  std::size_t others = 0;
};
[[nodiscard]] std::optional<OnnxConvolutions> read_onnx_convolutions(const std::string& path);

}  // namespace npuscope::testing
