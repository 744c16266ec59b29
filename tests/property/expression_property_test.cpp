// The language of `query`: any text is read or refused with a place, and operators bind as the
// manual says.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

#include "decoder/query/expression.h"
#include "tests/property/holds.h"

namespace npuscope::testing {
namespace {

using query::LaneRecord;

// One lane with one empty task.
Opened one_task() {
  Opened input;
  input.capture.buffers.resize(1);
  ProgramSet set;
  set.tasks.resize(1);
  set.programs.push_back({1, {{0, 0, 1}}, true});
  input.sets.push_back(std::move(set));
  return input;
}

// Any text is compiled or refused with a place inside it.
TEST(ExpressionProperty, AnyTextIsReadOrRefusedWithItsPlace) {
  static const std::vector<std::string> parts{"task",     "cna.cbuf_con0",
                                              "cores",    "op",
                                              "@0x1040",  "0x1040",
                                              "3",        "0x1b",
                                              "\"Conv\"", "fp16",
                                              "and",      "or",
                                              "not",      "in",
                                              "..",       "==",
                                              "<",        ">=",
                                              "&",        "+",
                                              "-",        "*",
                                              "/",        "%",
                                              "(",        ")",
                                              "written(", "'",
                                              "\xc3\xa4", "\x01"};
  check("any sequence of words", [] {
    std::string text;
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    for (std::size_t i = 0; i < count; ++i)
      text += parts[*rc::gen::inRange<std::size_t>(0, parts.size())] + " ";
    const auto made = query::Expression::compile(text, RegisterDb::builtin());
    if (made) return;
    RC_ASSERT(!made.error().what.empty());
    RC_ASSERT(made.error().span.at + made.error().span.length <= text.size());
  });
}

// An expression and its answer, computed while it is made. Every operand is in parentheses where it
// needs them and only there, so that the order of operations is what is tested.
struct Sum {
  std::string text;
  std::int64_t value = 0;
  int level = 0;  // 6 a number, 5 product, 4 sum, 3 bits, 2 comparison, 1 and, 0 or
};

Sum random_sum(int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 4) == 0) {
    const auto number = *rc::gen::inRange<std::int64_t>(0, 10);
    if (*rc::gen::inRange(0, 3) == 0) return {"task", 0, 6};
    return {std::to_string(number), number, 6};
  }
  struct Kind {
    const char* text;
    int level;
    std::function<std::int64_t(std::int64_t, std::int64_t)> value;
    bool chains = true;
  };
  static const std::vector<Kind> kinds{
      {"*", 5, [](auto a, auto b) { return a * b; }},
      {"+", 4, [](auto a, auto b) { return a + b; }},
      {"-", 4, [](auto a, auto b) { return a - b; }},
      {"&", 3, [](auto a, auto b) { return a & b; }},
      {"==", 2, [](auto a, auto b) { return std::int64_t{a == b}; }, false},
      {"<", 2, [](auto a, auto b) { return std::int64_t{a < b}; }, false},
      {">=", 2, [](auto a, auto b) { return std::int64_t{a >= b}; }, false},
      {"and", 1, [](auto a, auto b) { return std::int64_t{a != 0 && b != 0}; }},
      {"or", 0, [](auto a, auto b) { return std::int64_t{a != 0 || b != 0}; }}};
  const Kind& kind = kinds[*rc::gen::inRange<std::size_t>(0, kinds.size())];
  const Sum left = random_sum(depth - 1), right = random_sum(depth - 1);
  const auto part = [](const Sum& sum, int tightest) {
    return sum.level < tightest ? "(" + sum.text + ")" : sum.text;
  };
  return {part(left, kind.chains ? kind.level : kind.level + 1) + " " + kind.text + " " +
              part(right, kind.level + 1),
          kind.value(left.value, right.value), kind.level};
}

TEST(ExpressionProperty, OperatorsBindAsTheManualSays) {
  std::size_t asked = 0;
  check("any tree of operators", [&] {
    const Sum sum = random_sum(4);
    // What does not depend on the record is refused; this does.
    const std::string text = "(" + sum.text + ") + task != 0";
    const auto made = query::Expression::compile(text, RegisterDb::builtin());
    if (!made) {
      RC_ASSERT(made.error().what == "this does not depend on the record");
      return;
    }
    ++asked;
    const Opened input = one_task();
    query::Evaluator ask(*made, {});
    query::for_each_record(input, [&](const LaneRecord& record) {
      RC_ASSERT(ask(record).is_true() == (sum.value != 0));
    });
  });
  EXPECT_GT(asked, 30U);
}

}  // namespace
}  // namespace npuscope::testing
