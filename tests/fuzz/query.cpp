// An expression, or a list of names, over records: the whole input is the text.
#include <fmt/format.h>

#include "decoder/query/expression.h"
#include "decoder/query/lexer.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

// Two convolution tasks and a short one in one lane, then a pooling task; the third word of task 1
// was not captured. Made once: only the text changes.
struct Program {
  std::vector<Word> words;
  Opened input;
};

constexpr std::uint16_t cna = 0x0201, dpu = 0x1001, ppu = 0x4001;

void add_record(Program& program, ProgramSet& set, std::vector<Word> body, std::uint32_t enable) {
  Record record;
  record.at = {0, 8 * program.words.size()};
  record.body_words = static_cast<std::uint32_t>(body.size());
  record.tail_words = 1;
  record.first_task = set.tasks.size();
  TaskEntry entry;
  entry.task.enable_mask = enable;
  entry.task.regcfg_amount = record.body_words;
  entry.record = set.records.size();
  body.push_back(Word::make(0x0081, 0x0008, enable));
  program.words.insert(program.words.end(), body.begin(), body.end());
  set.tasks.push_back(entry);
  set.records.push_back(std::move(record));
}

// The words lie at their place when all are there.
void show_words(const Program& program, ProgramSet& set) {
  const WordView all(std::as_bytes(std::span(program.words)));
  for (Record& record : set.records) {
    const std::size_t first = record.at.offset / 8;
    if (record.first_task != 1) {
      record.runs = {{0, all.subview(first, record.total_words())}};
      continue;
    }
    record.runs = {{0, all.subview(first, 2)},
                   {3, all.subview(first + 3, record.total_words() - 3)}};
  }
}

const Program& program() {
  static const Program made = [] {
    Program result;
    Opened& input = result.input;
    input.capture.source = "fuzz";
    input.capture.buffers.resize(1);
    input.capture.buffers[0].name = "words";
    ProgramSet set;
    const Word pointer = Word::make(dpu, 0x4004, 0x0e);
    add_record(result, set,
               {pointer, Word::make(cna, 0x1040, 0x1b), Word::make(cna, 0x1020, 0x00380032),
                Word::make(dpu, 0x4030, 55)},
               0x0d);
    add_record(result, set,
               {pointer, Word::make(cna, 0x1040, 0x201b), Word::make(cna, 0x1020, 0x00380006),
                Word::make(cna, 0x100c, 0x120)},
               0x0d);
    add_record(result, set, {pointer, Word::make(cna, 0x1040, 0x1b), Word::make(cna, 0x1ffc, 1)},
               0x0d);
    add_record(result, set, {Word::make(ppu, 0x6004, 0x0e), Word::make(ppu, 0x6018, 3)}, 0x60);
    set.programs.push_back({1, {{0, 0, set.tasks.size()}}, true});
    show_words(result, set);
    input.sets.push_back(std::move(set));
    return result;
  }();
  return made;
}

void require_good(const query::QueryError& error, std::string_view text) {
  require(!error.what.empty(), "an error says something");
  require(error.span.at <= text.size() && error.span.length <= text.size() - error.span.at,
          "its place lies in the text");
  require(error.in(text).what.size() < 4 * text.size() + 2000, "and it is not endless");
}

void ask(const query::Expression& expression, query::Scope scope) {
  query::Evaluator first(expression, scope);
  query::Evaluator second(expression, scope);
  query::for_each_record(program().input, [&](const query::LaneRecord& record) {
    const query::Value answer = first(record);
    const query::Value again = second(record);
    require(answer.standing == again.standing && answer.number == again.number,
            "equal questions have equal answers");
    for (const query::Reference& reference : expression.references())
      if (reference.is_register())
        static_cast<void>(query::origin_of(record, reference.block, reference.offset));
  });
}

}  // namespace

void fuzz_query(std::span<const std::byte> bytes) {
  const FileBytes file = in_memory(bytes, "query.txt");
  const std::string_view text = file.text();
  const RegisterDb& db = RegisterDb::builtin();
  const auto made = query::Expression::compile(text, db);
  if (made) {
    for (const bool written : {false, true})
      for (const bool changed : {false, true}) ask(*made, {written, changed});
    const auto bracketed = query::Expression::compile(fmt::format("({})", text), db);
    require(bracketed || text.size() + 2 > query::longest_expression ||
                bracketed.error().what.find("nested") != std::string::npos,
            "parentheses change nothing");
  } else {
    require_good(made.error(), text);
  }
  const auto list = query::find_references(db, text);
  if (!list) require_good(list.error(), text);
}

}  // namespace npuscope::fuzz
