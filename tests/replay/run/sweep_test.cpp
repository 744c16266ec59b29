// Shapes that pass, and programs that do not.
#include "replay/run/sweep.h"
#include "decoder/device_memory.h"

#include <gtest/gtest.h>

#include <set>

#include "replay/run/parallel.h"
#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

const ConvShape small = *parse_shape("b1_c16_h12_w12_oc32_wic16_k3x3_g1_p1");

GeneratedProgram program_of(const ConvShape& shape) {
  return *generate_program(shape, {});
}

TEST(Sweep, PassesWhatIsRight) {
  const SweepRow row = sweep_shape(small);
  EXPECT_EQ(row.status, SweepStatus::pass) << row.reason;
  EXPECT_EQ(row.reason, "");
  EXPECT_EQ(row.key, "b1_c16_h12_w12_oc32_wic16_k3x3_g1_p1");
  EXPECT_EQ(row.values, 32U * 12 * 12);
  EXPECT_EQ(row.macs, 12ULL * 12 * 9 * 16 * 32) << "multiplications of the definition";
  EXPECT_LE(row.deviation.excess, 0);
  EXPECT_GT(row.deviation.largest, 0) << "f16 rounds";
  EXPECT_TRUE(row.within_tolerance);
  EXPECT_EQ(row.program_hash.size(), 32U);
}

TEST(Sweep, RefusesWhatItCannotJudge) {
  const SweepRow whole = sweep_shape(*parse_shape("b1_c16_h4_w4_oc16_wic16_k1x1_g1_i8_bias"));
  EXPECT_EQ(whole.status, SweepStatus::refused);
  EXPECT_EQ(whole.reason, "the sweep makes tensors of f16 only");
  // A row that the convolution buffer does not hold.
  const SweepRow wide = sweep_shape(*parse_shape("b1_c16_h1_w60000_oc16_wic16_k1x1_g1"));
  EXPECT_EQ(wide.status, SweepStatus::refused);
  EXPECT_NE(wide.reason, "");
  EXPECT_EQ(wide.values, 0U);
}

// Judged by another shape than it was made for: the activation is missing.
TEST(Sweep, FindsWrongValues) {
  GeneratedProgram program = program_of(small);
  program.plan.shape.fusion.relu = true;
  const SweepRow row = sweep_program(program);
  EXPECT_EQ(row.status, SweepStatus::wrong_values);
  EXPECT_TRUE(row.reason.starts_with("max_diff ")) << row.reason;
  EXPECT_TRUE(row.reason.ends_with(", beyond the clients' tolerance")) << row.reason;
  EXPECT_GT(row.deviation.excess, 1);
}

TEST(Sweep, TheToleranceOfTheClientsCounts) {
  const SweepRow row = sweep_shape(small, {.absolute = 0, .relative = 0});
  EXPECT_EQ(row.status, SweepStatus::wrong_values);
  EXPECT_LE(row.deviation.excess, 0) << "right, and still not equal to the f64 sum";
}

// The program for one core has no activation, those for more have one.
TEST(Sweep, FindsProgramsThatDiffer) {
  ConvShape active = small;
  active.fusion.relu = true;
  const GeneratedProgram other = program_of(active);
  GeneratedProgram program = program_of(small);
  CommandStream mixed;
  for (std::size_t list = 0; list < list_count; ++list) {
    const CommandStream& from = list == 0 ? program.stream : other.stream;
    std::vector<RecordWrites> records;
    for (const std::size_t record : from.list(list)) records.push_back(from.records()[record].body);
    mixed.add_lane(list, list == 0 ? 1 : list < 3 ? 2 : 3, std::move(records));
  }
  program.stream = mixed;
  const SweepRow row = sweep_program(program);
  EXPECT_EQ(row.status, SweepStatus::cores_differ) << row.reason;
  EXPECT_EQ(row.reason, "the program for 2 cores gives other bytes");
}

// The output buffer is shorter than what the program writes.
TEST(Sweep, FindsWhatABoardWouldNotDo) {
  GeneratedProgram program = program_of(small);
  program.layout.output.bytes = page_bytes;
  const SweepRow row = sweep_program(program);
  EXPECT_EQ(row.status, SweepStatus::rule_broken) << row.reason;
  EXPECT_EQ(row.values, 0U);
}

TEST(Sweep, EveryStatusHasAName) {
  std::set<std::string_view> names;
  for (const SweepStatus status :
       {SweepStatus::pass, SweepStatus::wrong_values, SweepStatus::cores_differ,
        SweepStatus::rule_broken, SweepStatus::not_run, SweepStatus::refused})
    names.insert(name_of(status));
  EXPECT_EQ(names, (std::set<std::string_view>{"pass", "wrong-values", "cores-differ",
                                               "rule-broken", "not-run", "refused"}));
}

TEST(Parallel, EveryPieceOnceOnAnyNumberOfThreads) {
  for (const unsigned threads : {0U, 1U, 2U, 7U, 50U}) {
    std::vector<int> times(20);
    for_each_index(times.size(), threads, [&](std::size_t i) { ++times[i]; });
    EXPECT_EQ(times, std::vector<int>(20, 1)) << threads << " threads";
  }
  for_each_index(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace npuscope
