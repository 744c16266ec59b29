// The operators of ONNX graphs in float64, one node at a time.
//
//   Array result = evaluate_node(node, operands);       // throws std::runtime_error
#pragma once

#include <vector>

#include "tests/support/onnx_evaluator.h"

namespace npuscope::onnx {
class NodeProto;
}

namespace npuscope::testing {

// Elements of a shape.
[[nodiscard]] std::size_t count_of(const std::vector<std::int64_t>& shape);

// nullptr: an optional operand that is left out.
[[nodiscard]] Array evaluate_node(const onnx::NodeProto& node,
                                  const std::vector<const Array*>& operands);

}  // namespace npuscope::testing
