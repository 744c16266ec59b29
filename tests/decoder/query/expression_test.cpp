// Expressions over a program whose answers are computed by hand (query_helpers.h).
#include "decoder/query/expression.h"

#include <gtest/gtest.h>

#include "tests/corpus.h"
#include "tests/decoder/query/query_helpers.h"

namespace npuscope::testing {
namespace {

struct Row {
  const char* text;
  Tasks tasks;
  std::size_t undecided = 0;
  std::size_t inapplicable = 0;
};

void check(const Opened& input, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Answers answers = asked(input, row.text);
    EXPECT_EQ(answers.tasks, row.tasks) << row.text;
    EXPECT_EQ(answers.undecided, row.undecided) << row.text;
    EXPECT_EQ(answers.inapplicable, row.inapplicable) << row.text;
    EXPECT_EQ(answers.records, 5U);
  }
}

TEST(Expression, RegistersAndFieldsInAnySpelling) {
  check(small_program(), {
                             {"cna.cbuf_con0 == 0x1b", {0, 2}, 0, 1},
                             {"CNA_CBUF_CON0 == 27", {0, 2}, 0, 1},
                             {"Cbuf_Con0 == 27", {0, 2}, 0, 1},
                             {"reg_cna_cbuf_con0 == 27", {0, 2}, 0, 1},
                             {"0x1040 == 0x1b", {0, 2}, 0, 1},
                             {"0x1040 in 0x1a..0x1b", {0, 2}, 0, 1},
                             {"@0x1040 == 0x1b", {0, 2}, 0, 1},
                             {"@1040 == 0x1b", {0, 2}, 0, 1},
                             {"0x1b == @1040", {0, 2}, 0, 1},
                             {"0x1040.data_bank == 11", {0, 1, 2, 3}, 0, 1},
                             {"@0x1040.weight_reuse", {1, 3}, 0, 1},
                             {"cna.cbuf_con0.data_bank > 4", {0, 1, 2, 3}, 0, 1},
                             {"cbuf_con0.weight_reuse", {1, 3}, 0, 1},
                             {"cna.cbuf_con0.weight_reuse.raw == 1", {1, 3}, 0, 1},
                             {"cna.cbuf_con0 & 0x2000", {1, 3}, 0, 1},
                             {"cna.data_size0.datain_height in 6..7", {1, 3}, 0, 1},
                         });
}

TEST(Expression, UnitsAndNamesOfValues) {
  check(small_program(),
        {
            {"dpu.data_cube_width.width == 55", {0, 1, 2, 3}, 0, 1},
            {"dpu.data_cube_width.width.value == 56", {0, 1, 2, 3}, 0, 1},
            {"cna.conv_con1.in_precision == fp16", {0, 1, 2, 3}, 0, 1},
            {"FLOAT16 == cna.conv_con1.in_precision", {0, 1, 2, 3}, 0, 1},
            {"cna.conv_con1.in_precision == f16", {0, 1, 2, 3}, 0, 1},
            {"cna.conv_con1.in_precision != i8", {0, 1, 2, 3}, 0, 1},
            {"cna.conv_con1.in_precision in int8..bfloat16", {0, 1, 2, 3}, 0, 1},
            {"cna.conv_con1.in_precision < fp16", {}, 0, 1},
            {"cna.conv_con1.in_precision == cna.conv_con1.proc_precision", {0, 1, 2, 3}, 0, 1},
        });
}

TEST(Expression, Properties) {
  const Opened input = small_program();
  check(input, {
                   {"true", {0, 1, 2, 3, 4}},
                   {"false", {}},
                   {"task == 3", {3}},
                   {"TASK in 1..2", {1, 2}},
                   {"task.amount == 26", {4}},
                   {"task.enable_mask & 0x60", {4}},
                   {"task.int_mask == 0xc00", {4}},
                   {"task.int_clear == 0x1ffff", {0, 1, 2, 3, 4}},
                   {"task.op_idx == 1", {0, 1, 2, 3, 4}},
                   {"core", {}},
                   {"core == 0 and lane == 0 and cores == 1 and set == 0", {0, 1, 2, 3, 4}},
                   {"position == 2", {2}},
                   {"submitted", {0, 1, 2, 3, 4}},
                   {"record.words == 9", {0, 1}},
                   {"record.words == record.known_words and record.complete", {0, 1, 2, 3, 4}},
                   // 9 words in two units of 64 bytes, 6 in one; the stream begins at 0x4800.
                   {"record.offset == 0x4880", {1}},
                   {"record.offset in 0x4900..0x493f", {2}},
                   {"record.address == 0xfff98000 + 0x4880", {1}},
                   {"task.address == record.address", {0, 1, 2, 3, 4}},
                   {"record.link == \"end\"", {4}},
                   {"record.link != 'end'", {0, 1, 2, 3}},
                   {"\"GEM 2\" == buffer", {0, 1, 2, 3, 4}},
                   {"source == \"synthetic\"", {0, 1, 2, 3, 4}},
                   {"runs(ppu)", {4}},
                   {"runs(CNA) and not runs(dpu_rdma)", {0, 1, 2, 3}},
                   // There is no model: its node exists, but is not known.
                   {"op == \"Conv\"", {}, 5},
                   {"node != \"Conv\"", {}, 5},
               });
}

TEST(Expression, TheTailBelongsToItsRecord) {
  // amounts: (5 body words + 5) / 2 - 1 for the link to task 1; task 4 ends the lane.
  check(small_program(), {
                             {"pc.operation_enable == 0x60", {4}},
                             {"pc.register_amounts.pc_data_amount == 4", {0}},
                             {"written(pc.base_address)", {0, 1, 2, 3}},
                             {"pc.base_address", {0, 1, 2, 3}, 0, 1},
                             {"inherited(pc.register_amounts)", {}},
                         });
}

TEST(Expression, Arithmetic) {
  check(small_program(), {
                             {"2 + 3 * 4 == task + 14", {0}},
                             {"(2 + 3) * 4 == task + 19", {1}},
                             {"task - 1 - 1 == 1", {3}},
                             {"-task == 0 - 2", {2}},
                             {"- - task == 2", {2}},
                             {"task / 2 == 1", {2, 3}},
                             {"task % 2", {1, 3}},
                             {"task & 1 == 1", {1, 3}},
                             {"task + 1 & 1", {0, 2, 4}},
                             {"1 / task == 0", {2, 3, 4}, 1},
                             {"7 % task == 1", {2, 3}, 1},
                             {"9223372036854775807 + task > 0", {0}, 4},
                             {"9223372036854775807 * task > 0", {1}, 3},
                             {"-9223372036854775807 - task < 0", {0, 1}, 3},
                             {"0x7fffffffffffffff - task > 0", {0, 1, 2, 3, 4}},
                         });
}

TEST(Expression, LogicWithThreeValues) {
  // Nobody writes CNA_DATA_SIZE1; the CNA does not run in task 4.
  check(small_program(), {
                             {"cna.data_size1 == 0", {}, 4, 1},
                             {"cna.data_size1 != 0", {}, 4, 1},
                             {"not cna.data_size1 == 0", {}, 4, 1},
                             {"cna.data_size1 == 0 or task == 1", {1}, 3, 1},
                             {"task == 1 or cna.data_size1 == 0", {1}, 3, 1},
                             {"cna.data_size1 == 0 and task == 1", {}, 1},
                             {"task != 1 and cna.data_size1 == 0", {}, 3, 1},
                             {"cna.data_size1 + cna.cbuf_con0 > 0", {}, 4, 1},
                             {"cna.data_size1 in 0..0xffffffff", {}, 4, 1},
                             {"3 in cna.data_size1..1", {}},
                             {"cna.data_size1 == ppu.dst_base_addr", {}, 4, 1},
                             {"not cna.cbuf_con0 == 0x1b", {1, 3}, 0, 1},
                             {"!(task == 1 || task == 2) && task < 4", {0, 3}},
                             {"not task == 1 and not task in 2..9", {0}},
                             {"NOT task AND true OR task == 4", {0, 4}},
                             {"task == 0 or task == 1 and false", {0}},
                             {"(task == 0 or task == 1) and false", {}},
                         });
}

TEST(Expression, WrittenInheritedChangedKnown) {
  check(small_program(), {
                             {"written(cna.cbuf_con0)", {0, 1, 2}},
                             {"written(0x1040)", {0, 1, 2}},
                             {"written(@0x1040)", {0, 1, 2}},
                             {"written(cna.cbuf_con0.data_bank)", {0, 1, 2}},
                             {"inherited(cna.cbuf_con0)", {3}, 0, 1},
                             {"inherited(cna.data_size0)", {2}, 0, 1},
                             {"inherited(cna.data_size1)", {}, 4, 1},
                             {"known(cna.data_size0)", {0, 1, 2, 3}, 0, 1},
                             {"not known(cna.data_size1)", {0, 1, 2, 3}, 0, 1},
                             // Task 0 has nothing before it.
                             {"changed(cna.cbuf_con0)", {1, 2, 3}, 0, 2},
                             {"changed(cna.cbuf_con0.data_bank)", {}, 0, 2},
                             {"changed(cna.data_size0.datain_height)", {1, 2, 3}, 0, 2},
                             {"changed(cna.data_size0.datain_width)", {}, 0, 2},
                             {"changed(cna.data_size1)", {}, 3, 2},
                             {"changed(dpu.s_pointer)", {}, 0, 2},
                         });
}

TEST(Expression, ScopesLeaveValuesOut) {
  const Opened input = small_program();
  const query::Scope written{.written = true}, changed{.changed = true}, both{true, true};
  EXPECT_EQ(asked(input, "cna.cbuf_con0 == 0x201b").tasks, (Tasks{1, 3}));
  EXPECT_EQ(asked(input, "cna.cbuf_con0 == 0x201b", written).tasks, (Tasks{1}));
  EXPECT_EQ(asked(input, "cna.cbuf_con0 == 0x201b", changed).tasks, (Tasks{1, 3}));
  EXPECT_EQ(asked(input, "cna.cbuf_con0 == 0x1b", changed).tasks, (Tasks{2}));
  EXPECT_EQ(asked(input, "cna.cbuf_con0 > 0", both).tasks, (Tasks{1, 2}));
  // What is outside is not false either.
  EXPECT_EQ(asked(input, "not cna.cbuf_con0 == 0x1b", written).tasks, (Tasks{1}));
  EXPECT_EQ(asked(input, "not cna.cbuf_con0 == 0x1b", written).inapplicable, 2U);
  EXPECT_EQ(asked(input, "task == 3", both).tasks, (Tasks{3}));
}

TEST(Expression, AWordThatWasNotCapturedIsUnknown) {
  const Opened input = without_word(1, 2);  // 1020 of task 1
  check(input, {
                   {"cna.data_size0 == 0", {}, 1, 1},
                   {"cna.data_size0.datain_height == 50", {0, 2}, 1, 1},
                   {"written(cna.data_size0)", {0, 3}, 1},
                   {"written(cna.cbuf_con0)", {0, 1, 2}},
                   {"inherited(cna.data_size0)", {2}, 1, 1},
                   {"known(cna.data_size0)", {0, 2, 3}, 0, 1},
                   {"changed(cna.data_size0)", {3}, 2, 2},  // 7 after 50
                   {"record.complete", {0, 2, 3, 4}},
                   {"record.known_words == 8", {1}},
               });
}

TEST(Expression, AMissingWordMakesInheritedValuesUnknown) {
  const Opened input = without_word(2, 1);  // 1040 of task 2, or anything else
  EXPECT_EQ(asked(input, "cna.cbuf_con0 > 0").tasks, (Tasks{0, 1, 3}));
  EXPECT_EQ(asked(input, "cna.data_size0 > 0").tasks, (Tasks{0, 1, 3}));
  EXPECT_EQ(asked(input, "cna.data_size0 > 0").undecided, 1U);
}

TEST(Expression, NodesOfAModel) {
  const auto inputs = open_input(testdata_path("example/conv.rknn"), RegisterDb::builtin());
  ASSERT_TRUE(inputs) << inputs.error().text();
  const Opened& input = inputs->front();
  EXPECT_EQ(asked(input, "op == \"Conv\"").tasks, (Tasks{0, 1, 2, 3}));
  EXPECT_EQ(asked(input, "op == \"Identity\" and node == \"Identity:synthetic\"").tasks,
            (Tasks{4}));
  EXPECT_EQ(asked(input, "op == \"conv\"").tasks, Tasks{});
  EXPECT_EQ(asked(input, "record.address > 0").inapplicable, 5U);  // it has none yet
  EXPECT_EQ(count_of(input, "op == \"Conv\" and cores == 3 and core == 2"), 2U);
}

TEST(Expression, SaysWhichNamesItHasAndWhatItCompleted) {
  const auto made = query::Expression::compile(
      "cbuf_con0.data_bank == 3 or @0x1040 == 1 or task.amount == 1 or cna.cbuf_con0.data_bank or "
      "cna.data_size0.datain_h > 1 or dpu.data_cube_width.width.value == @1ffc",
      RegisterDb::builtin());
  ASSERT_TRUE(made) << made.error().what;
  std::vector<std::string> names;
  for (const query::Reference& reference : made->references()) names.push_back(reference.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"CNA_CBUF_CON0.DATA_BANK", "CNA_CBUF_CON0", "task.amount",
                                      "CNA_DATA_SIZE0.DATAIN_HEIGHT",
                                      "DPU_DATA_CUBE_WIDTH.WIDTH.value", "CNA_UNKNOWN_1ffc"}));
  EXPECT_EQ(made->notes(),
            (std::vector<std::string>{
                "`cna.data_size0.datain_h` is taken as CNA_DATA_SIZE0.DATAIN_HEIGHT"}));
}

}  // namespace
}  // namespace npuscope::testing
