#include "decoder/query/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace npuscope::query {

namespace {

struct Spelling {
  std::string_view text;
  TokenKind kind;
};

// Longer ones before their beginnings.
constexpr std::array<Spelling, 18> symbols{{{"&&", TokenKind::logical_and},
                                            {"||", TokenKind::logical_or},
                                            {"==", TokenKind::equal},
                                            {"!=", TokenKind::not_equal},
                                            {"<=", TokenKind::less_equal},
                                            {">=", TokenKind::greater_equal},
                                            {"..", TokenKind::range},
                                            {"<", TokenKind::less},
                                            {">", TokenKind::greater},
                                            {"!", TokenKind::logical_not},
                                            {"(", TokenKind::open},
                                            {")", TokenKind::close},
                                            {"&", TokenKind::bit_and},
                                            {"+", TokenKind::plus},
                                            {"-", TokenKind::minus},
                                            {"*", TokenKind::times},
                                            {"/", TokenKind::divide},
                                            {"%", TokenKind::remainder}}};

constexpr std::array<Spelling, 4> words{{{"and", TokenKind::logical_and},
                                         {"or", TokenKind::logical_or},
                                         {"not", TokenKind::logical_not},
                                         {"in", TokenKind::in}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool same_in_any_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// The number that `text` is as a whole; value is empty if it does not fit.
struct Literal {
  std::optional<std::int64_t> value;
  bool hexadecimal = false;
};

std::optional<Literal> number_in(std::string_view text) {
  Literal number;
  number.hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (number.hexadecimal) text.remove_prefix(2);
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, number.hexadecimal ? 16 : 10);
  if (rest != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc{}) number.value = value;
  return number;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Outcome<std::vector<Token>> run() {
    for (;;) {
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
        ++at_;
      if (at_ == text_.size()) break;
      auto token = next();
      if (!token) return tl::unexpected(token.error());
      tokens_.push_back(*token);
    }
    tokens_.push_back({TokenKind::end, {text_.size(), 0}});
    return std::move(tokens_);
  }

 private:
  Outcome<Token> next() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (c == '@') return address();
    if (is_name_character(c)) return name_or_number();
    for (const Spelling& symbol : symbols) {
      if (!text_.substr(at_).starts_with(symbol.text)) continue;
      return token(symbol.kind, symbol.text.size());
    }
    if (c == '=') return wrong({at_, 1}, "`=` is no operator", "equality is ==");
    std::size_t length = 1;  // a character of UTF-8 as a whole
    while (at_ + length < text_.size() &&
           (static_cast<unsigned char>(text_[at_ + length]) & 0xc0U) == 0x80U)
      ++length;
    const bool visible = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    return wrong({at_, length},
                 visible ? fmt::format("`{}` means nothing here", text_.substr(at_, length))
                         : std::string("a control character"));
  }

  Token token(TokenKind kind, std::size_t length) {
    const Token made{kind, {at_, length}};
    at_ += length;
    return made;
  }

  // Letters, digits and single dots between them: "3..7" is not one name.
  [[nodiscard]] std::size_t name_length(std::size_t from) const {
    std::size_t end = from;
    while (end < text_.size()) {
      const bool dot =
          text_[end] == '.' && end + 1 < text_.size() && is_name_character(text_[end + 1]);
      if (!dot && !is_name_character(text_[end])) break;
      ++end;
    }
    return end - from;
  }

  Outcome<Token> name_or_number() {
    const std::size_t length = name_length(at_);
    const std::string_view word = text_.substr(at_, length);
    for (const Spelling& item : words)
      if (same_in_any_case(word, item.text)) return token(item.kind, length);
    const auto number = is_digit(word.front()) ? number_in(word) : std::nullopt;
    if (!number) return token(TokenKind::name, length);
    if (!number->value)
      return wrong({at_, length}, fmt::format("{} is too large", word),
                   "numbers have up to 63 bits");
    Token made = token(TokenKind::number, length);
    made.number = *number->value;
    made.hexadecimal = number->hexadecimal;
    return made;
  }

  Outcome<Token> address() {
    const std::size_t length = name_length(at_ + 1);
    if (length == 0)
      return wrong({at_, 1}, "no offset behind `@`", "@0x1040 is the register at this offset");
    return token(TokenKind::address, length + 1);
  }

  Outcome<Token> quoted(char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      return wrong({at_, text_.size() - at_}, "this text has no end",
                   fmt::format("close it with {}", quote));
    const Token made{TokenKind::text, {at_ + 1, end - at_ - 1}};
    at_ = end + 1;
    return made;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Outcome<std::vector<Token>> tokens_of(std::string_view expression) {
  if (expression.size() > longest_expression)
    return wrong({0, 0}, fmt::format("an expression of {} bytes", expression.size()),
                 fmt::format("at most {}", longest_expression));
  return Lexer(expression).run();
}

}  // namespace npuscope::query
