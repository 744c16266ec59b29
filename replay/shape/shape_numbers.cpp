#include "replay/shape/shape_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace npuscope {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

// SAME_UPPER: what is missing for ceil(extent / stride) outputs, the larger half behind.
std::pair<std::uint32_t, std::uint32_t> same_upper(std::uint64_t extent, std::uint64_t reach,
                                                   std::uint64_t stride) {
  const std::uint64_t needed = ((extent + stride - 1) / stride - 1) * stride + reach;
  const std::uint64_t missing = needed > extent ? needed - extent : 0;
  return {static_cast<std::uint32_t>(missing / 2),
          static_cast<std::uint32_t>(missing - missing / 2)};
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 80;
  std::string out = "'";
  for (const char c : text.substr(0, most)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > most ? "...'" : "'");
}

Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t least) {
  constexpr std::uint64_t too_large = std::uint64_t{largest_extent} + 1;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  std::uint64_t value = 0;
  if (digits) {
    for (const char c : text)
      value = std::min(too_large, value * 10 + static_cast<std::uint64_t>(c - '0'));
  }
  if (!digits || value < least || value > largest_extent)
    return wrong_usage(
        fmt::format("{} is not a number from {} to {}", quoted(text), least, largest_extent));
  return static_cast<std::uint32_t>(value);
}

Result<Pair> parse_pair(std::string_view text) {
  const auto parts = split(text, 'x');
  if (parts.size() > 2)
    return wrong_usage(fmt::format("{} is not one number or two as in 3x1", quoted(text)));
  const auto y = parse_number(parts.front());
  if (!y) return tl::unexpected(y.error());
  const auto x = parse_number(parts.back());
  if (!x) return tl::unexpected(x.error());
  return Pair{*y, *x};
}

Result<Padding> parse_padding(std::string_view text) {
  if (text == "valid") return Padding{};
  if (text == "same") return Padding{.same = true};
  const auto parts = split(text, text.find(',') == std::string_view::npos ? 'x' : ',');
  if (parts.size() != 1 && parts.size() != 2 && parts.size() != 4)
    return wrong_usage(
        fmt::format("{} is no padding: one number, two (above and below, left and right), four "
                    "(top, left, bottom, right), valid or same",
                    quoted(text)));
  std::array<std::uint32_t, 4> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const auto number = parse_number(parts[i % parts.size()], 0);
    if (!number) return tl::unexpected(number.error());
    sides[i] = *number;
  }
  return Padding{false, sides[0], sides[1], sides[2], sides[3]};
}

Result<Element> parse_element(std::string_view text) {
  if (text == "f16" || text == "fp16" || text == "float16") return Element::f16;
  if (text == "i8" || text == "int8") return Element::i8;
  return wrong_usage(
      fmt::format("{} is not an element type that is known here: f16 or i8", quoted(text)));
}

Result<TableFunction> parse_table_function(std::string_view text) {
  if (text == "none") return TableFunction::none;
  if (text == "sigmoid") return TableFunction::sigmoid;
  if (text == "swish" || text == "silu") return TableFunction::swish;
  if (text == "hardsigmoid") return TableFunction::hard_sigmoid;
  if (text == "hardswish") return TableFunction::hard_swish;
  return wrong_usage(
      fmt::format("{} is not a table function that is known here: sigmoid or swish", quoted(text)));
}

void apply(const Padding& padding, ConvShape& shape) {
  shape.pad_top = padding.top;
  shape.pad_left = padding.left;
  shape.pad_bottom = padding.bottom;
  shape.pad_right = padding.right;
  if (!padding.same) return;
  const auto reach = [](std::uint64_t kernel, std::uint64_t dilation) {
    return (kernel - 1) * dilation + 1;
  };
  std::tie(shape.pad_top, shape.pad_bottom) =
      same_upper(shape.in_height, reach(shape.kernel_height, shape.dilation_y), shape.stride_y);
  std::tie(shape.pad_left, shape.pad_right) =
      same_upper(shape.in_width, reach(shape.kernel_width, shape.dilation_x), shape.stride_x);
}

}  // namespace npuscope
