// The nodes of the model files that are no convolutions, each from its simulated inputs, against
// its definition in float64.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>

#include "regdb/register_fields.h"
#include "tests/corpus.h"
#include "tests/replay/run/corpus_model.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope::testing {
namespace {

using Shape = std::vector<std::int64_t>;

std::size_t count_of(const Shape& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

// Calls visit(flat index, index per axis).
void for_each(const Shape& shape, const std::function<void(std::size_t, const Shape&)>& visit) {
  Shape at(shape.size());
  for (std::size_t flat = 0; flat < count_of(shape); ++flat) {
    visit(flat, at);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
}

double at(const Array& array, const Shape& index) {
  std::size_t flat = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis)
    flat = flat * array.extent(axis) +
           (array.shape[axis] == 1 ? 0 : static_cast<std::size_t>(index[axis]));
  return array.values.at(flat);
}

Array made(const Shape& shape, const std::function<double(const Shape&)>& value) {
  Array result{shape, std::vector<double>(count_of(shape))};
  for_each(shape,
           [&](std::size_t flat, const Shape& index) { result.values[flat] = value(index); });
  return result;
}

// Geometry of a pooling node, from its first record.
struct Window {
  std::int64_t kernel_y = 1, kernel_x = 1, stride_y = 1, stride_x = 1, top = 0, left = 0;
};

class NodeReference {
 public:
  // `constants`: what the file says of the node beside its operands, as ONNX orders it.
  NodeReference(const Node& node, std::vector<Array> inputs, std::vector<Array> constants,
                const Window& window)
      : node_(node), in_(std::move(inputs)), constants_(std::move(constants)), window_(window) {}

  // The outputs with these shapes; empty: the operator is not one of these.
  [[nodiscard]] std::vector<Array> compute(const std::vector<Shape>& shapes) const {
    const Shape& shape = shapes[0];
    if (node_.op == "Concat" || node_.op == "Split") return join_or_cut(shapes);
    if (in_.empty()) return {};
    if (node_.op == "Reshape" && in_[0].values.size() == count_of(shape))
      return {Array{shape, in_[0].values}};
    if (in_[0].shape.size() != shape.size()) return {};
    if (node_.op == "Relu") return {made(shape, [&](auto& i) { return relu(at(in_[0], i)); })};
    if (node_.op == "Sigmoid")
      return {made(shape, [&](auto& i) { return 1 / (1 + std::exp(-at(in_[0], i))); })};
    if (node_.op == "Resize")
      return {made(shape, [&](auto& i) {
        Shape from = i;
        for (std::size_t a = 0; a < from.size(); ++a)
          from[a] = from[a] * in_[0].shape[a] / shape[a];
        return at(in_[0], from);
      })};
    if (node_.op == "Expand") return {made(shape, [&](auto& i) { return at(in_[0], i); })};
    if (node_.op == "Pad") return {pad(shape)};
    if (node_.op == "Slice") return {slice(shape)};
    if (node_.op == "BatchNormalization") return {normalize(shape)};
    if (node_.op == "MaxPool" || node_.op == "AveragePool") return {pool(shape)};
    if (in_.size() < 2 || in_[1].shape.size() != shape.size()) return {};
    if (node_.op == "Add" || node_.op == "AddRelu")
      return {made(shape, [&](auto& i) {
        const double sum = at(in_[0], i) + at(in_[1], i);
        return node_.op == "Add" ? sum : relu(sum);
      })};
    if (node_.op == "Mul")
      return {made(shape, [&](auto& i) { return at(in_[0], i) * at(in_[1], i); })};
    return {};
  }

  // A transposition: one of those that the shapes allow.
  [[nodiscard]] std::vector<Array> transpositions(const Shape& shape) const {
    std::vector<Array> results;
    if (in_.empty() || in_[0].shape.size() != shape.size()) return results;
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), 0U);
    do {
      bool fits = true;
      for (std::size_t a = 0; a < order.size(); ++a)
        fits = fits && shape[a] == in_[0].shape[order[a]];
      if (!fits) continue;
      results.push_back(made(shape, [&](auto& i) {
        Shape from(i.size());
        for (std::size_t a = 0; a < order.size(); ++a) from[order[a]] = i[a];
        return at(in_[0], from);
      }));
    } while (std::ranges::next_permutation(order).found);
    return results;
  }

