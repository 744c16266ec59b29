// Lanes and programs from tables with and without words.
#include "decoder/program/sections.h"

#include <gtest/gtest.h>

#include "decoder/program/find_programs.h"
#include "tests/decoder/program/only_set.h"
#include "tests/support/rknn_examples.h"
#include "tests/support/rknn_file.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

// The same table without the words.
Capture table_alone(const Lanes& lanes) {
  Capture capture = capture_of(lanes);
  capture.buffers[1].pieces.clear();
  return capture;
}

TEST(Sections, SixLanesAreProgramsForOneTwoAndThreeCores) {
  const Capture capture = capture_of(lanes_of_one_layer());
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "2|3+3|2+2+2");
  EXPECT_FALSE(set.inferred);
  EXPECT_EQ(set.partition_source, "op_idx and chain ends");
  ASSERT_EQ(set.programs.size(), 3U);
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(set.programs[p].cores, p + 1);
    EXPECT_EQ(set.programs[p].submitted, p == 0);  // one submit runs the first section only
    for (std::size_t core = 0; core <= p; ++core) EXPECT_EQ(set.programs[p].lanes[core].core, core);
  }
  EXPECT_EQ(set.program_for(3)->lanes[1].first, 10U);
  EXPECT_EQ(set.program_for(3)->task_count(), 6U);
  EXPECT_EQ(set.program_for(4), nullptr);
}

Submit submit_of(std::uint32_t mask, std::size_t first_entry,
                 const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges) {
  Submit submit;
  submit.core_mask = mask;
  for (std::size_t i = 0; i < ranges.size(); ++i) submit.subcore[first_entry + i] = ranges[i];
  return submit;
}

TEST(Sections, ASubmitForTwoCoresRunsTheirProgram) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.submits = {submit_of(3, 0, {{2, 3}, {5, 3}})};
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "2|3+3|2+2+2");
  for (std::size_t p = 0; p < 3; ++p) EXPECT_EQ(set.programs[p].submitted, p == 1);
}

// A table of somebody's own: what belongs to which core stands in the submit alone. The entries of
// three cores are the last three.
TEST(Sections, ASubmitForSeveralCoresNamesTheirTasks) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.submits = {submit_of(7, 2, {{0, 5}, {5, 5}, {10, 4}})};
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "5+5+4");
  EXPECT_EQ(set.programs[0].cores, 3U);
  EXPECT_TRUE(set.programs[0].submitted);
  EXPECT_EQ(set.partition_source, "ranges of the submit");
  // Entries of one core, of no core, and beyond the table name no program.
  for (const Submit& other : {submit_of(1, 0, {{0, 5}, {5, 9}}), submit_of(7, 0, {{0, 5}, {5, 9}}),
                              submit_of(3, 0, {{0, 5}, {5, 10}})}) {
    capture.submits = {other};
    EXPECT_EQ(lanes_text(only_set(capture)), "2|3+3|2+2+2");
  }
}

TEST(Sections, ThreeLanesCouldNotBeSplit) {
  const Capture capture = capture_of(lanes_of_unsplittable_layer());
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "1|1|1");
  EXPECT_EQ(set.programs[2].cores, 3U);
}

TEST(Sections, EightLanesAreThreeCopiesOfTheOneCoreProgram) {
  const Capture capture = capture_of(lanes_of_older_runtime());
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "4|4|4|4+2|4+2+2");
  ASSERT_EQ(set.programs.size(), 5U);
  // The cores of the lanes as S_POINTER[31:28] of the records says.
  for (const Program& program : set.programs) {
    for (const Lane& lane : program.lanes) {
      const Record* record = set.record_of(lane.first);
      ASSERT_NE(record, nullptr);
      EXPECT_EQ(record->word(0)->offset(), 0x1004);
      EXPECT_EQ(record->word(0)->value() >> 28U, lane.core);
    }
  }
  EXPECT_EQ(set.programs[0].cores, 1U);
  EXPECT_EQ(set.programs[2].cores, 1U);
  EXPECT_EQ(set.programs[4].cores, 3U);
}

TEST(Sections, OneLaneIsAProgramForOneCore) {
  const Capture capture = capture_of({{record_of(108, 1), record_of(108, 2)}});
  EXPECT_EQ(lanes_text(only_set(capture)), "2");
}

TEST(Sections, OtherNumbersAreGroupedByRegisterAmountsAndSaidSo) {
  Lanes lanes = lanes_of_one_layer();
  lanes.resize(3);  // 2 | 3+3: a program for three cores was cut off
  const Capture capture = capture_of(lanes);
  ASSERT_EQ(lay_out(lanes).lanes.size(), 3U);
  // Three lanes look like an unsplittable layer; five do not look like anything known.
  Lanes five = lanes_of_one_layer();
  five.erase(five.begin());
  const Capture odd = capture_of(five);
  const ProgramSet set = only_set(odd);
  EXPECT_EQ(lanes_text(set), "3+3|2+2+2");
  EXPECT_EQ(set.programs[0].cores, 2U);
  EXPECT_EQ(set.programs[1].cores, 3U);
  EXPECT_TRUE(set.inferred);
  EXPECT_NE(set.partition_source.find("5 lanes are not a known arrangement"), std::string::npos);
}

