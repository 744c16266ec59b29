// The encoded names of convolutions: what people write in lists, file names and logs.
//
//   auto shape = parse_shape("conv2d_b1_c32_h112_w112_oc32_wic1_k3x3_g32_s2_psame_i8_bias_relu");
//   if (!shape) say(shape.error().text());   // "..., character 13: 'x64' is not wN, the input
//   width" key_of(*shape)                           // canonical: conv_shape.h
//
// Read in this order; what stands in brackets may be left out:
//
//   [gen:] [conv2d_] [cc_ | mix_] [b1_] c32_h112_w112_ oc32_ [wic1_] k3x3 [_g32]
//       wic: input channels of a group. Of wic and g one is enough, without both there is one
//       group.
//   [gen:] conv2d_1x6_3x3_5x7 [_g1]   in x out channels, kernel, input height x width
//
// and behind either, in any order: _s2 _s2x1 stride (vertical first, as everywhere); _p1, _p1x0
// (vertical, horizontal), _p1x1x0x0 (top, left, bottom, right), _pvalid, _psame (SAME_UPPER); _d2
// _d2x1 dilation; _f16 _fp16 _float16 _i8 _int8; _bias; _relu; _add or _residual; _addrelu, or
// _relu behind _add; _sigmoid; _swish or _silu; _dw (as many groups as channels).
//
// A name of the project's list (shape_list.h) is looked up first: "conv1d_bs1_as_conv2d" says
// nothing by itself. A slug such as "c256_h28_oc256" is refused with the shapes that it may mean:
// public captures of one slug hold a pointwise and a depthwise operator.
#pragma once

#include <string_view>

#include "replay/shape/conv_shape.h"

namespace npuscope {

// A shape that passes check(), or an Error (usage) that names the character where reading ended and
// the part that was expected there.
[[nodiscard]] Result<ConvShape> parse_shape(std::string_view name);

// The same without the list: only what the name itself says.
[[nodiscard]] Result<ConvShape> parse_encoded_shape(std::string_view name);

}  // namespace npuscope