 private:
  static double relu(double x) { return std::max(x, 0.0); }

  [[nodiscard]] std::int64_t constant(std::size_t index, std::size_t element) const {
    return static_cast<std::int64_t>(constants_.at(index).values.at(element));
  }

  // Constants: what is before each axis, then what is behind it.
  [[nodiscard]] Array pad(const Shape& shape) const {
    return made(shape, [&](auto& i) {
      Shape from = i;
      for (std::size_t a = 0; a < from.size(); ++a) {
        from[a] -= constant(0, a);
        if (from[a] < 0 || from[a] >= in_[0].shape[a]) return 0.0;
      }
      return at(in_[0], from);
    });
  }

  // Constants: begins, ends, axes.
  [[nodiscard]] Array slice(const Shape& shape) const {
    return made(shape, [&](auto& i) {
      Shape from = i;
      for (std::size_t k = 0; k < constants_.at(2).values.size(); ++k)
        from.at(static_cast<std::size_t>(constant(2, k))) += constant(0, k);
      return at(in_[0], from);
    });
  }

  // Constants: scale, bias, mean, variance; epsilon is part of the variance.
  [[nodiscard]] Array normalize(const Shape& shape) const {
    return made(shape, [&](auto& i) {
      const auto c = static_cast<std::size_t>(i[1]);
      const auto value = [&](std::size_t k) { return constants_.at(k).values.at(c); };
      return (at(in_[0], i) - value(2)) / std::sqrt(value(3)) * value(0) + value(1);
    });
  }

  [[nodiscard]] Array pool(const Shape& shape) const {
    const bool maximum = node_.op == "MaxPool";
    return made(shape, [&](auto& i) {
      double sum = 0, most = -INFINITY;
      for (std::int64_t ky = 0; ky < window_.kernel_y; ++ky)
        for (std::int64_t kx = 0; kx < window_.kernel_x; ++kx) {
          const Shape from{i[0], i[1], i[2] * window_.stride_y + ky - window_.top,
                           i[3] * window_.stride_x + kx - window_.left};
          if (from[2] < 0 || from[3] < 0 || from[2] >= in_[0].shape[2] ||
              from[3] >= in_[0].shape[3])
            continue;
          sum += at(in_[0], from);
          most = std::max(most, at(in_[0], from));
        }
      return maximum ? most : sum / static_cast<double>(window_.kernel_y * window_.kernel_x);
    });
  }

  // The parts side by side along the axis in which they differ from the whole.
  [[nodiscard]] std::vector<Array> join_or_cut(const std::vector<Shape>& shapes) const {
    const bool joins = node_.op == "Concat";
    std::vector<Shape> parts;
    if (joins)
      for (const Array& part : in_) parts.push_back(part.shape);
    else
      parts = shapes;
    const Shape& whole = joins ? shapes[0] : in_.at(0).shape;
    std::size_t axis = 0;
    while (axis < whole.size() && parts[0].at(axis) == whole[axis]) ++axis;
    if (axis == whole.size()) return {};
    if (joins)
      return {made(whole, [&](const Shape& i) {
        Shape from = i;
        std::size_t part = 0;
        while (from[axis] >= parts[part][axis]) from[axis] -= parts[part++][axis];
        return at(in_[part], from);
      })};
    std::vector<Array> results;
    std::int64_t begin = 0;
    for (const Shape& part : parts) {
      results.push_back(made(part, [&](const Shape& i) {
        Shape from = i;
        from[axis] += begin;
        return at(in_[0], from);
      }));
      begin += part[axis];
    }
    return results;
  }