TEST(Sections, ALaneBeginsWhereOpIdxFalls) {
  const Capture capture = capture_of(lanes_with_shared_records());
  EXPECT_EQ(lanes_text(only_set(capture)), "4|5+4|5+4+4");
}

TEST(Sections, AChainEndWithEqualOpIdxEndsALaneAndOneWithARisingOpIdxDoesNot) {
  Lanes lanes = lanes_of_one_layer();
  // Inside the 1-core lane the chain ends after the first task, where the next node begins.
  lanes[0][0].ends_chain = true;
  lanes[0][1].op_idx = 2;
  const Capture rising = capture_of(lanes);
  EXPECT_EQ(lanes_text(only_set(rising)), "2|3+3|2+2+2");
  // The same end with an equal op_idx is the end of a lane: seven lanes, not six.
  lanes[0][1].op_idx = 1;
  const Capture equal = capture_of(lanes);
  const ProgramSet set = only_set(equal);
  EXPECT_EQ(set.programs[0].task_count(), 1U);
  EXPECT_TRUE(set.inferred);
}

TEST(Sections, ATableAloneIsInferred) {
  const Capture capture = table_alone(lanes_of_one_layer());
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "2|3+3|2+2+2");
  EXPECT_TRUE(set.inferred);
  EXPECT_EQ(set.partition_source, "task table alone (inferred)");
  const Capture unsplit = table_alone(lanes_of_unsplittable_layer());
  EXPECT_EQ(lanes_text(only_set(unsplit)), "1|1|1");
  const Capture shared = table_alone(lanes_with_shared_records());
  EXPECT_EQ(lanes_text(only_set(shared)), "4|5+4|5+4+4");
}

TEST(Sections, TheSubmitGivesTheLengthOfTheFirstLane) {
  // A table whose records would be told apart by nothing else: all amounts equal.
  Lanes lanes(6);
  lanes[0] = {record_of(104, 1), record_of(104, 2), record_of(104, 3)};
  for (std::size_t lane = 1; lane < 6; ++lane) lanes[lane] = {record_of(104, 9), record_of(26, 8)};
  Capture capture = table_alone(lanes);
  capture.submits.emplace_back();
  capture.submits.back().task_number = 9;  // three times the 1-core section
  const ProgramSet set = only_set(capture);
  EXPECT_EQ(lanes_text(set), "3|2+2|2+2+2");
  // subcore_task[0] says the same more directly.
  capture.submits.back() = {};
  capture.submits.back().subcore[0] = {0, 3};
  EXPECT_EQ(lanes_text(only_set(capture)), "3|2+2|2+2+2");
}

TEST(Sections, ASubmitThatContradictsTheTableIsReported) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.submits.emplace_back();
  capture.submits.back().task_number = 6;
  EXPECT_TRUE(only_set(capture).diagnostics.empty());
  capture.submits.back().task_number = 9;
  const ProgramSet set = only_set(capture);
  ASSERT_EQ(set.diagnostics.size(), 1U);
  EXPECT_EQ(set.diagnostics[0].text, "a submit runs 3 tasks, the 1-core section has 2");
}

TEST(Sections, TheListsOfAModelDecide) {
  const SyntheticModel model = small_convolution();
  const auto capture = read_rknn(as_file(write_rknn(model)));
  ASSERT_TRUE(capture) << capture.error().text();
  const ProgramSet set = only_set(*capture);
  EXPECT_EQ(set.partition_source, "lists of the model");
  EXPECT_TRUE(set.relative);
  EXPECT_EQ(set.base, 0U);
  ASSERT_EQ(set.programs.size(), 3U);
  std::size_t list = 0;
  for (const Program& program : set.programs) {
    for (const Lane& lane : program.lanes) EXPECT_EQ(lane.count, model.lists[list++].size());
  }
  EXPECT_EQ(list, 6U);
}

TEST(Sections, ModelListsThatDoNotAddUpAreNotBelieved) {
  auto capture = read_rknn(as_file(write_rknn(small_convolution())));
  ASSERT_TRUE(capture);
  auto lying = std::make_shared<Model>(*capture->model);
  lying->list_lengths[0] += 1;
  lying->has_lists = true;
  capture->model = lying;
  const ProgramSet set = only_set(*capture);
  EXPECT_NE(set.partition_source, "lists of the model");
  ASSERT_FALSE(set.diagnostics.empty());
  EXPECT_NE(set.diagnostics[0].text.find("the lists of the model name"), std::string::npos);
}

}  // namespace
}  // namespace npuscope::testing
