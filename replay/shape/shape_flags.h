// A shape said with flags instead of a name: --in-channels 64 --height 56 --kernel 3x3 ...
//
//   ShapeFlags flags;              // the texts behind the flags, empty where one was not given
//   flags.in_channels = "64";  flags.height = "56";  flags.out_channels = "128";
//   auto shape = shape_from(flags);   // width is the height, the kernel 1x1
//
// Texts are read here and not by the option parser, so that an error can name the flag and what it
// takes. Where a number is no part of the flags, its usual value stands in the comment.
#pragma once

#include <string>

#include "replay/shape/conv_shape.h"

namespace npuscope {

struct ShapeFlags {
  std::string batch;         // 1
  std::string in_channels;   // must be given
  std::string height;        // must be given
  std::string width;         // as the height
  std::string out_channels;  // must be given, unless depthwise
  std::string kernel;        // "3", or "3x1": 1
  std::string groups;        // 1; "depthwise": as many as input channels
  std::string stride;        // "2", or "2x1": 1
  std::string pad;           // "1", "1x0", "1,1,0,0" (top, left, bottom, right), "same": "valid"
  std::string dilation;      // "2", or "1x2": 1
  std::string type;          // "f16" or "i8": f16
  std::string table;         // "sigmoid" or "swish": none
  bool bias = false;
  bool relu = false;  // before the add
  bool residual = false;
  bool relu_after_add = false;

  // Whether any of them was given: a name beside them would be a contradiction.
  [[nodiscard]] bool any() const;
  friend bool operator==(const ShapeFlags&, const ShapeFlags&) = default;
};

// A shape that passes check(), or an Error (usage) that names the flag: "--stride: '0' is not ...".
[[nodiscard]] Result<ConvShape> shape_from(const ShapeFlags& flags);

}  // namespace npuscope
