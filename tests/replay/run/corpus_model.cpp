#include "tests/replay/run/corpus_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "replay/prepare/tensor_memory.h"
#include "replay/tensor/float16.h"
#include "tests/corpus.h"

namespace npuscope::testing {

namespace {

// Box and Muller's method: the library's normal_distribution differs between implementations.
double normal(std::mt19937& random) {
  const double u = (static_cast<double>(random()) + 1) / 4294967297.0;
  const double v = static_cast<double>(random()) / 4294967296.0;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * 3.14159265358979323846 * v);
}

std::vector<std::byte> random_codes(const Tensor& tensor, std::mt19937& random) {
  const std::uint64_t count = elements_of_shape(tensor.logical_shape).value_or(0);
  const std::size_t bytes = bytes_of_dtype(tensor.dtype).value_or(1);
  std::vector<std::byte> codes(count * bytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto code = static_cast<std::uint32_t>(random());
    if (name_of_dtype(tensor.dtype) == "f16") code = f16_from_f64(normal(random));
    if (name_of_dtype(tensor.dtype) == "i32") code %= 4;  // so that some are equal
    std::memcpy(&codes[i * bytes], &code, std::min(bytes, sizeof code));
  }
  return codes;
}

template <typename T>
double load(std::span<const std::byte> codes, std::size_t i) {
  T value;
  std::memcpy(&value, codes.data() + i * sizeof value, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

std::vector<double> numbers_of(const Tensor& tensor, std::span<const std::byte> codes) {
  const std::string_view type = name_of_dtype(tensor.dtype);
  const std::size_t bytes = bytes_of_dtype(tensor.dtype).value_or(1);
  const double scale = tensor.scale.empty() ? 1 : static_cast<double>(tensor.scale[0]);
  const double zero = tensor.zero_point.empty() ? 0 : static_cast<double>(tensor.zero_point[0]);
  std::vector<double> numbers(codes.size() / bytes);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (type == "f16") {
      numbers[i] = f32_from_f16(static_cast<std::uint16_t>(load<std::uint16_t>(codes, i)));
    } else {
      const double code = type == "i8"    ? load<std::int8_t>(codes, i)
                          : type == "i32" ? load<std::int32_t>(codes, i)
                                          : load<std::uint8_t>(codes, i);
      numbers[i] = (code - zero) * scale;
    }
  }
  return numbers;
}

CorpusModel::CorpusModel(const std::filesystem::path& path, std::uint32_t seed)
    : name_(std::filesystem::relative(path, corpus_path("rknn/rk3588")).string()), path_(path) {
  auto opened = open_input(path.string(), RegisterDb::builtin());
  if (!opened || opened->empty() || !opened->front().capture.model)
    throw std::runtime_error(name_ + " cannot be opened");
  opened_ = std::make_shared<const Opened>(std::move(opened->front()));
  std::mt19937 random(seed);
  for (const std::int32_t index : model().graph_inputs)
    inputs_.push_back(random_codes(model().tensors.at(static_cast<std::size_t>(index)), random));
}

std::string CorpusModel::onnx_path() const {
  auto beside = path_;
  beside.replace_extension(".onnx");
  return std::filesystem::exists(beside) ? beside.string() : std::string();
}

ModelRun CorpusModel::prepare(ModelRunOptions options) const {
  auto run = ModelRun::prepare(*opened_, std::move(options));
  if (!run) throw std::runtime_error(run.error().text());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto set = run->set_input(i, inputs_[i]);
    EXPECT_TRUE(set) << name_ << ": " << set.error().text();
  }
  return std::move(*run);
}

std::vector<double> CorpusModel::numbers(const ModelRun& run, std::size_t tensor) const {
  const auto codes = run.tensor(tensor);
  EXPECT_TRUE(codes) << name_ << ": " << codes.error().text();
  return codes ? numbers_of(model().tensors.at(tensor), *codes) : std::vector<double>();
}

std::map<std::string, Array> CorpusModel::inputs() const {
  std::map<std::string, Array> arrays;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Tensor& tensor = model().tensors.at(static_cast<std::size_t>(model().graph_inputs[i]));
    arrays[tensor.name] = {{tensor.logical_shape.begin(), tensor.logical_shape.end()},
                           numbers_of(tensor, inputs_[i])};
  }
  return arrays;
}

std::vector<std::byte> CorpusModel::output_bytes(const ModelRun& run) const {
  std::vector<std::byte> bytes;
  for (const std::int32_t index : model().graph_outputs) {
    const auto codes = run.tensor(static_cast<std::size_t>(index));
    EXPECT_TRUE(codes) << name_ << ": " << codes.error().text();
    if (codes) bytes.insert(bytes.end(), codes->begin(), codes->end());
  }
  return bytes;
}

}  // namespace npuscope::testing
