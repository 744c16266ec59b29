// An array of numpy. Promises: an array that was read is exactly as large as its shape says, writes
// back as itself, and converts to a tensor of as many elements or is refused.
#include "replay/run/npy.h"

#include "replay/run/tensor_codes.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

Tensor tensor_of(std::uint8_t dtype, std::size_t elements) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.logical_shape = {static_cast<std::int32_t>(elements)};
  tensor.quantised_type = "int8";
  tensor.scale = {0.25F};
  tensor.zero_point = {3};
  return tensor;
}

void convert(const NpyArray& array, std::size_t elements) {
  constexpr std::uint8_t first = 0, last = 14;
  for (std::uint8_t dtype = first; dtype <= last; ++dtype) {
    const Tensor tensor = tensor_of(dtype, elements);
    const auto codes = codes_of(tensor, array, "fuzzed.npy");
    if (!codes) continue;
    const NpyArray real = real_numbers(tensor, *codes);
    require(real.data.size() == elements * real.element_bytes(), "every element has a number");
    require(difference_of(real, array).has_value(), "which can be compared");
  }
}

}  // namespace

void fuzz_npy(std::span<const std::byte> bytes) {
  const FileBytes file = in_memory(bytes, "fuzzed.npy");
  const auto array = read_npy(file.bytes, "fuzzed.npy");
  if (!array) {
    require(!array.error().what.empty(), "an error says something");
    return;
  }
  std::uint64_t expected = array->element_bytes();
  require(expected > 0, "elements have a size");
  for (const std::uint64_t extent : array->shape) expected *= extent;
  require(expected == array->data.size(), "the shape is that of the data");
  const auto again = read_npy(write_npy(*array), "again.npy");
  require(again && again->type == array->type && again->shape == array->shape &&
              again->data == array->data,
          "an array reads back as it was written");
  const std::size_t elements = array->data.size() / array->element_bytes();
  if (elements <= 4096) convert(*array, elements);
}

}  // namespace npuscope::fuzz
