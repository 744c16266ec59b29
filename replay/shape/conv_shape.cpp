#include "replay/shape/conv_shape.h"

#include <fmt/format.h>

#include "replay/shape/shape_numbers.h"

namespace npuscope {

namespace {

tl::unexpected<Error> misfit(std::string what) {
  return wrong_usage(std::move(what), "`npuscope generate --help` explains the numbers of a shape");
}

// "_s2" where both are equal, "_s2x1" where not.
std::string pair_text(std::string_view key, std::uint32_t y, std::uint32_t x) {
  return y == x ? fmt::format("_{}{}", key, y) : fmt::format("_{}{}x{}", key, y, x);
}

std::string padding_text(const ConvShape& s) {
  if (s.pad_top != s.pad_bottom || s.pad_left != s.pad_right)
    return fmt::format("_p{}x{}x{}x{}", s.pad_top, s.pad_left, s.pad_bottom, s.pad_right);
  return s.pad_top == 0 && s.pad_left == 0 ? "" : pair_text("p", s.pad_top, s.pad_left);
}

std::string fusion_text(const Fusion& fusion) {
  std::string text;
  if (fusion.bias) text += "_bias";
  if (fusion.relu) text += "_relu";
  if (fusion.residual) text += fusion.relu_after_add ? "_addrelu" : "_add";
  if (fusion.table == TableFunction::sigmoid) text += "_sigmoid";
  if (fusion.table == TableFunction::swish) text += "_swish";
  if (fusion.table == TableFunction::hard_sigmoid) text += "_hardsigmoid";
  if (fusion.table == TableFunction::hard_swish) text += "_hardswish";
  return text;
}

}  // namespace

std::string key_of(const ConvShape& s) {
  std::string key = fmt::format("b{}_c{}_h{}_w{}_oc{}_wic{}_k{}x{}_g{}", s.batch, s.in_channels,
                                s.in_height, s.in_width, s.out_channels, s.group_in_channels(),
                                s.kernel_height, s.kernel_width, s.groups);
  if (s.stride_y != 1 || s.stride_x != 1) key += pair_text("s", s.stride_y, s.stride_x);
  key += padding_text(s);
  if (s.dilation_y != 1 || s.dilation_x != 1) key += pair_text("d", s.dilation_y, s.dilation_x);
  if (s.element == Element::i8) key += "_i8";
  return key + fusion_text(s.fusion);
}

Result<void> check(const ConvShape& s) {
  const struct {
    const char* name;
    std::uint32_t value;
  } extents[] = {{"batch", s.batch},
                 {"input channels", s.in_channels},
                 {"input height", s.in_height},
                 {"input width", s.in_width},
                 {"output channels", s.out_channels},
                 {"kernel height", s.kernel_height},
                 {"kernel width", s.kernel_width},
                 {"groups", s.groups},
                 {"vertical stride", s.stride_y},
                 {"horizontal stride", s.stride_x},
                 {"vertical dilation", s.dilation_y},
                 {"horizontal dilation", s.dilation_x}};
  for (const auto& extent : extents)
    if (extent.value == 0 || extent.value > largest_extent)
      return misfit(
          fmt::format("{} {} is not between 1 and {}", extent.name, extent.value, largest_extent));
  if (s.in_channels % s.groups != 0 || s.out_channels % s.groups != 0)
    return misfit(fmt::format("{} groups do not divide {} input and {} output channels", s.groups,
                              s.in_channels, s.out_channels));
  for (const std::uint32_t pad : {s.pad_top, s.pad_left, s.pad_bottom, s.pad_right})
    if (pad > largest_extent)
      return misfit(fmt::format("padding {} is not between 0 and {}", pad, largest_extent));
  if (s.fusion.relu_after_add && !s.fusion.residual)
    return misfit("a ReLU after the residual add, and no residual add");
  const std::uint64_t reach_y = (std::uint64_t{s.kernel_height} - 1) * s.dilation_y + 1;
  const std::uint64_t reach_x = (std::uint64_t{s.kernel_width} - 1) * s.dilation_x + 1;
  for (const std::uint32_t pad : {s.pad_top, s.pad_bottom})
    if (pad >= reach_y)
      return misfit(
          fmt::format("padding {} is not smaller than the kernel's {} rows", pad, reach_y));
  for (const std::uint32_t pad : {s.pad_left, s.pad_right})
    if (pad >= reach_x)
      return misfit(
          fmt::format("padding {} is not smaller than the kernel's {} columns", pad, reach_x));
  if (reach_y > std::uint64_t{s.in_height} + s.pad_top + s.pad_bottom)
    return misfit(fmt::format("the kernel reaches over {} rows, the padded input has {}", reach_y,
                              std::uint64_t{s.in_height} + s.pad_top + s.pad_bottom));
  if (reach_x > std::uint64_t{s.in_width} + s.pad_left + s.pad_right)
    return misfit(fmt::format("the kernel reaches over {} columns, the padded input has {}",
                              reach_x, std::uint64_t{s.in_width} + s.pad_left + s.pad_right));
  return {};
}

}  // namespace npuscope
