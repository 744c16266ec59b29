#include "replay/run/conv_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "replay/run/numpy_random.h"
#include "replay/tensor/float16.h"

namespace npuscope {

namespace {

std::vector<std::uint16_t> halves(NumpyRandom& random, std::size_t count) {
  std::vector<std::uint16_t> values(count);
  for (std::uint16_t& value : values) value = f16_from_f64(random.uniform(-2, 2));
  return values;
}

std::vector<float> widened(const std::vector<std::uint16_t>& codes) {
  std::vector<float> values;
  values.reserve(codes.size());
  for (const std::uint16_t code : codes) values.push_back(f32_from_f16(code));
  return values;
}

// The sums of one output plane.
struct Plane {
  explicit Plane(std::size_t pixels)
      : sum(pixels), magnitude(pixels), sum32(pixels), place(pixels) {}
  void clear() {
    std::ranges::fill(sum, 0.0);
    std::ranges::fill(magnitude, 0.0);
    std::ranges::fill(sum32, 0.0F);
  }
  std::vector<double> sum, magnitude;
  std::vector<float> sum32, place;
};

// Adds one weight times the pixels that it meets.
void add_weight(const ConvShape& s, std::size_t i, std::size_t j, const float* plane, float weight,
                Plane& out) {
  for (std::size_t y = 0; y < s.out_height(); ++y) {
    const auto row = static_cast<std::int64_t>(y * s.stride_y + i * s.dilation_y) - s.pad_top;
    if (row < 0 || row >= s.in_height) continue;
    for (std::size_t x = 0; x < s.out_width(); ++x) {
      const auto column = static_cast<std::int64_t>(x * s.stride_x + j * s.dilation_x) - s.pad_left;
      if (column < 0 || column >= s.in_width) continue;
      const float product = plane[row * s.in_width + column] * weight;  // exact: 22 bits
      const std::size_t p = y * s.out_width() + x;
      out.sum[p] += static_cast<double>(product);
      out.magnitude[p] += static_cast<double>(std::fabs(product));
      out.place[p] += product;
    }
  }
}

// Bias, activation and residual add of element `index`, of kernel k.
void finish(const ConvShape& shape, const ConvTensors& tensors, std::size_t k,
            ConvReference& reference) {
  const Fusion& fusion = shape.fusion;
  double& sum = reference.sum.back();
  if (fusion.bias) {
    sum += static_cast<double>(tensors.bias[k]);
    reference.magnitude.back() += static_cast<double>(std::fabs(tensors.bias[k]));
  }
  if (fusion.relu) sum = std::max(sum, 0.0);
  if (fusion.residual)
    sum += static_cast<double>(f32_from_f16(tensors.residual[reference.sum.size() - 1]));
  if (fusion.relu_after_add) sum = std::max(sum, 0.0);
}

// A value that is no number is infinitely far from any.
double distance(double a, double b) {
  const double difference = std::fabs(a - b);
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

}  // namespace

Result<void> check_size(const ConvShape& shape) {
  constexpr std::uint64_t most = std::uint64_t{1} << 28U;
  const auto values = [](std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    std::uint64_t product = 1;
    for (const std::uint64_t factor : {a, b, c, d})
      product = factor > most || product > most ? most + 1 : product * factor;
    return product;
  };
  if (values(shape.batch, shape.in_channels, shape.in_height, shape.in_width) > most ||
      values(shape.batch, shape.out_channels, shape.out_height(), shape.out_width()) > most ||
      values(shape.out_channels, shape.group_in_channels(), shape.kernel_height,
             shape.kernel_width) > most)
    return wrong_usage(fmt::format("a tensor of more than {} values", most),
                       "reference and simulation would take hours: choose a smaller shape");
  return {};
}

ConvTensors draw_tensors(const ConvShape& shape, std::uint32_t seed) {
  NumpyRandom random(seed);
  ConvTensors tensors;
  tensors.input = halves(
      random, std::size_t{shape.batch} * shape.in_channels * shape.in_height * shape.in_width);
  tensors.weights = halves(random, std::size_t{shape.out_channels} * shape.group_in_channels() *
                                       shape.kernel_height * shape.kernel_width);
  if (shape.fusion.bias)
    for (std::uint32_t k = 0; k < shape.out_channels; ++k)
      tensors.bias.push_back(static_cast<float>(8 * random.uniform(-2, 2)));
  if (shape.fusion.residual)
    tensors.residual = halves(random, std::size_t{shape.batch} * shape.out_channels *
                                          shape.out_height() * shape.out_width());
  return tensors;
}

ConvReference reference_of(const ConvShape& s, const ConvTensors& tensors) {
  const std::size_t ic = s.group_in_channels(), oc = s.group_out_channels();
  const std::size_t pixels = std::size_t{s.out_height()} * s.out_width();
  const std::vector<float> in = widened(tensors.input), weights = widened(tensors.weights);
  ConvReference reference;
  Plane out(pixels);
  for (std::size_t n = 0; n < s.batch; ++n)
    for (std::size_t k = 0; k < s.out_channels; ++k) {
      out.clear();
      for (std::size_t i = 0; i < s.kernel_height; ++i)
        for (std::size_t j = 0; j < s.kernel_width; ++j) {
          std::ranges::fill(out.place, 0.0F);
          for (std::size_t c = 0; c < ic; ++c)
            add_weight(s, i, j,
                       in.data() + (n * s.in_channels + k / oc * ic + c) * s.in_height * s.in_width,
                       weights[((k * ic + c) * s.kernel_height + i) * s.kernel_width + j], out);
          for (std::size_t p = 0; p < pixels; ++p) out.sum32[p] += out.place[p];
        }
      for (std::size_t p = 0; p < pixels; ++p) {
        reference.sum.push_back(out.sum[p]);
        reference.magnitude.push_back(out.magnitude[p]);
        reference.sum32.push_back(out.sum32[p]);
        finish(s, tensors, k, reference);
      }
    }
  return reference;
}

Deviation compare(const ConvReference& reference, std::span<const std::uint16_t> output) {
  Deviation result;
  result.excess = -1e9;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const auto got = static_cast<double>(f32_from_f16(output[i]));
    const double wanted = reference.sum[i];
    int exponent = 0;
    (void)std::frexp(wanted, &exponent);
    const double step = std::ldexp(1.0, std::max(exponent - 11, -24));
    const double difference = distance(got, wanted);
    result.largest = std::max(result.largest, difference);
    result.largest32 =
        std::max(result.largest32,
                 distance(static_cast<double>(static_cast<float>(got) - reference.sum32[i]), 0));
    result.excess =
        std::max(result.excess, difference - 0.5 * step - 1e-6 * reference.magnitude[i]);
  }
  return result;
}

}  // namespace npuscope
