// Every convolution of every model file, each from its simulated inputs, against float64: the error
// of the simulator alone, without the drift of the layers before.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/corpus.h"
#include "tests/replay/run/convolution_reference.h"
#include "tests/replay/run/corpus_model.h"

namespace npuscope::testing {
namespace {

// Codes as numbers, without scale and zero point.
std::vector<double> codes_of(const CorpusModel& model, const ModelRun& run, std::size_t index) {
  Tensor plain = model.model().tensors[index];
  plain.scale.clear();
  plain.zero_point.clear();
  const auto codes = run.tensor(index);
  EXPECT_TRUE(codes) << codes.error().text();
  return codes ? numbers_of(plain, *codes) : std::vector<double>();
}

struct Worst {
  std::size_t nodes = 0;
  double error = 0;
  std::string name;

  void add(double value, const std::string& node) {
    ++nodes;
    if (value <= error) return;
    error = value;
    name = node;
  }
};

class NodeCheck {
 public:
  NodeCheck(const std::filesystem::path& path)
      : model_(path), file_(open_model(path)), reference_(file_, model_.opened()) {}

  // Worst errors: f16 relative to the tensor's largest value, int8 in steps.
  void run() {
    ModelRun* running = nullptr;
    ModelRun run = model_.prepare({.before_node = [&](std::size_t n) {
      if (pending_ != nullptr) check(*running);
      pending_ = nullptr;
      for (const ConvNode& node : reference_.nodes())
        if (node.node == n) remember(node, *running);
      return true;
    }});
    running = &run;
    (void)run.run();
  }

  Worst f16, f16_table, i8, i8_table;

 private:
  void remember(const ConvNode& node, const ModelRun& run) {
    pending_ = &node;
    input_ = codes_of(model_, run, node.input);
    residual_ =
        node.residual == no_index ? std::vector<double>() : codes_of(model_, run, node.residual);
  }

  void check(const ModelRun& run) {
    const ConvNode& node = *pending_;
    const std::vector<double> wanted = reference_.compute(node, input_, residual_);
    const std::vector<double> got = codes_of(model_, run, node.output);
    if (wanted.empty()) return;
    ASSERT_EQ(got.size(), wanted.size()) << node.name;
    const bool integer = node.shape.element == Element::i8;
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double limit = integer ? std::clamp(wanted[i], -128.0, 127.0) : wanted[i];
      error = std::max(error, std::fabs(got[i] - limit));
      largest = std::max(largest, std::fabs(limit));
    }
    const bool table = node.shape.fusion.table != TableFunction::none;
    // Half a step of the smallest numbers may be more than that.
    constexpr double half_a_subnormal = 0x1p-25;
    if (!integer && !table && largest > 0)
      error = std::max(0.0, error - half_a_subnormal) / largest;
    (integer ? (table ? i8_table : i8) : (table ? f16_table : f16))
        .add(error, model_.name() + ": " + node.name);
  }

  CorpusModel model_;
  ModelFile file_;
  ConvolutionReference reference_;
  const ConvNode* pending_ = nullptr;
  std::vector<double> input_, residual_;
};

void print(const char* kind, const Worst& worst) {
  fmt::print("{:<28} {:>4} nodes, worst error {:.3g} ({})\n", kind, worst.nodes, worst.error,
             worst.name);
}

// The bounds are those of HWM: f16 0.05 % of the tensor's maximum (half a step), tables 3e-4
// absolute, int8 0.52 of a step, with a table one step (0.94 for the inputs of that measurement).
TEST(ConvolutionNodes, AreRightOneByOne) {
  NPUSCOPE_NEEDS_CORPUS();
  Worst f16, f16_table, i8, i8_table;
  const auto join = [](Worst& all, const Worst& one) {
    all.nodes += one.nodes;
    if (one.error > all.error) {
      all.error = one.error;
      all.name = one.name;
    }
  };
  for (const auto& path : corpus_models()) {
    NodeCheck check(path);
    check.run();
    join(f16, check.f16);
    join(f16_table, check.f16_table);
    join(i8, check.i8);
    join(i8_table, check.i8_table);
  }
  print("f16, of the maximum", f16);
  print("f16 with a table, absolute", f16_table);
  print("int8, steps", i8);
  print("int8 with a table, steps", i8_table);
  EXPECT_LE(f16.error, 5e-4);
  EXPECT_LE(f16_table.error, 3e-4);
  EXPECT_LE(i8.error, 0.52);
  EXPECT_LE(i8_table.error, 1.0);
  EXPECT_EQ(f16.nodes + f16_table.nodes, 121U);
  EXPECT_EQ(i8.nodes + i8_table.nodes, 471U);
}

}  // namespace
}  // namespace npuscope::testing
