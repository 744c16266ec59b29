// A model file of the corpus with seeded inputs, as bytes for the NPU and as numbers for a
// reference.
//
//   CorpusModel model(corpus_path("rknn/rk3588/nsbb/test_conv_c1.rknn"));
//   ModelRun run = model.run(2);                       // inputs set, two cores
//   std::vector<double> output = model.numbers(run, model.model().graph_outputs[0]);
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "replay/run/model_run.h"
#include "tests/support/onnx_evaluator.h"

namespace npuscope::testing {

class CorpusModel {
 public:
  // Inputs: normal(0, 1) rounded to f16; integers over their full range.
  explicit CorpusModel(const std::filesystem::path& path, std::uint32_t seed = 42);

  [[nodiscard]] const Model& model() const { return *opened_->capture.model; }
  [[nodiscard]] const Opened& opened() const { return *opened_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  // The .onnx file beside it; empty: there is none.
  [[nodiscard]] std::string onnx_path() const;

  // Has its inputs. Fails the test if the model cannot be linked.
  [[nodiscard]] ModelRun prepare(ModelRunOptions options) const;
  // Codes as real numbers: scale and zero point applied.
  [[nodiscard]] std::vector<double> numbers(const ModelRun& run, std::size_t tensor) const;
  // The inputs as real numbers, by name.
  [[nodiscard]] std::map<std::string, Array> inputs() const;
  // All graph outputs one after the other.
  [[nodiscard]] std::vector<std::byte> output_bytes(const ModelRun& run) const;

 private:
  std::string name_;
  std::filesystem::path path_;
  std::shared_ptr<const Opened> opened_;
  std::vector<std::vector<std::byte>> inputs_;
};

// Real numbers of a tensor's codes.
[[nodiscard]] std::vector<double> numbers_of(const Tensor& tensor,
                                             std::span<const std::byte> codes);

}  // namespace npuscope::testing