  const Node& node_;
  std::vector<Array> in_, constants_;
  Window window_;
};

struct Figures {
  std::size_t nodes = 0;
  double integer = 0, real = 0;  // worst errors: in steps; relative to the tensor's maximum
};

class Checker {
 public:
  Checker(const std::filesystem::path& path, std::map<std::string, Figures>& figures)
      : model_(path), file_(open_model(path)), figures_(figures) {}

  void run() {
    ModelRun* running = nullptr;
    ModelRun run = model_.prepare({.before_node = [&](std::size_t n) {
      if (n > 0) check(n - 1, *running);
      inputs_ = inputs_of(model_.model().nodes[n], *running);
      return true;
    }});
    running = &run;
    (void)run.run();
  }

 private:
  static bool is_activation(const Tensor& tensor) {
    return tensor.kind >= 1 && tensor.kind <= 3 && !tensor.name.ends_with("_exSecondary");
  }

  [[nodiscard]] Array array_of(const ModelRun& run, std::int32_t index) const {
    const Tensor& tensor = model_.model().tensors.at(static_cast<std::size_t>(index));
    return {{tensor.logical_shape.begin(), tensor.logical_shape.end()},
            model_.numbers(run, static_cast<std::size_t>(index))};
  }

  [[nodiscard]] std::vector<Array> inputs_of(const Node& node, const ModelRun& run) const {
    std::vector<Array> inputs;
    if (node.op.starts_with("Conv") || !node.on_npu()) return inputs;
    for (const std::int32_t index : node.inputs)
      if (is_activation(model_.model().tensors.at(static_cast<std::size_t>(index))))
        inputs.push_back(array_of(run, index));
    return inputs;
  }

  // Tensors of the graph that no task reads: numbers of any type, in the file.
  [[nodiscard]] std::vector<Array> constants_of(const Node& node) const {
    std::vector<Array> constants;
    for (const std::int32_t index : node.inputs) {
      const Tensor& tensor = model_.model().tensors.at(static_cast<std::size_t>(index));
      if (!is_activation(tensor)) constants.push_back({{}, plain_numbers(tensor)});
    }
    return constants;
  }

  [[nodiscard]] std::vector<double> plain_numbers(const Tensor& tensor) const {
    const auto bytes = file_.bytes_of(tensor);
    const std::string_view type = name_of_dtype(tensor.dtype);
    std::vector<double> numbers;
    const auto take = [&]<typename T>(T value) {
      for (std::size_t i = 0; i + sizeof value <= bytes.size(); i += sizeof value) {
        std::memcpy(&value, bytes.data() + i, sizeof value);
        numbers.push_back(static_cast<double>(value));
      }
    };
    if (type == "i64") take(std::int64_t{0});
    if (type == "f32") take(0.0F);
    if (type == "f16") return numbers_of(tensor, bytes);
    return numbers;
  }

  [[nodiscard]] Window window_of(std::size_t node) const {
    using namespace reg;
    Window window;
    const ProgramSet& set = model_.opened().sets.at(0);
    for (std::size_t t = 0; t < set.tasks.size(); ++t) {
      if (set.tasks[t].task.op_idx != node || set.tasks[t].task.enable_mask != 0x60) continue;
      set.record_of(t)->for_each_body_word([&](std::size_t, Word word) {
        const std::uint32_t v = word.value();
        if (word.offset() == PPU_POOLING_KERNEL_CFG)
          window = {PPU_POOLING_KERNEL_CFG_KERNEL_HEIGHT.in(v) + 1,
                    PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH.in(v) + 1,
                    PPU_POOLING_KERNEL_CFG_KERNEL_STRIDE_HEIGHT.in(v) + 1,
                    PPU_POOLING_KERNEL_CFG_KERNEL_STRIDE_WIDTH.in(v) + 1,
                    window.top,
                    window.left};
        if (word.offset() == PPU_POOLING_PADDING_CFG) {
          window.top = PPU_POOLING_PADDING_CFG_PAD_TOP.in(v);
          window.left = PPU_POOLING_PADDING_CFG_PAD_LEFT.in(v);
        }
      });
      break;
    }
    return window;
  }

