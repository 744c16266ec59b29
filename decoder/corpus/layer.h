// The operators of a program: the tasks of one node, with the geometry that their registers state.
//
//   for (const Layer& layer : layers_of(input, set_number, geometry)) ... layer.kind, layer.shape
//   ...
//
// What a convolution's geometry is knows the room above; it hands its knowledge in as a function.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decoder/open.h"
#include "decoder/query/records.h"

namespace npuscope::corpus {

// The registers that one task runs with, without their history.
class RegisterValues {
 public:
  RegisterValues() = default;
  explicit RegisterValues(const query::LaneRecord& record);
  [[nodiscard]] std::optional<std::uint32_t> at(std::uint16_t offset) const;

 private:
  std::vector<std::pair<std::uint16_t, std::uint32_t>> values_;  // ascending
};

// The full geometry of a convolution from its records in the 1-core program; empty: not known.
using Geometry = std::function<std::string(const std::vector<RegisterValues>&)>;

struct Layer {
  std::uint32_t node = 0;  // op_idx of its tasks
  std::string name;        // of the node, where a model says it
  std::string kind;        // the operator that a model names, else what the registers are
  std::string shape;       // full geometry; empty: not a convolution, or not known
  std::size_t tasks = 0;   // in the 1-core program
};

// "conv", "depthwise", "deconvolution", "pooling", "element-wise", "other".
[[nodiscard]] std::string_view kind_of(std::uint32_t enable_mask, const RegisterValues& values);

// In the order of their first tasks.
[[nodiscard]] std::vector<Layer> layers_of(const Opened& input, std::size_t set_number,
                                           const Geometry& geometry);

}  // namespace npuscope::corpus
