#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "decoder/query/lexer.h"
#include "decoder/query/syntax.h"

namespace npuscope::query {

namespace {

struct Operator {
  TokenKind token;
  NodeKind node;
};

constexpr std::array<Operator, 6> comparisons{
    {{TokenKind::equal, NodeKind::equal},
     {TokenKind::not_equal, NodeKind::not_equal},
     {TokenKind::less, NodeKind::less},
     {TokenKind::less_equal, NodeKind::less_equal},
     {TokenKind::greater, NodeKind::greater},
     {TokenKind::greater_equal, NodeKind::greater_equal}}};
constexpr std::array<Operator, 1> or_operator{{{TokenKind::logical_or, NodeKind::logical_or}}};
constexpr std::array<Operator, 1> and_operator{{{TokenKind::logical_and, NodeKind::logical_and}}};
constexpr std::array<Operator, 1> bit_operator{{{TokenKind::bit_and, NodeKind::bit_and}}};
constexpr std::array<Operator, 2> sum_operators{
    {{TokenKind::plus, NodeKind::add}, {TokenKind::minus, NodeKind::subtract}}};
constexpr std::array<Operator, 3> product_operators{{{TokenKind::times, NodeKind::multiply},
                                                     {TokenKind::divide, NodeKind::divide},
                                                     {TokenKind::remainder, NodeKind::remainder}}};

using NodeIndex = Outcome<std::size_t>;

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Outcome<Syntax> run() {
    if (here().kind == TokenKind::end)
      return wrong(here().span, "an empty expression", "for instance task.amount == 26");
    auto root = disjunction();
    if (!root) return tl::unexpected(root.error());
    if (here().kind != TokenKind::end) return unexpected_token();
    return std::move(syntax_);
  }

 private:
  using Level = NodeIndex (Parser::*)();

  [[nodiscard]] const Token& here() const { return tokens_[at_]; }
  [[nodiscard]] std::string text_of(Span span) const {
    return std::string(text_.substr(span.at, span.length));
  }

  [[nodiscard]] tl::unexpected<QueryError> unexpected_token() const {
    if (here().kind == TokenKind::end)
      return wrong(here().span, "the expression ends too early",
                   "a name, a number or a parenthesis is missing");
    if (here().kind == TokenKind::range)
      return wrong(here().span, "a range without `in`", "for instance task in 3..7");
    const bool operand = here().kind == TokenKind::name || here().kind == TokenKind::number;
    return wrong(here().span, fmt::format("`{}` was not expected here", text_of(here().span)),
                 operand ? "two questions are joined with `and` or `or`" : "");
  }

  NodeIndex add(SyntaxNode node) {
    if (syntax_.nodes.size() >= most_nodes)
      return wrong(node.span, fmt::format("an expression of more than {} parts", most_nodes));
    syntax_.nodes.push_back(std::move(node));
    return syntax_.nodes.size() - 1;
  }

  NodeIndex add_operation(NodeKind kind, std::size_t first, std::size_t second) {
    SyntaxNode node;
    node.kind = kind;
    node.span = joined(syntax_.nodes[first].span, syntax_.nodes[second].span);
    node.first = first;
    node.second = second;
    return add(std::move(node));
  }

  // operand { operator operand }, from the left.
  NodeIndex chain(Level operand, std::span<const Operator> operators) {
    NodeIndex left = (this->*operand)();
    while (left) {
      const Operator* found = nullptr;
      for (const Operator& item : operators)
        if (item.token == here().kind) found = &item;
      if (found == nullptr) break;
      ++at_;
      NodeIndex right = (this->*operand)();
      if (!right) return right;
      left = add_operation(found->node, *left, *right);
    }
    return left;
  }

  NodeIndex disjunction() { return chain(&Parser::conjunction, or_operator); }
  NodeIndex conjunction() { return chain(&Parser::negation, and_operator); }
  NodeIndex bits() { return chain(&Parser::sum, bit_operator); }
  NodeIndex sum() { return chain(&Parser::product, sum_operators); }
  NodeIndex product() { return chain(&Parser::sign, product_operators); }

  NodeIndex negation() {
    if (here().kind != TokenKind::logical_not) return comparison();
    return prefixed(NodeKind::logical_not, &Parser::negation);
  }

