// A sweep that a board ran with a faulty client: which of its 146 dense shapes failed, and by how
// much. The client's programs are rebuilt, run, and judged by the result and by the rule about the
// buffer's capacity.
//
// That rule was found on the same failures (44 of them compute correctly in the model); its
// independent confirmation are 2,400 working configurations that do not break it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "tests/corpus.h"
#include "tests/replay/sim/client_program.h"

namespace npuscope::testing {
namespace {

struct SweepRow {
  std::string name;
  bool passed = false;
  double difference = 0;
  ClientPlan plan;
};

double number_behind(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  return at == std::string::npos ? 0 : std::stod(line.substr(at + key.size()));
}

std::string word_behind(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  if (at == std::string::npos) return {};
  return line.substr(at + key.size(), line.find(' ', at) - at - key.size());
}

// Steps of the tiles from the live log of the same day, by name.
std::map<std::string, ClientPlan> plans() {
  std::ifstream file(corpus_path("sweep-logs/conv_grok_sweep_live.log"));
  std::map<std::string, ClientPlan> plans;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("plan "))
      plans[word_behind(line, "shape=")] = {
          word_behind(line, "split="), static_cast<std::uint32_t>(number_behind(line, "y_step=")),
          static_cast<std::uint32_t>(number_behind(line, "k_step="))};
  return plans;
}

// The rows whose tiles are plain ones.
std::vector<SweepRow> dense_rows() {
  const auto by_name = plans();
  std::ifstream file(corpus_path("sweep-logs/conv_grok_217_sweep_20260710_104525_detail.log"));
  std::vector<SweepRow> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream stream(line);
    SweepRow row;
    std::string status, colons, kind;
    stream >> status >> row.name >> colons >> kind;
    const ListedShape* shape = find_listed(row.name);
    if (shape == nullptr || shape->shape.batch != 1 || shape->shape.groups != 1) continue;
    if (kind != "NONE" && kind != "BY_K" && kind != "BY_Y" && kind != "BY_YK") continue;
    row.passed = status == "PASS";
    row.difference = number_behind(line, "max_diff=");
    row.plan = by_name.at(row.name);
    row.plan.split = kind;
    if (kind == "BY_K" || kind == "BY_YK") row.plan.k_step = 32;  // 32 where it matters
    rows.push_back(row);
  }
  return rows;
}

TEST(BoardSweep, FailuresArePredictedOneByOne) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::vector<SweepRow> rows = dense_rows();
  ASSERT_EQ(rows.size(), 146U);
  std::size_t matrix[2][2] = {};  // [failed on the board][predicted]
  std::size_t overflows = 0, equal = 0;
  for (const SweepRow& row : rows) {
    const ConvRun run(find_listed(row.name)->shape, 42);
    const ClientResult result = ClientRun(run, row.plan).simulate();
    const double difference = run.largest_difference(result.output, true);
    const bool predicted = difference > 0.2 || result.overflows;
    ++matrix[row.passed ? 0 : 1][predicted ? 1 : 0];
    overflows += result.overflows ? 1 : 0;
    equal += std::fabs(difference - row.difference) <= 2e-4 ? 1 : 0;
    EXPECT_EQ(predicted, !row.passed) << row.name << ": model " << difference << ", board "
                                      << row.difference << (result.overflows ? ", E1" : "");
    if (!row.passed) continue;
    for (const std::string& other : result.others) ADD_FAILURE() << row.name << ": " << other;
    EXPECT_NEAR(difference, row.difference, 1.1e-4) << row.name;
  }
  fmt::print(
      "146 shapes: {} of {} failures predicted, {} false alarms on {} passes; {} break the "
      "rule about the buffer, {} have the board's number\n",
      matrix[1][1], matrix[1][0] + matrix[1][1], matrix[0][1], matrix[0][0] + matrix[0][1],
      overflows, equal);
  EXPECT_EQ(matrix[1][1], 59U);
  EXPECT_EQ(matrix[0][0], 87U);
  EXPECT_EQ(overflows, 45U);
  EXPECT_EQ(equal, 101U);
}

// Two programs of other days, whose fault and number are documented.
struct Documented {
  std::string_view shape;
  ClientFaults faults;
  double board;
};

TEST(BoardSweep, SingleFaultsGiveTheNumbersOfTheBoard) {
  const Documented cases[] = {
      // The right stride, but kernels 544 and 545 are packed as a group of 16.
      {"b1_c256_h3_w3_oc546_wic256_k1x1_g1", {-3, true}, 35.69},
      // The stride of a 3x3 map on one of 5x5.
      {"b1_c128_h5_w5_oc256_wic128_k3x3_g1", {-3, false}, 259},
  };
  const double model[] = {35.6859, 259.370};
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const Documented& fault = cases[i];
    const auto shape = parse_shape(fault.shape);
    ASSERT_TRUE(shape);
    const ConvRun run(*shape, 42);
    const ClientPlan plan{"NONE", shape->out_height(), shape->out_channels};
    const double difference =
        run.largest_difference(ClientRun(run, plan, fault.faults).simulate().output, true);
    EXPECT_NEAR(difference, model[i], 2e-4 * (i == 0 ? 1 : 3)) << fault.shape;
    EXPECT_NEAR(difference, fault.board, 0.5) << fault.shape;
    const double right =
        run.largest_difference(ClientRun(run, plan,
                                         {static_cast<std::int32_t>(shape->in_width) *
                                              (static_cast<std::int32_t>(shape->in_height) - 4),
                                          false})
                                   .simulate()
                                   .output,
                               true);
    EXPECT_LT(right, 0.2) << fault.shape << " without its fault";
  }
}

}  // namespace
}  // namespace npuscope::testing
