// The 217 shapes that a board ran: the same inputs, our programs for 1, 2 and 3 cores, and the
// largest difference from the reference that the board's sweep printed for each.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "replay/shape/shape_list.h"
#include "tests/corpus.h"
#include "tests/replay/sim/conv_run.h"

namespace npuscope {
namespace {

using testing::ConvRun;

struct BoardRow {
  std::string name;
  double difference = 0;
};

// Columns by their heading.
std::vector<BoardRow> board_rows() {
  std::ifstream file(testing::corpus_path("shapes_217.csv"));
  std::vector<BoardRow> rows;
  std::vector<std::string> heading;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    if (heading.empty()) {
      heading = cells;
      continue;
    }
    BoardRow row;
    for (std::size_t i = 0; i < cells.size() && i < heading.size(); ++i) {
      if (heading[i] == "name") row.name = cells[i];
      if (heading[i] == "max_diff_newest") row.difference = std::stod(cells[i]);
    }
    rows.push_back(row);
  }
  return rows;
}

double to_four_digits(double value) {
  return std::round(value * 1e4) / 1e4;
}

TEST(BoardShapes, DifferFromTheReferenceAsTheBoardDid) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::vector<BoardRow> rows = board_rows();
  ASSERT_EQ(rows.size(), 217U);
  std::size_t equal64 = 0, equal32 = 0, near = 0;
  std::uint64_t macs = 0;
  std::chrono::duration<double> time{};
  for (const BoardRow& row : rows) {
    const ListedShape* shape = find_listed(row.name);
    ASSERT_NE(shape, nullptr) << row.name;
    ConvRun run(shape->shape, 42);
    const auto begin = std::chrono::steady_clock::now();
    const auto output = run.simulate(1);
    time += std::chrono::steady_clock::now() - begin;
    macs += run.result().macs;
    const double by64 = to_four_digits(run.largest_difference(output, false));
    const double by32 = to_four_digits(run.largest_difference(output, true));
    equal64 += std::fabs(by64 - row.difference) < 1e-6 ? 1 : 0;
    equal32 += std::fabs(by32 - row.difference) < 1e-6 ? 1 : 0;
    near += std::fabs(by64 - row.difference) < 1.5e-4 ? 1 : 0;
    EXPECT_LE(run.worst_excess(output), 1e-9) << row.name;
    const std::vector<std::byte> memory = run.output_memory();
    for (const unsigned cores : {2U, 3U}) {
      (void)run.simulate(cores);
      EXPECT_EQ(run.output_memory(), memory) << row.name << " on " << cores << " cores";
    }
    EXPECT_NEAR(by64, row.difference, 1.1e-4) << row.name;
  }
  std::printf(
      "217 shapes: %zu equal to the board by a float64 reference, %zu within 0.0001, %zu "
      "equal by an f32 one; %.2f GMAC simulated and packed in %.2f s\n",
      equal64, near, equal32, static_cast<double>(macs) * 1e-9, time.count());
  EXPECT_EQ(near, rows.size());
  EXPECT_GE(equal64, 200U);
  EXPECT_GE(equal32, 214U);
}

}  // namespace
}  // namespace npuscope
