// The numbers of a shape as people write them, in names and in flags: "64", "3x3", "1,1,0,0".
//
//   auto kernel = parse_pair("3x1");          // {.y = 3, .x = 1}; "3" alone means 3x3
//   auto padding = parse_padding("1,1,0,0");  // top, left, bottom, right; or "same", "valid"
//   apply(*padding, shape);                   // "same" needs the shape's stride and kernel
//
// Errors (usage) quote the text and say what was expected. They have no place: who knows where the
// text came from adds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replay/shape/conv_shape.h"

namespace npuscope {

// No extent, stride or padding is larger: the registers hold less, and products stay far below
// 2^64.
inline constexpr std::uint32_t largest_extent = 65535;

// Vertical first, as kernels are written: "3x1" has three rows and one column.
struct Pair {
  std::uint32_t y = 1, x = 1;
  friend bool operator==(const Pair&, const Pair&) = default;
};

struct Padding {
  bool same = false;  // the four numbers follow from the rest of the shape
  std::uint32_t top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Padding&, const Padding&) = default;
};

// Decimal digits only; `least` is 0 or 1.
[[nodiscard]] Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t least = 1);

// "3" for both, or "3x1".
[[nodiscard]] Result<Pair> parse_pair(std::string_view text);

// "1" on all sides; "1x0" above and below x left and right; "1,2,0,0" or "1x2x0x0" top, left,
// bottom, right (the order of ONNX's `pads`); "valid" none; "same" (SAME_UPPER of TensorFlow and
// ONNX: the output has ceil(input / stride) rows, an odd row of padding goes below).
[[nodiscard]] Result<Padding> parse_padding(std::string_view text);

// "f16", "fp16", "float16"; "i8", "int8". Other types are refused by name.
[[nodiscard]] Result<Element> parse_element(std::string_view text);

// "none", "sigmoid", "swish" or "silu".
[[nodiscard]] Result<TableFunction> parse_table_function(std::string_view text);

// Sets the padding of a shape whose other numbers are set and not 0.
void apply(const Padding& padding, ConvShape& shape);

// `text` in quotes for an error message: at most 80 characters, what is no printable ASCII as '?'.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace npuscope
