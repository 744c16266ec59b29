// Where a convolution stands: what its schedule depends on beside its shape.
//
//   ConvSite site;                         // a single convolution, compiled by 2.3.2
//   site.pixel_input = uses_pixels(shape); // three colours straight from a camera
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "replay/shape/conv_shape.h"

namespace npuscope {

// A version of the vendor's compiler, of which some differ in a detail.
struct CompilerVersion {
  std::uint32_t major = 2, minor = 3, patch = 2;
  friend bool operator==(const CompilerVersion&, const CompilerVersion&) = default;
  friend auto operator<=>(const CompilerVersion& a, const CompilerVersion& b) {
    return std::tie(a.major, a.minor, a.patch) <=> std::tie(b.major, b.minor, b.patch);
  }
};

// The oldest whose records have the form that is generated; 1.4.2 and before write other registers
// in another order.
inline constexpr CompilerVersion oldest_compiler{1, 6, 0};

// "2.3.2", also with something behind it ("1.4.2b4"); none: not three numbers.
[[nodiscard]] std::optional<CompilerVersion> compiler_version(std::string_view text);

// Banks of the convolution buffer of each core.
inline constexpr std::uint32_t cbuf_banks = 12;

struct ConvSite {
  bool pixel_input = false;  // interleaved pixels of 1 to 4 channels instead of a feature cube
  bool graph_input = true;   // the tensor comes from outside: its surfaces are not padded
  bool writes_f32 = false;   // a table that multiplies follows (swish in f16)
  CompilerVersion version;
  std::uint32_t banks = cbuf_banks;  // other numbers ask what a smaller or larger buffer is worth
};

// The input of a first layer is read as pixels when it has at most four channels and the operator
// is not depthwise. Holds for graph inputs whose native shape is [1,1,H,W,C]; a small inner tensor
// is an ordinary cube (four public nodes).
[[nodiscard]] constexpr bool uses_pixels(const ConvShape& shape) {
  return shape.in_channels <= 4 && !shape.depthwise();
}

}  // namespace npuscope
