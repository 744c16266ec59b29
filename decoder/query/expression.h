// A question about records, made ready to be asked of many.
//
//   auto weights = Expression::compile("cna.cbuf_con0.data_bank > 4 and task.amount == 26", db);
//   Evaluator ask(*weights, {});
//   for_each_record(input, [&](const LaneRecord& r) { if (ask(r).is_true()) ... });
//
// Registers mean the value that the record runs with, own or inherited. An answer may be neither
// true nor false (value.h): `and` and `or` decide where one side is enough, everything else passes
// it on. Names are resolved once, so that a record costs array accesses only. The database must
// outlive the expression.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/query/provenance.h"
#include "decoder/query/query_error.h"
#include "decoder/query/reference.h"
#include "decoder/query/syntax.h"

namespace npuscope::query {

enum class StepKind : std::uint8_t {
  number,
  text,
  reference,
  written,
  changed,
  inherited,
  known,
  runs,
  operation,  // `node` says which; takes its operands from the stack
};

// One step of the postfix program.
struct Step {
  StepKind kind = StepKind::number;
  NodeKind node = NodeKind::number;
  bool of_texts = false;    // == and != of texts
  std::int64_t number = 0;  // the number, or a Block
  std::size_t index = 0;    // into texts or references
};

class Expression {
 public:
  // Errors: those of parse(), names that do not exist or are not unique, texts where numbers are
  // needed, comparisons that do not depend on the record.
  [[nodiscard]] static Outcome<Expression> compile(std::string_view text, const RegisterDb& db);

  // Each property, register and field that it names, once, in order.
  [[nodiscard]] const std::vector<Reference>& references() const { return references_; }
  // "`cna.data_size0.datain_h` is taken as CNA_DATA_SIZE0.DATAIN_HEIGHT": for a person.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class Compiler;
  friend class Evaluator;
  std::vector<Step> steps_;
  std::vector<std::string> texts_;
  std::vector<Reference> references_;
  std::vector<std::string> notes_;
};

// Asks. Keeps its scratch memory between records; one for each thread. The expression must outlive
// it.
class Evaluator {
 public:
  Evaluator(const Expression& expression, Scope scope) : expression_(expression), scope_(scope) {}

  // The answer: a known number (not 0: yes), or a standing that says why there is none. Arithmetic
  // that leaves 64 bits and division by zero are unknown.
  [[nodiscard]] Value operator()(const LaneRecord& record);

 private:
  [[nodiscard]] Value operand(const Step& step, const LaneRecord& record) const;
  void operate(const Step& step);

  const Expression& expression_;
  Scope scope_;
  std::vector<Value> stack_;
};

}  // namespace npuscope::query
