// Programs to ask, and the answers.
//
//   EXPECT_EQ(asked(small_program(), "cna.cbuf_con0 == 0x1b").tasks, (Tasks{0, 2}));
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decoder/query/expression.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {

using Tasks = std::vector<std::size_t>;

inline constexpr std::uint16_t cna_target = 0x0201, dpu_target = 0x1001, ppu_target = 0x4001;

[[nodiscard]] inline StreamRecord record_with(std::vector<Word> body, std::uint32_t enable_mask,
                                              std::uint32_t op_idx = 1) {
  StreamRecord record;
  record.body = std::move(body);
  record.enable_mask = enable_mask;
  record.op_idx = op_idx;
  return record;
}

// Lane 0 is written out; the other five have one convolution and one PPU task each. Tasks:
//   0  1020 = 56 x 50, 1040 = 0x1b,   100c = 0x120, 4030 = 55
//   1  1020 = 56 x 6,  1040 = 0x201b, 100c = 0x120, 4030 = 55
//   2                  1040 = 0x1b                              the rest is that of task 0
//   3  1020 = 56 x 7                                            the rest is that of task 1
//   4  PPU, which no convolution register concerns
[[nodiscard]] inline Lanes small_lanes() {
  const auto cna = [](std::uint16_t offset, std::uint32_t value) {
    return Word::make(cna_target, offset, value);
  };
  const Word pointer = Word::make(dpu_target, 0x4004, 0x0e);
  const Word width = Word::make(dpu_target, 0x4030, 0x37);
  Lanes lanes(6);
  lanes[0] = {
      record_with({pointer, cna(0x100c, 0x120), cna(0x1020, 0x00380032), cna(0x1040, 0x1b), width},
                  0x0d),
      record_with(
          {pointer, cna(0x100c, 0x120), cna(0x1020, 0x00380006), cna(0x1040, 0x201b), width}, 0x0d),
      record_with({pointer, cna(0x1040, 0x1b)}, 0x0d),
      record_with({pointer, cna(0x1020, 0x00380007)}, 0x0d), record_of(26, 9)};
  std::uint32_t seed = 20;
  for (const std::size_t lane : {1U, 2U, 3U, 4U, 5U})
    lanes[lane] = {record_of(104, ++seed), record_of(26, ++seed)};
  return lanes;
}

[[nodiscard]] inline Opened small_program() {
  return open_capture(capture_of(small_lanes()), RegisterDb::builtin());
}

// The same without the word `index` of the record of `task`.
[[nodiscard]] inline Opened without_word(std::size_t task, std::size_t index) {
  Opened whole = small_program();
  const Record& record = *whole.sets.at(0).record_of(task);
  const std::uint64_t gap = record.at.offset + 8 * index;
  Capture capture = capture_of(small_lanes());
  std::vector<Piece>& pieces = capture.buffers.at(record.at.buffer).pieces;
  const Piece piece = pieces.at(0);
  pieces = {{piece.offset, piece.bytes.first(gap - piece.offset)},
            {gap + 8, piece.bytes.subspan(gap + 8 - piece.offset)}};
  return open_capture(std::move(capture), RegisterDb::builtin());
}

struct Answers {
  Tasks tasks;  // for which it is true
  std::size_t undecided = 0, inapplicable = 0, records = 0;
};

// Of the first program of the first set.
[[nodiscard]] inline Answers asked(const Opened& input, const std::string& text,
                                   query::Scope scope = {}) {
  Answers answers;
  const auto made = query::Expression::compile(text, RegisterDb::builtin());
  if (!made) {
    ADD_FAILURE() << made.error().in(text).text();
    return answers;
  }
  query::Evaluator ask(*made, scope);
  query::for_each_record(input, [&](const query::LaneRecord& record) {
    if (record.place.program.cores != 1 || record.place.set_number != 0) return;
    const query::Value answer = ask(record);
    ++answers.records;
    answers.undecided += answer.standing == query::Standing::unknown ? 1 : 0;
    answers.inapplicable += answer.standing == query::Standing::inapplicable ? 1 : 0;
    if (answer.is_true()) answers.tasks.push_back(record.place.task);
  });
  return answers;
}

// How many records of all programs it is true for.
[[nodiscard]] inline std::size_t count_of(const Opened& input, const std::string& text) {
  std::size_t count = 0;
  const auto made = query::Expression::compile(text, RegisterDb::builtin());
  if (!made) {
    ADD_FAILURE() << made.error().in(text).text();
    return count;
  }
  query::Evaluator ask(*made, {});
  query::for_each_record(
      input, [&](const query::LaneRecord& record) { count += ask(record).is_true() ? 1 : 0; });
  return count;
}

}  // namespace npuscope::testing
