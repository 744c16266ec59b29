// The packed weights of the model files of the corpus, with what belongs to them.
//
//   const ModelFile file = open_model(corpus_path("rknn/rk3588/nsbb/test_conv_c16.rknn"));
//   for (const PackedWeights& weights : packed_weights_of(file)) ... weights.tuples ...
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/input/read_input.h"
#include "decoder/model.h"
#include "replay/tensor/weight_tuples.h"

namespace npuscope::testing {

struct ModelFile {
  std::string name;  // below the folder of the corpus
  FileBytes file;
  std::shared_ptr<const Model> model;

  [[nodiscard]] std::span<const std::byte> bytes_of(const Tensor& tensor) const;
};

struct PackedWeights {
  const Tensor* tensor = nullptr;
  ElementKind kind = ElementKind::f16;
  WeightShape shape;
  bool depthwise = false;  // one kernel a block: direct convolutions of i8 have at least two, and
                           // of f16 a single kernel is packed as a depthwise one is
  std::vector<WeightTuple> tuples;  // as the file has them, without those that take no memory
  std::span<const std::byte> bytes;
  // The per-channel records of the convolution that reads the weights, if it has any.
  std::optional<std::span<const std::byte>> records;

  [[nodiscard]] std::uint32_t element_bytes() const { return npuscope::bytes_of(kind); }
  // Kernels, or channels of a depthwise convolution: what the records are for.
  [[nodiscard]] std::uint32_t outputs() const { return depthwise ? shape.channels : shape.kernels; }
};

// All model files for the RK3588 that the corpus holds, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> corpus_models();
// Fails the test if the file cannot be read.
[[nodiscard]] ModelFile open_model(const std::filesystem::path& path);
// Spans point into `file`. Constants whose bytes the tuples do not account for (compressed ones of
// the oldest compilers) are left out.
[[nodiscard]] std::vector<PackedWeights> packed_weights_of(const ModelFile& file);

}  // namespace npuscope::testing
