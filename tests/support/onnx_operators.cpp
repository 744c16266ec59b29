#include "tests/support/onnx_operators.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

#include "onnx.pb.h"

namespace npuscope::testing {

namespace {

// One node with its operands.
class Operation {
 public:
  Operation(const onnx::NodeProto& node, std::vector<const Array*> in)
      : node_(node), in_(std::move(in)) {}

  Array run() const {
    static const std::map<std::string, Array (Operation::*)() const> operations = {
        {"Conv", &Operation::convolve},   {"BatchNormalization", &Operation::normalise},
        {"Concat", &Operation::concat},   {"Expand", &Operation::expand},
        {"MaxPool", &Operation::pool},    {"Pad", &Operation::pad},
        {"Reshape", &Operation::reshape}, {"Resize", &Operation::resize},
        {"Slice", &Operation::slice},     {"Transpose", &Operation::transpose}};
    static const std::map<std::string, double (*)(double)> unary = {
        {"Abs", [](double x) { return std::fabs(x); }},
        {"Exp", [](double x) { return std::exp(x); }},
        {"Identity", [](double x) { return x; }},
        {"Neg", [](double x) { return -x; }},
        {"Relu", [](double x) { return std::max(x, 0.0); }},
        {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }}};
    static const std::map<std::string, double (*)(double, double)> binary = {
        {"Add", [](double a, double b) { return a + b; }},
        {"Mul", [](double a, double b) { return a * b; }},
        {"Mod", [](double a, double b) { return std::fmod(a, b); }},
        {"Equal", [](double a, double b) { return a == b ? 1.0 : 0.0; }}};
    if (const auto found = operations.find(node_.op_type()); found != operations.end())
      return (this->*found->second)();
    if (const auto found = unary.find(node_.op_type()); found != unary.end()) {
      Array result = in(0);
      for (double& value : result.values) value = found->second(value);
      return result;
    }
    if (const auto found = binary.find(node_.op_type()); found != binary.end())
      return broadcast(found->second);
    throw std::runtime_error("operator " + node_.op_type());
  }

 private:
  const Array& in(std::size_t i) const {
    if (i >= in_.size() || in_[i] == nullptr) throw std::runtime_error("missing operand");
    return *in_[i];
  }
  bool has(std::size_t i) const { return i < in_.size() && in_[i] != nullptr; }

  const onnx::AttributeProto* attribute(const std::string& name) const {
    for (const auto& attribute : node_.attribute())
      if (attribute.name() == name) return &attribute;
    return nullptr;
  }
  std::vector<std::int64_t> ints(const std::string& name, std::vector<std::int64_t> usual) const {
    const auto* found = attribute(name);
    if (found == nullptr) return usual;
    return {found->ints().begin(), found->ints().end()};
  }
  std::int64_t integer(const std::string& name, std::int64_t usual) const {
    const auto* found = attribute(name);
    return found == nullptr ? usual : found->i();
  }
  static std::vector<std::int64_t> integers_of(const Array& array) {
    constexpr double most = 1LL << 60;  // "to the end" is written as the largest integer
    std::vector<std::int64_t> values;
    for (const double value : array.values)
      values.push_back(static_cast<std::int64_t>(std::clamp(value, -most, most)));
    return values;
  }

  // Calls visit(flat index, index per axis) for each element of a shape.
  static void for_each(
      const std::vector<std::int64_t>& shape,
      const std::function<void(std::size_t, const std::vector<std::int64_t>&)>& visit) {
    std::vector<std::int64_t> at(shape.size());
    const std::size_t count = count_of(shape);
    for (std::size_t flat = 0; flat < count; ++flat) {
      visit(flat, at);
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        if (++at[axis] < shape[axis]) break;
        at[axis] = 0;
      }
    }
  }
  static std::size_t flat_index(const std::vector<std::int64_t>& shape,
                                const std::vector<std::int64_t>& at) {
    std::size_t flat = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      flat = flat * static_cast<std::size_t>(shape[axis]) + static_cast<std::size_t>(at[axis]);
    return flat;
  }