  void check(std::size_t n, const ModelRun& run) {
    const Node& node = model_.model().nodes[n];
    if (inputs_.empty()) return;
    std::vector<Shape> shapes;
    for (const std::int32_t index : node.outputs) {
      const Tensor& tensor = model_.model().tensors.at(static_cast<std::size_t>(index));
      shapes.emplace_back(tensor.logical_shape.begin(), tensor.logical_shape.end());
    }
    const NodeReference reference(node, inputs_, constants_of(node), window_of(n));
    if (node.op == "Transpose") {
      double best = INFINITY;
      for (const Array& candidate : reference.transpositions(shapes[0]))
        best = std::min(best, error_of(node.outputs[0], candidate, run));
      if (std::isfinite(best)) add(node, node.outputs[0], best);
      return;
    }
    const std::vector<Array> wanted = reference.compute(shapes);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      add(node, node.outputs[i], error_of(node.outputs[i], wanted[i], run));
  }

  [[nodiscard]] double error_of(std::int32_t index, const Array& wanted,
                                const ModelRun& run) const {
    const Tensor& tensor = model_.model().tensors.at(static_cast<std::size_t>(index));
    const std::vector<double> got = array_of(run, index).values;
    const bool integer = name_of_dtype(tensor.dtype) == "i8";
    const double scale = integer && !tensor.scale.empty() ? double{tensor.scale[0]} : 1;
    const double zero =
        integer && !tensor.zero_point.empty() ? static_cast<double>(tensor.zero_point[0]) : 0;
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      double value = wanted.values[i];
      if (integer) value = std::clamp(value, (-128 - zero) * scale, (127 - zero) * scale);
      error = std::max(error, std::fabs(got[i] - value) / scale);
      largest = std::max(largest, std::fabs(value));
    }
    return integer || largest == 0 ? error : std::max(0.0, error - 0x1p-25) / largest;
  }

  void add(const Node& node, std::int32_t index, double error) {
    const Tensor& tensor = model_.model().tensors.at(static_cast<std::size_t>(index));
    Figures& figures = figures_[node.op];
    ++figures.nodes;
    double& worst = name_of_dtype(tensor.dtype) == "i8" ? figures.integer : figures.real;
    worst = std::max(worst, error);
  }

  CorpusModel model_;
  ModelFile file_;
  std::map<std::string, Figures>& figures_;
  std::vector<Array> inputs_;
};

TEST(OtherNodes, AreRightOneByOne) {
  NPUSCOPE_NEEDS_CORPUS();
  std::map<std::string, Figures> figures;
  for (const auto& path : corpus_models()) {
    // The program of its AddRelu is wrong: a test of its own (CompilerDefect).
    if (path.filename() != "sub_after_block0.rknn") Checker(path, figures).run();
  }
  std::size_t nodes = 0;
  for (const auto& [op, worst] : figures) {
    fmt::print("{:<19} {:>4} outputs, int8 {:.3f} steps, f16 {:.2g} of the maximum\n", op,
               worst.nodes, worst.integer, worst.real);
    nodes += worst.nodes;
    const bool moves = op == "MaxPool" || op == "Reshape" || op == "Transpose" || op == "Resize" ||
                       op == "Expand" || op == "Pad" || op == "Slice";
    const bool table = op == "Sigmoid";
    EXPECT_LE(worst.integer, moves ? 1e-6 : table ? 0.95 : 0.53) << op;
    EXPECT_LE(worst.real, moves ? 0 : 5e-4) << op;
  }
  EXPECT_GE(nodes, 345U);
}

}  // namespace
}  // namespace npuscope::testing
