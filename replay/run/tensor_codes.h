// Numbers of people as the codes of a tensor, and back: f16 is rounded, quantised tensors have
// scale and zero point.
//
//   Result<std::vector<std::byte>> codes = codes_of(tensor, array, "input.npy");
//   NpyArray plain = real_numbers(tensor, codes);               // f32
//
#pragma once

#include "decoder/model.h"
#include "replay/run/npy.h"

namespace npuscope {

// The element type of a tensor as .npy names it; empty: it has none there.
[[nodiscard]] std::string npy_type_of(std::uint8_t dtype);

// An array of the tensor's own type is taken as codes. Floating-point arrays are converted: to f16
// by rounding to nearest even, to a quantised type by round(value / scale) + zero point, saturated.
// Errors (usage): another number of elements, a type that does not convert.
[[nodiscard]] Result<std::vector<std::byte>> codes_of(const Tensor& tensor, const NpyArray& array,
                                                      const std::string& where);

// Codes as an array of the tensor's shape and type.
[[nodiscard]] NpyArray code_array(const Tensor& tensor, std::span<const std::byte> codes);
// As f32 where the tensor is f16 or quantised, else as code_array().
[[nodiscard]] NpyArray real_numbers(const Tensor& tensor, std::span<const std::byte> codes);

// Random codes: f16 and f32 normal(0, 1), integers over their full range, bool 0 or 1. Equal seeds
// give equal codes on every machine.
[[nodiscard]] std::vector<std::byte> random_codes(const Tensor& tensor, std::uint32_t seed);

// Largest |a - b| of two arrays of equal shape, in real numbers; none: the shapes differ.
struct ArrayDifference {
  double largest = 0;
  std::size_t at = 0, differing = 0, elements = 0;
};
[[nodiscard]] Result<ArrayDifference> difference_of(const NpyArray& a, const NpyArray& b);

}  // namespace npuscope
