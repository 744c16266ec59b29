// Packed weights of model files against the ONNX files that they were compiled from.
//
// Which tensors can be compared follows from the two files: a convolution is comparable if a packed
// constant carries the name of its weights (of one of its groups: the name and "_branch0") and as
// many elements, and if no BatchNormalization reads its output, because the compiler multiplies its
// factors into the weights. Weights without such a constant belong to convolutions that the
// compiler cut into several or replaced by their result.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "replay/tensor/channel_records.h"
#include "replay/tensor/float16.h"
#include "replay/tensor/weights.h"
#include "tests/corpus.h"
#include "tests/replay/tensor/packed_constants.h"
#include "tests/support/onnx_file.h"

namespace npuscope::testing {
namespace {

struct Totals {
  std::size_t tensors = 0, depthwise = 0, weights = 0, equal = 0;
  std::size_t zero_points = 0, equal_zero_points = 0;
  std::size_t folded = 0, absent = 0;

  void add(const Totals& other) {
    tensors += other.tensors;
    depthwise += other.depthwise;
    weights += other.weights;
    equal += other.equal;
    zero_points += other.zero_points;
    equal_zero_points += other.equal_zero_points;
    folded += other.folded;
    absent += other.absent;
  }
};

// The codes of the packed weights, kernel by kernel, as the file stores them.
std::vector<std::byte> plain_codes(const PackedWeights& weights) {
  const WeightShape& s = weights.shape;
  std::vector<std::byte> plain(std::size_t{weights.element_bytes()} * s.kernels * s.channels *
                               s.height * s.width);
  const auto unpacked =
      unpack_weights(weights.tuples, s, weights.element_bytes(), weights.bytes, plain);
  EXPECT_TRUE(unpacked) << unpacked.error().text();
  return plain;
}

void compare_f16(std::span<const float> reference, std::span<const std::byte> codes,
                 Totals& totals) {
  std::vector<std::byte> expected(codes.size());
  ASSERT_TRUE(f16_from_f32(reference, expected));
  for (std::size_t i = 0; i < codes.size(); i += 2)
    if (std::memcmp(&expected[i], &codes[i], 2) == 0) ++totals.equal;
}

// The vendor's quantisation of one kernel: its range, zero included, on the codes -128 to 127.
struct Quantisation {
  double scale = 1, zero_point = 0;
};

Quantisation quantisation_of(std::span<const float> kernel) {
  const auto [low, high] = std::ranges::minmax(kernel);
  const double least = std::min(0.0, static_cast<double>(low));
  const double scale = (std::max(0.0, static_cast<double>(high)) - least) / 255;
  return {scale, std::round(-128 - least / scale)};
}

// A code is right if the weight is at most half a step away from it; a hundredth of a step is left
// to the compiler's arithmetic in f32.
void compare_i8(std::span<const float> reference, std::span<const std::byte> codes,
                std::uint32_t kernels, std::span<const ChannelRecord> records, Totals& totals) {
  const std::size_t length = codes.size() / kernels;
  for (std::uint32_t kernel = 0; kernel < kernels; ++kernel) {
    const auto weights = reference.subspan(kernel * length, length);
    const Quantisation q = quantisation_of(weights);
    for (std::size_t i = 0; i < length; ++i) {
      const double step = std::clamp(weights[i] / q.scale + q.zero_point, -128.0, 127.0);
      const auto code = static_cast<std::int8_t>(codes[kernel * length + i]);
      if (std::abs(step - code) <= 0.51) ++totals.equal;
    }
    if (records.empty()) continue;
    ++totals.zero_points;
    if (records[kernel].zero_point == q.zero_point) ++totals.equal_zero_points;
  }
}

void compare(std::span<const float> reference, const PackedWeights& weights, Totals& totals) {
  const auto codes = plain_codes(weights);
  ++totals.tensors;
  totals.depthwise += weights.depthwise ? 1 : 0;
  totals.weights += reference.size();
  if (weights.kind == ElementKind::f16) return compare_f16(reference, codes, totals);
  const RecordFields quantised{true, true, true};
  const auto stored = recorded_channels(weights.kind, weights.depthwise, weights.outputs());
  std::vector<ChannelRecord> records;
  if (weights.records && weights.records->size() == record_bytes(quantised, *stored)) {
    records.resize(weights.outputs());
    ASSERT_TRUE(unpack_records(quantised, *weights.records, records));
  }
  compare_i8(reference, codes, weights.outputs(), records, totals);
}

const PackedWeights* named(const std::vector<PackedWeights>& packed, const std::string& name,
                           std::size_t elements) {
  const auto found = std::ranges::find_if(packed, [&](const PackedWeights& weights) {
    const WeightShape& s = weights.shape;
    return weights.tensor->name == name &&
           std::size_t{s.kernels} * s.channels * s.height * s.width == elements;
  });
  return found == packed.end() ? nullptr : &*found;
}

void compare(const OnnxConvolution& conv, const std::vector<PackedWeights>& packed,
             Totals& totals) {
  const std::span<const float> reference(conv.weights);
  const PackedWeights* whole = named(packed, conv.weight_name, reference.size());
  const std::size_t part = reference.size() / conv.groups;
  if (conv.normalised) {
    ++totals.folded;
  } else if (whole != nullptr) {
    compare(reference, *whole, totals);
  } else if (named(packed, conv.weight_name + "_branch0", part) == nullptr) {
    ++totals.absent;
  } else {
    for (std::uint32_t group = 0; group < conv.groups; ++group) {
      const auto* weights =
          named(packed, fmt::format("{}_branch{}", conv.weight_name, group), part);
      ASSERT_NE(weights, nullptr) << conv.weight_name << " has no branch " << group;
      compare(reference.subspan(group * part, part), *weights, totals);
    }
  }
}

void print(const std::string& name, const Totals& totals) {
  fmt::print(
      "{}: {} of {} weights equal in {} tensors ({} depthwise), {} of {} zero points; "
      "left out {} folded, {} absent\n",
      name, totals.equal, totals.weights, totals.tensors, totals.depthwise,
      totals.equal_zero_points, totals.zero_points, totals.folded, totals.absent);
}

TEST(OnnxCorpus, PackedWeightsAreTheOnesOfTheFramework) {
  NPUSCOPE_NEEDS_CORPUS();
  Totals f16, i8;
  for (const auto& path : corpus_models()) {
    auto onnx_path = path;
    onnx_path.replace_extension(".onnx");
    if (!std::filesystem::exists(onnx_path)) continue;
    const ModelFile file = open_model(path);
    SCOPED_TRACE(file.name);
    const auto onnx = read_onnx_convolutions(onnx_path.string());
    ASSERT_TRUE(onnx);
    EXPECT_EQ(onnx->others, 0U);
    const auto packed = packed_weights_of(file);
    Totals totals;
    for (const OnnxConvolution& conv : onnx->convolutions) compare(conv, packed, totals);
    if (onnx->convolutions.empty()) continue;
    print(file.name, totals);
    EXPECT_EQ(totals.equal, totals.weights);
    EXPECT_EQ(totals.equal_zero_points, totals.zero_points);
    const bool quantised = std::ranges::any_of(
        packed, [](const PackedWeights& weights) { return weights.kind == ElementKind::i8; });
    (quantised ? i8 : f16).add(totals);
  }
  print("all f16", f16);
  print("all i8", i8);
  EXPECT_EQ(f16.equal, 72688U);
  EXPECT_EQ(f16.tensors, 85U);
  EXPECT_EQ(f16.folded + f16.absent, 19U);
  EXPECT_EQ(i8.equal, 879664U);
  EXPECT_EQ(i8.tensors, 107U);
  EXPECT_EQ(i8.folded + i8.absent, 0U);
}

}  // namespace
}  // namespace npuscope::testing
