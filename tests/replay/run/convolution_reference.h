// One convolution of a model file in float64, from the constants of the file: the reference for a
// node whose inputs were simulated, so that errors of earlier nodes do not add up.
//
//   ConvolutionReference reference(model_file, opened);
//   for (const ConvNode& node : reference.nodes())
//     std::vector<double> wanted = reference.compute(node, input, residual);
//
// f16: sum of products, bias, ReLU, residual, ReLU, table function. int8: no intermediate rounding,
// in units of the output's codes before the last rounding; not saturated. Nested loops over plain
// arrays; the weights come from the file by way of replay/tensor, which has its own tests against
// ONNX files.
#pragma once

#include <span>
#include <vector>

#include "replay/shape/conv_node.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope::testing {

class ConvolutionReference {
 public:
  ConvolutionReference(const ModelFile& file, const Opened& opened);

  // Those that can be computed.
  [[nodiscard]] const std::vector<ConvNode>& nodes() const { return nodes_; }
  // `input` and `residual` as codes: numbers of f16, or integers.
  [[nodiscard]] std::vector<double> compute(const ConvNode& node, std::span<const double> input,
                                            std::span<const double> residual) const;

 private:
  struct Constants;
  [[nodiscard]] Constants constants_of(const ConvNode& node) const;
  [[nodiscard]] double finish(const ConvNode& node, const Constants& constants, std::size_t channel,
                              double sum, double residual) const;

  const Opened* opened_;
  std::vector<PackedWeights> packed_;
  std::vector<ConvNode> nodes_;
};

}  // namespace npuscope::testing
