// The operators that vendor models leave to the CPU, as far as they are trivial.
//
//   Result<std::vector<std::byte>> done = run_on_host("Reshape", inputs, output_tensor);
//
// Works on plain tensors in the order of their logical shapes. Reshape moves bytes; Cast and the
// element-wise operators compute in f64 and round once to the type of the output (to nearest even;
// integers saturate). Operands have equal shapes or one element.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "decoder/model.h"
#include "regdb/error.h"

namespace npuscope {

struct HostOperand {
  const Tensor* tensor = nullptr;
  std::span<const std::byte> bytes;  // plain
};

// Errors (usage): an operator that is not in the list, shapes that need broadcasting, types that
// are not known, quantised operands of anything but Reshape; the text names the operator.
[[nodiscard]] Result<std::vector<std::byte>> run_on_host(std::string_view op,
                                                         std::span<const HostOperand> operands,
                                                         const Tensor& output);

}  // namespace npuscope
