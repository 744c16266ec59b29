#include "replay/shape/shape_flags.h"

#include <fmt/format.h>

#include <optional>

#include "replay/shape/shape_numbers.h"

namespace npuscope {

namespace {

// Reads one flag after the other and keeps the first error.
class FlagReader {
 public:
  // The value of a flag that was given; none if it was not, or cannot be read.
  template <typename Value>
  std::optional<Value> read(std::string_view flag, const std::string& text,
                            Result<Value> (*parse)(std::string_view)) {
    if (text.empty() || error_) return std::nullopt;
    auto value = parse(text);
    if (value) return *value;
    error_ = value.error();
    error_->what = fmt::format("--{}: {}", flag, error_->what);
    return std::nullopt;
  }

  std::optional<std::uint32_t> number(std::string_view flag, const std::string& text) {
    return read<std::uint32_t>(flag, text,
                               [](std::string_view digits) { return parse_number(digits, 1); });
  }

  std::uint32_t required(std::string_view flag, const std::string& text) {
    if (text.empty() && !error_)
      error_ = Error{ErrorKind::usage, fmt::format("--{} is missing", flag), "",
                     "give it, or the name of a shape"};
    return number(flag, text).value_or(1);
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace

bool ShapeFlags::any() const {
  return *this != ShapeFlags{};
}

Result<ConvShape> shape_from(const ShapeFlags& flags) {
  FlagReader reader;
  const bool depthwise = flags.groups == "depthwise";
  ConvShape s;
  s.batch = reader.number("batch", flags.batch).value_or(1);
  s.in_channels = reader.required("in-channels", flags.in_channels);
  s.in_height = reader.required("height", flags.height);
  s.in_width = reader.number("width", flags.width).value_or(s.in_height);
  s.out_channels = depthwise && flags.out_channels.empty()
                       ? s.in_channels
                       : reader.required("out-channels", flags.out_channels);
  const Pair kernel = reader.read("kernel", flags.kernel, parse_pair).value_or(Pair{});
  const Pair stride = reader.read("stride", flags.stride, parse_pair).value_or(Pair{});
  const Pair dilation = reader.read("dilation", flags.dilation, parse_pair).value_or(Pair{});
  s.groups = depthwise ? s.in_channels : reader.number("groups", flags.groups).value_or(1);
  s.kernel_height = kernel.y;
  s.kernel_width = kernel.x;
  s.stride_y = stride.y;
  s.stride_x = stride.x;
  s.dilation_y = dilation.y;
  s.dilation_x = dilation.x;
  apply(reader.read("pad", flags.pad, parse_padding).value_or(Padding{}), s);
  s.element = reader.read("type", flags.type, parse_element).value_or(Element::f16);
  s.fusion = {
      flags.bias, flags.relu, flags.residual, flags.relu_after_add,
      reader.read("table", flags.table, parse_table_function).value_or(TableFunction::none)};
  if (reader.error()) return tl::unexpected(*reader.error());
  if (auto ok = check(s); !ok) return tl::unexpected(ok.error());
  return s;
}

}  // namespace npuscope
