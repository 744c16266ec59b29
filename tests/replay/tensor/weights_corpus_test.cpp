// Every packed constant of every model file of the corpus: its blocks from the rule, its bytes from
// its own weights, its records.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "replay/tensor/channel_records.h"
#include "replay/tensor/weights.h"
#include "tests/corpus.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope::testing {
namespace {

constexpr RecordFields bias_only{true, false, false};
constexpr RecordFields quantised{true, true, true};

// The fields that a record buffer of this size has; nothing if the size is neither.
std::optional<RecordFields> fields_of(const PackedWeights& weights) {
  const auto stored = recorded_channels(weights.kind, weights.depthwise, weights.outputs());
  for (const RecordFields& fields : {bias_only, quantised})
    if (weights.records && stored && weights.records->size() == record_bytes(fields, *stored))
      return fields;
  return std::nullopt;
}

std::vector<ChannelRecord> records_of(const PackedWeights& weights, const RecordFields& fields) {
  std::vector<ChannelRecord> records(weights.outputs());
  const auto unpacked = unpack_records(fields, *weights.records, records);
  EXPECT_TRUE(unpacked) << unpacked.error().text();
  return records;
}

TEST(WeightsCorpus, BlocksFollowFromTheShape) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t tensors = 0, depthwise = 0, several = 0;
  for (const auto& path : corpus_models()) {
    const ModelFile file = open_model(path);
    for (const PackedWeights& weights : packed_weights_of(file)) {
      SCOPED_TRACE(file.name + " " + weights.tensor->name);
      const auto tuples = weights.depthwise ? depthwise_weights(weights.kind, weights.shape)
                                            : direct_weights(weights.kind, weights.shape);
      ASSERT_TRUE(tuples) << tuples.error().text();
      EXPECT_EQ(*tuples, weights.tuples);
      ++tensors;
      depthwise += weights.depthwise ? 1 : 0;
      several += weights.tuples.size() > 1 ? 1 : 0;
    }
  }
  fmt::print("{} packed tensors, {} depthwise, {} of several tuples: all as the rule says\n",
             tensors, depthwise, several);
  EXPECT_EQ(tensors, 612U);
}

// What stands behind the channels of each kernel. Compilers of container version 6 write the zero
// point of the kernel there, the one of version 1 zeros; of f16 it is always zero.
std::vector<std::uint32_t> padding_of(const ModelFile& file, const PackedWeights& weights) {
  std::vector<std::uint32_t> padding(weights.shape.kernels, 0);
  if (weights.depthwise || file.model->container_version < 6 || fields_of(weights) != quantised)
    return padding;
  const auto records = records_of(weights, quantised);
  for (std::size_t kernel = 0; kernel < padding.size(); ++kernel)
    padding[kernel] = static_cast<std::uint8_t>(records[kernel].zero_point);
  return padding;
}

std::vector<std::byte> repacked(const PackedWeights& weights,
                                std::span<const std::uint32_t> padding, std::uint32_t otherwise) {
  const WeightShape& s = weights.shape;
  const std::uint32_t element = weights.element_bytes();
  std::vector<std::byte> plain(std::size_t{element} * s.kernels * s.channels * s.height * s.width);
  std::vector<std::byte> packed(weights.bytes.size());
  const auto read = unpack_weights(weights.tuples, s, element, weights.bytes, plain);
  EXPECT_TRUE(read) << read.error().text();
  const auto written =
      pack_weights(weights.tuples, s, element, plain, {padding, otherwise}, packed);
  EXPECT_TRUE(written) << written.error().text();
  return packed;
}

// A kernel that only fills a pair is zero, but for one compiler constant that holds what the
// compiler's memory held: such bytes are counted, not compared.
TEST(WeightsCorpus, RepackingGivesTheBytesOfTheFile) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t bytes = 0, tensors_with_noise = 0;
  for (const auto& path : corpus_models()) {
    const ModelFile file = open_model(path);
    for (const PackedWeights& weights : packed_weights_of(file)) {
      SCOPED_TRACE(file.name + " " + weights.tensor->name);
      const auto padding = padding_of(file, weights);
      const auto packed = repacked(weights, padding, 0);
      const auto marked = repacked(weights, padding, 0xff);
      std::size_t wrong = 0, noise = 0;
      for (std::size_t i = 0; i < packed.size(); ++i)
        if (packed[i] != weights.bytes[i]) ++(packed[i] == marked[i] ? wrong : noise);
      EXPECT_EQ(wrong, 0U);
      tensors_with_noise += noise == 0 ? 0 : 1;
      bytes += packed.size();
    }
  }
  fmt::print("{} bytes of packed weights are made again from their plain form\n", bytes);
  EXPECT_EQ(bytes, 5885280U);
  EXPECT_EQ(tensors_with_noise, 1U);
}

TEST(WeightsCorpus, RecordsAreMadeAgainFromTheirChannels) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t full = 0, plain = 0;
  for (const auto& path : corpus_models()) {
    const ModelFile file = open_model(path);
    for (const PackedWeights& weights : packed_weights_of(file)) {
      if (!weights.records) continue;
      SCOPED_TRACE(file.name + " " + weights.tensor->name);
      const auto fields = fields_of(weights);
      ASSERT_TRUE(fields) << weights.records->size() << " bytes for " << weights.outputs();
      std::vector<std::byte> packed(weights.records->size());
      ASSERT_TRUE(pack_records(*fields, records_of(weights, *fields), packed));
      EXPECT_TRUE(std::ranges::equal(packed, *weights.records));
      ++(*fields == quantised ? full : plain);
    }
  }
  fmt::print("{} record tables with zero points and multipliers, {} of biases alone\n", full,
             plain);
  EXPECT_EQ(full, 452U);
  EXPECT_EQ(plain, 81U);
}

}  // namespace
}  // namespace npuscope::testing
