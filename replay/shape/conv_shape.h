// One convolution by its full geometry: what a schedule is made from, and the key of everything
// that is known of it.
//
//   auto shape = parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1");   // replay/shape/shape_names.h
//   shape->out_height();   // 56
//   key_of(*shape);        // equal keys, equal programs
//
// A plain value. check() says whether the numbers fit together; everything else may assume that
// they do.
#pragma once

#include <cstdint>
#include <string>

#include "regdb/error.h"

namespace npuscope {

enum class Element : std::uint8_t { f16, i8 };

// A function that the vendor evaluates with a lookup table in the same node.
enum class TableFunction : std::uint8_t {
  none,
  sigmoid,
  swish,
  hard_sigmoid,  // scheduled like the other two: statements that rest on files outside the
  hard_swish,    // developers' set
};

// What one node computes behind the convolution: in this order bias, ReLU, residual add, ReLU,
// table.
struct Fusion {
  bool bias = false;
  bool relu = false;      // before the add, or without one
  bool residual = false;  // adds a tensor of the output's geometry
  bool relu_after_add = false;
  TableFunction table = TableFunction::none;
  friend bool operator==(const Fusion&, const Fusion&) = default;
};

struct ConvShape {
  std::uint32_t batch = 1;
  std::uint32_t in_channels = 1, in_height = 1, in_width = 1;
  std::uint32_t out_channels = 1;
  std::uint32_t kernel_height = 1, kernel_width = 1;
  std::uint32_t groups = 1;
  std::uint32_t stride_y = 1, stride_x = 1;
  std::uint32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::uint32_t dilation_y = 1, dilation_x = 1;  // 1: none
  Element element = Element::f16;
  Fusion fusion;

  friend bool operator==(const ConvShape&, const ConvShape&) = default;

  // Input channels of one group: the "wic" of encoded names.
  [[nodiscard]] constexpr std::uint32_t group_in_channels() const { return in_channels / groups; }
  [[nodiscard]] constexpr std::uint32_t group_out_channels() const { return out_channels / groups; }
  // One kernel per channel: the hardware's depthwise mode. A single channel is an ordinary
  // convolution.
  [[nodiscard]] constexpr bool depthwise() const {
    return groups > 1 && groups == in_channels && out_channels == in_channels;
  }
  // Rows (columns) that the kernel reaches over: (k - 1) * dilation + 1.
  [[nodiscard]] constexpr std::uint32_t reach_y() const {
    return (kernel_height - 1) * dilation_y + 1;
  }
  [[nodiscard]] constexpr std::uint32_t reach_x() const {
    return (kernel_width - 1) * dilation_x + 1;
  }
  [[nodiscard]] constexpr std::uint32_t out_height() const {
    return (in_height + pad_top + pad_bottom - reach_y()) / stride_y + 1;
  }
  [[nodiscard]] constexpr std::uint32_t out_width() const {
    return (in_width + pad_left + pad_right - reach_x()) / stride_x + 1;
  }
};

// An Error (usage) that names the number which does not fit: a zero, a kernel larger than the
// padded input, groups that do not divide the channels, padding as large as the kernel's reach, a
// ReLU after an add that is not there.
[[nodiscard]] Result<void> check(const ConvShape& shape);

// The canonical encoded name of the full geometry, type and fusion. Equal shapes have equal keys,
// different shapes different ones; parse_shape() reads it back. What has its usual value is left
// out at the end only: "b1_c64_h56_w56_oc128_wic64_k1x1_g1",
// "b1_c24_h160_w160_oc24_wic24_k3x3_g1_s2_p1_i8_bias_relu".
[[nodiscard]] std::string key_of(const ConvShape& shape);

}  // namespace npuscope
