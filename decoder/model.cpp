#include "decoder/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace npuscope {

std::string tensor_text(const Tensor& tensor) {
  return fmt::format("{} [{}]", tensor.name, fmt::join(tensor.logical_shape, ", "));
}

}  // namespace npuscope
