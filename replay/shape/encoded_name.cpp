// The grammar of encoded names, as shape_names.h states it.
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "replay/shape/name_tokens.h"
#include "replay/shape/shape_names.h"
#include "replay/shape/shape_numbers.h"

namespace npuscope {

namespace {

// Reads the tokens of one name from left to right.
class NameReader {
 public:
  explicit NameReader(std::string_view name) : name_(name), tokens_(tokens_of(name)) {}

  Result<ConvShape> read() {
    if (name_.size() > longest_name)
      return fail(longest_name, fmt::format("the name is longer than {} characters", longest_name));
    const bool two_dimensional = skip("conv2d");
    if (!skip("cc")) skip("mix");
    const bool short_form = two_dimensional && next_ < tokens_.size() &&
                            !tokens_[next_].text.empty() && tokens_[next_].letters().empty();
    if (auto ok = short_form ? read_short() : read_parts(); !ok) return tl::unexpected(ok.error());
    while (next_ < tokens_.size()) {
      if (auto ok = read_suffix(tokens_[next_]); !ok) return tl::unexpected(ok.error());
      ++next_;
    }
    if (auto ok = settle_groups(); !ok) return tl::unexpected(ok.error());
    npuscope::apply(padding_.value_or(Padding{}), shape_);
    if (auto ok = check(shape_); !ok) {
      Error error = ok.error();
      error.where = quoted(name_);
      return tl::unexpected(error);
    }
    return shape_;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> fail(std::size_t at, std::string what) const {
    return tl::unexpected<Error>(Error{ErrorKind::usage, std::move(what),
                                       fmt::format("{}, character {}", quoted(name_), at + 1),
                                       std::string(remedy_of_form)});
  }

  bool skip(std::string_view word) {
    if (next_ >= tokens_.size() || tokens_[next_].text != word) return false;
    ++next_;
    return true;
  }

  // The value of the next token if its letters are `key`.
  std::optional<Token> take(std::string_view key) {
    if (next_ >= tokens_.size() || tokens_[next_].letters() != key) return std::nullopt;
    return tokens_[next_++];
  }

  [[nodiscard]] tl::unexpected<Error> missing(std::string_view key,
                                              std::string_view meaning) const {
    const bool ended =
        next_ >= tokens_.size() || (next_ + 1 == tokens_.size() && tokens_[next_].text.empty());
    if (ended)
      return fail(name_.size(), fmt::format("the name ends before {}N, the {}", key, meaning));
    return fail(tokens_[next_].at,
                fmt::format("{} is not {}N, the {}", quoted(tokens_[next_].text), key, meaning));
  }

  template <typename Value>
  Result<void> store(const Token& token, std::string_view meaning, const Result<Value>& value,
                     Value& out) {
    if (!value)
      return fail(token.at + token.letters().size(),
                  fmt::format("{}: {}", meaning, value.error().what));
    out = *value;
    return {};
  }

  Result<void> read_parts() {
    struct Part {
      std::string_view key, meaning;
      std::uint32_t* out;
      bool required;
    };
    group_in_ = 0;
    const std::array<Part, 6> parts{{{"b", "batch", &shape_.batch, false},
                                     {"c", "input channels", &shape_.in_channels, true},
                                     {"h", "input height", &shape_.in_height, true},
                                     {"w", "input width", &shape_.in_width, true},
                                     {"oc", "output channels", &shape_.out_channels, true},
                                     {"wic", "input channels of a group", &group_in_, false}}};
    for (const Part& part : parts) {
      if (const auto token = take(part.key)) {
        if (auto ok = store(*token, part.meaning, parse_number(token->value()), *part.out); !ok)
          return ok;
      } else if (part.required) {
        return missing(part.key, part.meaning);
      }
    }
    const auto kernel = take("k");
    if (!kernel) return missing("k", "kernel height x width");
    if (auto ok = set_kernel(*kernel, kernel->value()); !ok) return ok;
    return read_groups();
  }

  Result<void> read_short() {
    Pair channels, input;
    if (auto ok = take_pair("input x output channels", channels); !ok) return ok;
    if (next_ >= tokens_.size())
      return fail(name_.size(), "the name ends before the kernel, height x width");
    if (auto ok = set_kernel(tokens_[next_], tokens_[next_].text); !ok) return ok;
    ++next_;
    if (auto ok = take_pair("input height x width", input); !ok) return ok;
    shape_.in_channels = channels.y;
    shape_.out_channels = channels.x;
    shape_.in_height = input.y;
    shape_.in_width = input.x;
    return read_groups();
  }

  Result<void> take_pair(std::string_view meaning, Pair& out) {
    if (next_ >= tokens_.size())
      return fail(name_.size(), fmt::format("the name ends before the {}", meaning));
    const Token& token = tokens_[next_];
    if (token.text.find('x') == std::string_view::npos)
      return fail(token.at, fmt::format("{} is not NxN, the {}", quoted(token.text), meaning));
    ++next_;
    return store(token, meaning, parse_pair(token.text), out);
  }

  Result<void> set_kernel(const Token& token, std::string_view text) {
    Pair kernel;
    if (auto ok = store(token, "kernel", parse_pair(text), kernel); !ok) return ok;
    shape_.kernel_height = kernel.y;
    shape_.kernel_width = kernel.x;
    return {};
  }

  Result<void> read_groups() {
    groups_at_ = next_ < tokens_.size() ? tokens_[next_].at : name_.size();
    const auto token = take("g");
    if (!token) return {};
    return store(*token, "groups", parse_number(token->value()), groups_);
  }

  Result<void> read_suffix(const Token& token) {
    const std::string_view letters = token.letters();
    if (letters == "s") {
      Pair stride;
      if (auto ok = once(token, "stride", stride_given_); !ok) return ok;
      if (auto ok = store(token, "stride", parse_pair(token.value()), stride); !ok) return ok;
      shape_.stride_y = stride.y;
      shape_.stride_x = stride.x;
      return {};
    }
    if (letters == "d") {
      Pair dilation;
      if (auto ok = once(token, "dilation", dilation_given_); !ok) return ok;
      if (auto ok = store(token, "dilation", parse_pair(token.value()), dilation); !ok) return ok;
      shape_.dilation_y = dilation.y;
      shape_.dilation_x = dilation.x;
      return {};
    }
    if (letters == "p" || letters == "pvalid" || letters == "psame") {
      Padding padding;
      if (padding_) return fail(token.at, "the padding is given twice");
      if (auto ok = store(token, "padding", parse_padding(token.text.substr(1)), padding); !ok)
        return ok;
      padding_ = padding;
      return {};
    }
    if (auto element = parse_element(token.text)) {
      shape_.element = *element;
      return once(token, "element type", element_given_);
    }
    return read_fusion(token);
  }

  Result<void> read_fusion(const Token& token) {
    Fusion& fusion = shape_.fusion;
    const std::string_view word = token.text;
    if (word == "dw") return once(token, "depthwise mark", depthwise_);
    if (word == "bias") return once(token, "bias", fusion.bias);
    if (word == "relu")
      return fusion.residual ? once(token, "ReLU after the add", fusion.relu_after_add)
                             : once(token, "ReLU", fusion.relu);
    if (word == "add" || word == "residual" || word == "addrelu") {
      fusion.relu_after_add = word == "addrelu";
      return once(token, "residual add", fusion.residual);
    }
    const auto table = parse_table_function(word);
    if (!table || *table == TableFunction::none)
      return fail(token.at, fmt::format("{} is no part of a shape's name", quoted(word)));
    if (fusion.table != TableFunction::none)
      return fail(token.at, "the table function is given twice");
    fusion.table = *table;
    return {};
  }

  Result<void> once(const Token& token, std::string_view meaning, bool& given) const {
    if (given) return fail(token.at, fmt::format("the {} is given twice", meaning));
    given = true;
    return {};
  }

  // Of "wic", "g" and "dw" each says how many groups there are; what is said must agree.
  Result<void> settle_groups() {
    const std::uint32_t channels = shape_.in_channels;
    if (depthwise_ && groups_ == 0) groups_ = channels;
    if (groups_ == 0 && group_in_ != 0) {
      if (channels % group_in_ != 0)
        return fail(groups_at_, fmt::format("wic{} does not divide c{}: no number of groups fits",
                                            group_in_, channels));
      groups_ = channels / group_in_;
    }
    if (groups_ == 0) groups_ = 1;
    if (group_in_ != 0 && std::uint64_t{group_in_} * groups_ != channels)
      return fail(groups_at_,
                  fmt::format("wic{} (input channels of a group) times {} group{} is {}, not c{}",
                              group_in_, groups_, groups_ == 1 ? "" : "s",
                              std::uint64_t{group_in_} * groups_, channels));
    if (depthwise_ && (groups_ != channels || shape_.out_channels != channels))
      return fail(groups_at_,
                  fmt::format("depthwise means c = oc = g, the name says c{}, oc{} and {} groups",
                              channels, shape_.out_channels, groups_));
    shape_.groups = groups_;
    return {};
  }

  std::string_view name_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  ConvShape shape_;
  std::optional<Padding> padding_;
  std::uint32_t group_in_ = 0, groups_ = 0;  // 0: not said
  std::size_t groups_at_ = 0;
  bool depthwise_ = false, stride_given_ = false, dilation_given_ = false, element_given_ = false;
};

}  // namespace

Result<ConvShape> parse_encoded_shape(std::string_view name) {
  return NameReader(name).read();
}

}  // namespace npuscope
