#include "replay/shape/conv_shape.h"

#include <fmt/format.h>

namespace npuscope {

namespace {

// Products of these stay far below 2^32; the registers hold less.
constexpr std::uint32_t largest_extent = 65535;

tl::unexpected<Error> misfit(std::string what) {
  return wrong_usage(std::move(what), "`npuscope generate --help` explains the numbers of a shape");
}

}  // namespace

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