  // The element of `operand` that stands for `at` of a larger shape.
  static double broadcast_value(const Array& operand, const std::vector<std::int64_t>& at) {
    std::size_t flat = 0;
    const std::size_t skip = at.size() - operand.shape.size();
    for (std::size_t axis = 0; axis < operand.shape.size(); ++axis)
      flat = flat * operand.extent(axis) +
             (operand.shape[axis] == 1 ? 0 : static_cast<std::size_t>(at[axis + skip]));
    return operand.values.at(flat);
  }
  static std::vector<std::int64_t> common_shape(std::vector<std::int64_t> a,
                                                std::vector<std::int64_t> b) {
    if (a.size() < b.size()) std::swap(a, b);
    for (std::size_t i = 0; i < b.size(); ++i) {
      std::int64_t& extent = a[a.size() - b.size() + i];
      extent = std::max(extent, b[i]);
    }
    return a;
  }

  Array broadcast(double (*function)(double, double)) const {
    Array result{common_shape(in(0).shape, in(1).shape), {}};
    result.values.resize(count_of(result.shape));
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      result.values[flat] = function(broadcast_value(in(0), at), broadcast_value(in(1), at));
    });
    return result;
  }

  Array expand() const {
    Array result{common_shape(in(0).shape, integers_of(in(1))), {}};
    result.values.resize(count_of(result.shape));
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      result.values[flat] = broadcast_value(in(0), at);
    });
    return result;
  }

  Array reshape() const {
    Array result = in(0);
    result.shape = integers_of(in(1));
    for (std::size_t axis = 0; axis < result.shape.size(); ++axis)
      if (result.shape[axis] == 0) result.shape[axis] = in(0).shape.at(axis);
    for (std::int64_t& extent : result.shape)
      if (extent == -1) {
        extent = 1;
        extent = static_cast<std::int64_t>(result.values.size() / count_of(result.shape));
      }
    return result;
  }

  Array transpose() const {
    const auto order = ints("perm", {});
    Array result;
    for (const std::int64_t axis : order)
      result.shape.push_back(in(0).shape.at(static_cast<std::size_t>(axis)));
    result.values.resize(in(0).values.size());
    std::vector<std::int64_t> from(order.size());
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      for (std::size_t axis = 0; axis < order.size(); ++axis)
        from[static_cast<std::size_t>(order[axis])] = at[axis];
      result.values[flat] = in(0).values[flat_index(in(0).shape, from)];
    });
    return result;
  }

  Array slice() const {
    const auto starts = integers_of(in(1)), ends = integers_of(in(2));
    std::vector<std::int64_t> axes(starts.size()), steps(starts.size(), 1);
    std::iota(axes.begin(), axes.end(), 0);
    if (has(3)) axes = integers_of(in(3));
    if (has(4)) steps = integers_of(in(4));
    Array result{in(0).shape, {}};
    std::vector<std::int64_t> first(result.shape.size()), step(result.shape.size(), 1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto axis = static_cast<std::size_t>(
          axes[i] < 0 ? axes[i] + std::int64_t(result.shape.size()) : axes[i]);
      const std::int64_t extent = in(0).shape.at(axis);
      const auto place = [&](std::int64_t p) {
        return std::clamp<std::int64_t>(p < 0 ? p + extent : p, 0, extent);
      };
      if (steps[i] < 1) throw std::runtime_error("Slice backwards");
      first[axis] = place(starts[i]);
      step[axis] = steps[i];
      result.shape[axis] = (place(ends[i]) - first[axis] + steps[i] - 1) / steps[i];
    }
    result.values.resize(count_of(result.shape));
    std::vector<std::int64_t> from(first.size());
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        from[axis] = first[axis] + at[axis] * step[axis];
      result.values[flat] = in(0).values[flat_index(in(0).shape, from)];
    });
    return result;
  }

  Array concat() const {
    const auto axis = static_cast<std::size_t>(
        integer("axis", 0) + (integer("axis", 0) < 0 ? std::int64_t(in(0).shape.size()) : 0));
    Array result{in(0).shape, {}};
    result.shape.at(axis) = 0;
    for (std::size_t i = 0; i < in_.size(); ++i) result.shape[axis] += in(i).shape.at(axis);
    std::size_t outer = 1;
    for (std::size_t i = 0; i < axis; ++i) outer *= in(0).extent(i);
    for (std::size_t o = 0; o < outer; ++o)
      for (std::size_t i = 0; i < in_.size(); ++i) {
        const std::size_t part = in(i).values.size() / outer;
        const auto from = in(i).values.begin() + static_cast<std::ptrdiff_t>(o * part);
        result.values.insert(result.values.end(), from, from + static_cast<std::ptrdiff_t>(part));
      }
    return result;
  }

  Array pad() const {
    const auto pads = has(1) ? integers_of(in(1)) : ints("pads", {});
    const double value = has(2) ? in(2).values.at(0) : 0;
    const std::size_t rank = in(0).shape.size();
    Array result{in(0).shape, {}};
    for (std::size_t axis = 0; axis < rank; ++axis)
      result.shape[axis] += pads.at(axis) + pads.at(axis + rank);
    result.values.resize(count_of(result.shape));
    std::vector<std::int64_t> from(rank);
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      bool inside = true;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        from[axis] = at[axis] - pads[axis];
        inside = inside && from[axis] >= 0 && from[axis] < in(0).shape[axis];
      }
      result.values[flat] = inside ? in(0).values[flat_index(in(0).shape, from)] : value;
    });
    return result;
  }

  Array normalise() const {
    const auto* epsilon = attribute("epsilon");
    const double added = epsilon != nullptr ? static_cast<double>(epsilon->f()) : 1e-5;
    Array result = in(0);
    const std::size_t inner = count_of(in(0).shape) / in(0).extent(0) / in(0).extent(1);
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      const std::size_t c = i / inner % in(0).extent(1);
      result.values[i] = (result.values[i] - in(3).values.at(c)) /
                             std::sqrt(in(4).values.at(c) + added) * in(1).values.at(c) +
                         in(2).values.at(c);
    }
    return result;
  }

  Array resize() const {
    const auto* mode = attribute("mode");
    if (mode == nullptr || mode->s() != "nearest") throw std::runtime_error("Resize mode");
    Array result{in(0).shape, {}};
    for (std::size_t axis = 0; axis < result.shape.size(); ++axis) {
      const double scale = has(2) && !in(2).values.empty()
                               ? in(2).values.at(axis)
                               : in(3).values.at(axis) / double(result.shape[axis]);
      if (scale != std::floor(scale)) throw std::runtime_error("Resize by a fraction");
      result.shape[axis] *= static_cast<std::int64_t>(scale);
    }
    result.values.resize(count_of(result.shape));
    std::vector<std::int64_t> from(result.shape.size());
    for_each(result.shape, [&](std::size_t flat, const std::vector<std::int64_t>& at) {
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        from[axis] = at[axis] * in(0).shape[axis] / result.shape[axis];
      result.values[flat] = in(0).values[flat_index(in(0).shape, from)];
    });
    return result;
  }

  struct Window {
    std::vector<std::int64_t> kernel, strides, pads, dilations;
    std::int64_t out(const Array& array, std::size_t i) const {
      const std::int64_t reach = (kernel[i] - 1) * dilations[i] + 1;
      return (array.shape.at(i + 2) + pads[i] + pads[i + 2] - reach) / strides[i] + 1;
    }
  };
  Window window(std::vector<std::int64_t> kernel) const {
    if (attribute("auto_pad") != nullptr && attribute("auto_pad")->s() != "NOTSET")
      throw std::runtime_error("auto_pad");
    return {ints("kernel_shape", std::move(kernel)), ints("strides", {1, 1}),
            ints("pads", {0, 0, 0, 0}), ints("dilations", {1, 1})};
  }

  // Calls use(out, in, place) for each place of the window of each output pixel of one plane.
  template <typename Use>
  static void slide(const Window& w, const Array& input, std::int64_t height, std::int64_t width,
                    std::int64_t ky, std::int64_t kx, const Use& use) {
    for (std::int64_t y = 0; y < height; ++y) {
      const std::int64_t row = y * w.strides[0] + ky * w.dilations[0] - w.pads[0];
      if (row < 0 || row >= input.shape[2]) continue;
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t column = x * w.strides[1] + kx * w.dilations[1] - w.pads[1];
        if (column < 0 || column >= input.shape[3]) continue;
        use(static_cast<std::size_t>(y * width + x),
            static_cast<std::size_t>(row * input.shape[3] + column));
      }
    }
  }

  Array convolve() const {
    const Array& input = in(0);
    const Array& weight = in(1);
    const Window w = window({weight.shape.at(2), weight.shape.at(3)});
    const auto groups = static_cast<std::size_t>(integer("group", 1));
    const std::int64_t height = w.out(input, 0), width = w.out(input, 1);
    const std::size_t kernels = weight.extent(0), channels = weight.extent(1);
    const std::size_t plane = input.extent(2) * input.extent(3);
    const std::size_t pixels = static_cast<std::size_t>(height * width);
    const std::size_t places = weight.extent(2) * weight.extent(3);
    Array result{{input.shape[0], weight.shape[0], height, width}, {}};
    result.values.resize(count_of(result.shape));
    for (std::size_t n = 0; n < input.extent(0); ++n)
      for (std::size_t k = 0; k < kernels; ++k) {
        double* out = result.values.data() + (n * kernels + k) * pixels;
        if (has(2)) std::fill_n(out, pixels, in(2).values.at(k));
        for (std::size_t c = 0; c < channels; ++c) {
          const std::size_t channel = k / (kernels / groups) * channels + c;
          const double* from = input.values.data() + (n * input.extent(1) + channel) * plane;
          for (std::size_t p = 0; p < places; ++p) {
            const double value = weight.values[(k * channels + c) * places + p];
            slide(w, input, height, width, std::int64_t(p) / weight.shape[3],
                  std::int64_t(p) % weight.shape[3],
                  [&](std::size_t o, std::size_t i) { out[o] += value * from[i]; });
          }
        }
      }
    return result;
  }

  Array pool() const {
    const Array& input = in(0);
    const Window w = window({});
    const std::int64_t height = w.out(input, 0), width = w.out(input, 1);
    const std::size_t plane = input.extent(2) * input.extent(3);
    const std::size_t pixels = static_cast<std::size_t>(height * width);
    Array result{{input.shape[0], input.shape[1], height, width}, {}};
    result.values.assign(count_of(result.shape), -INFINITY);
    for (std::size_t c = 0; c < input.extent(0) * input.extent(1); ++c)
      for (std::int64_t ky = 0; ky < w.kernel.at(0); ++ky)
        for (std::int64_t kx = 0; kx < w.kernel.at(1); ++kx)
          slide(w, input, height, width, ky, kx, [&](std::size_t o, std::size_t i) {
            double& value = result.values[c * pixels + o];
            value = std::max(value, input.values[c * plane + i]);
          });
    return result;
  }

  const onnx::NodeProto& node_;
  std::vector<const Array*> in_;
};

}  // namespace

std::size_t count_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1},
                         [](std::size_t n, std::int64_t e) { return n * std::size_t(e); });
}

Array evaluate_node(const onnx::NodeProto& node, const std::vector<const Array*>& operands) {
  return Operation(node, operands).run();
}

}  // namespace npuscope::testing