  NodeIndex sign() {
    if (here().kind != TokenKind::minus) return primary();
    return prefixed(NodeKind::negate, &Parser::sign);
  }

  NodeIndex prefixed(NodeKind kind, Level operand) {
    const Span begin = here().span;
    if (++depth_ > deepest_nesting) return too_deep(begin);
    ++at_;
    NodeIndex inner = (this->*operand)();
    --depth_;
    if (!inner) return inner;
    SyntaxNode node;
    node.kind = kind;
    node.span = joined(begin, syntax_.nodes[*inner].span);
    node.first = *inner;
    return add(std::move(node));
  }

  static tl::unexpected<QueryError> too_deep(Span span) {
    return wrong(span, fmt::format("nested deeper than {} levels", deepest_nesting));
  }

  [[nodiscard]] const Operator* comparison_here() const {
    for (const Operator& item : comparisons)
      if (item.token == here().kind) return &item;
    return nullptr;
  }

  NodeIndex comparison() {
    NodeIndex left = bits();
    if (!left) return left;
    if (here().kind == TokenKind::in) return range(*left);
    const Operator* found = comparison_here();
    if (found == nullptr) return left;
    ++at_;
    NodeIndex right = bits();
    if (!right) return right;
    if (comparison_here() != nullptr)
      return wrong(here().span, "comparisons do not chain",
                   "`x in 3..7` is 3 <= x and x <= 7; or join two with `and`");
    return add_operation(found->node, *left, *right);
  }

  NodeIndex range(std::size_t value) {
    ++at_;
    NodeIndex first = bits();
    if (!first) return first;
    if (here().kind != TokenKind::range)
      return wrong(here().span, "`in` needs a range", "for instance task in 3..7");
    ++at_;
    NodeIndex last = bits();
    if (!last) return last;
    SyntaxNode node;
    node.kind = NodeKind::in_range;
    node.span = joined(syntax_.nodes[value].span, syntax_.nodes[*last].span);
    node.first = value;
    node.second = *first;
    node.third = *last;
    return add(std::move(node));
  }

  NodeIndex primary() {
    const Token token = here();
    if (token.kind == TokenKind::open) return parenthesis();
    if (token.kind == TokenKind::name && tokens_[at_ + 1].kind == TokenKind::open) return call();
    return leaf();
  }

  NodeIndex parenthesis() {
    const Span begin = here().span;
    if (++depth_ > deepest_nesting) return too_deep(begin);
    ++at_;
    NodeIndex inner = disjunction();
    --depth_;
    if (!inner) return inner;
    if (here().kind == TokenKind::end) return wrong(begin, "this parenthesis is not closed");
    if (here().kind != TokenKind::close) return unexpected_token();
    syntax_.nodes[*inner].span = joined(begin, here().span);
    ++at_;
    return inner;
  }

  NodeIndex call() {
    SyntaxNode node;
    node.kind = NodeKind::call;
    node.text = text_of(here().span);
    const Span begin = here().span;
    at_ += 2;
    NodeIndex argument = leaf();
    if (!argument) return argument;
    if (here().kind != TokenKind::close)
      return wrong(here().span, "a `)` is missing here",
                   "the argument is one name, for instance written(cna.cbuf_con0)");
    node.span = joined(begin, here().span);
    node.first = *argument;
    ++at_;
    return add(std::move(node));
  }

  NodeIndex leaf() {
    const Token& token = here();
    SyntaxNode node;
    node.span = token.span;
    switch (token.kind) {
      case TokenKind::number:
        node.kind = NodeKind::number;
        node.number = token.number;
        node.hexadecimal = token.hexadecimal;
        break;
      case TokenKind::text:
        node.kind = NodeKind::text;
        break;
      case TokenKind::name:
        node.kind = NodeKind::name;
        break;
      case TokenKind::address:
        node.kind = NodeKind::address;
        break;
      default:
        return unexpected_token();
    }
    node.text = text_of(token.span);
    ++at_;
    return add(std::move(node));
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  Syntax syntax_;
};

}  // namespace

Outcome<Syntax> parse(std::string_view expression) {
  auto tokens = tokens_of(expression);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(expression, std::move(*tokens)).run();
}

}  // namespace npuscope::query
