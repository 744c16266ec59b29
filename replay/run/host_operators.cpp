#include "replay/run/host_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "replay/prepare/tensor_memory.h"
#include "replay/tensor/float16.h"

namespace npuscope {

namespace {

struct Function {
  std::string_view name;
  std::size_t operands;
  double (*compute)(double a, double b);
};

// Mod of floats takes the sign of the dividend, of integers that of the divisor (ONNX); integers
// are exact in f64 up to 2^53, and for them both agree after the correction below.
constexpr Function functions[] = {
    {"Cast", 1, [](double a, double) { return a; }},
    {"Identity", 1, [](double a, double) { return a; }},
    {"Abs", 1, [](double a, double) { return std::fabs(a); }},
    {"Neg", 1, [](double a, double) { return -a; }},
    {"Exp", 1, [](double a, double) { return std::exp(a); }},
    {"Log", 1, [](double a, double) { return std::log(a); }},
    {"Sin", 1, [](double a, double) { return std::sin(a); }},
    {"Cos", 1, [](double a, double) { return std::cos(a); }},
    {"Not", 1, [](double a, double) { return a == 0 ? 1.0 : 0.0; }},
    {"Add", 2, [](double a, double b) { return a + b; }},
    {"Sub", 2, [](double a, double b) { return a - b; }},
    {"Mul", 2, [](double a, double b) { return a * b; }},
    {"Div", 2, [](double a, double b) { return a / b; }},
    {"Mod", 2, [](double a, double b) { return std::fmod(a, b); }},
    {"Pow", 2, [](double a, double b) { return std::pow(a, b); }},
    {"Equal", 2, [](double a, double b) { return a == b ? 1.0 : 0.0; }},
    {"Greater", 2, [](double a, double b) { return a > b ? 1.0 : 0.0; }},
    {"Less", 2, [](double a, double b) { return a < b ? 1.0 : 0.0; }},
    {"Or", 2, [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }},
    {"And", 2, [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }},
};

template <typename T>
double load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<double>(value);
}

template <typename T>
void save(double value, std::byte* to) {
  constexpr auto low = static_cast<double>(std::numeric_limits<T>::min());
  constexpr auto high = static_cast<double>(std::numeric_limits<T>::max());
  const double rounded = std::nearbyint(value);
  // The largest 64-bit numbers are not exact in f64.
  const T stored = value != value    ? T{0}
                   : rounded <= low  ? std::numeric_limits<T>::min()
                   : rounded >= high ? std::numeric_limits<T>::max()
                                     : static_cast<T>(rounded);
  std::memcpy(to, &stored, sizeof stored);
}

struct Codec {
  std::string_view name;
  double (*load)(const std::byte*);
  void (*save)(double, std::byte*);
};

constexpr Codec codecs[] = {
    {"i8", load<std::int8_t>, save<std::int8_t>},
    {"u8", load<std::uint8_t>, save<std::uint8_t>},
    {"bool", load<std::uint8_t>, save<std::uint8_t>},
    {"i16", load<std::int16_t>, save<std::int16_t>},
    {"u16", load<std::uint16_t>, save<std::uint16_t>},
    {"i32", load<std::int32_t>, save<std::int32_t>},
    {"u32", load<std::uint32_t>, save<std::uint32_t>},
    {"i64", load<std::int64_t>, save<std::int64_t>},
    {"u64", load<std::uint64_t>, save<std::uint64_t>},
    {"f32", load<float>,
     [](double value, std::byte* to) {
       const auto stored = static_cast<float>(value);
       std::memcpy(to, &stored, sizeof stored);
     }},
    {"f16",
     [](const std::byte* from) {
       std::uint16_t code;
       std::memcpy(&code, from, sizeof code);
       return static_cast<double>(f32_from_f16(code));
     },
     [](double value, std::byte* to) {
       const std::uint16_t code = f16_from_f64(value);
       std::memcpy(to, &code, sizeof code);
     }},
};

const Codec* codec_of(const Tensor& tensor) {
  const auto* found = std::ranges::find(codecs, name_of_dtype(tensor.dtype), &Codec::name);
  return found != std::end(codecs) ? found : nullptr;
}

bool is_quantised(const Tensor& tensor) {
  return std::ranges::any_of(tensor.scale, [](float scale) { return scale != 1.0F; }) ||
         std::ranges::any_of(tensor.zero_point, [](std::int64_t zero) { return zero != 0; });
}

Result<std::vector<std::byte>> reshape(std::span<const HostOperand> operands,
                                       const Tensor& output) {
  const HostOperand& from = operands[0];
  if (from.tensor->dtype != output.dtype ||
      elements_of_shape(from.tensor->logical_shape) != elements_of_shape(output.logical_shape))
    return wrong_usage(
        fmt::format("Reshape: \"{}\" and \"{}\" differ in type or number of elements",
                    from.tensor->name, output.name));
  return std::vector<std::byte>(from.bytes.begin(), from.bytes.end());
}

Result<std::vector<std::byte>> element_wise(const Function& function,
                                            std::span<const HostOperand> operands,
                                            const Tensor& output) {
  const Codec* to = codec_of(output);
  const auto count = elements_of_shape(output.logical_shape);
  bool quantised = is_quantised(output);
  const Codec* from[2] = {};
  std::uint64_t counts[2] = {};
  for (std::size_t i = 0; i < function.operands; ++i) {
    const Tensor& operand = *operands[i].tensor;
    from[i] = codec_of(operand);
    counts[i] = elements_of_shape(operand.logical_shape).value_or(0);
    quantised = quantised || is_quantised(operand);
    if (from[i] == nullptr || (counts[i] != 1 && counts[i] != count) ||
        operands[i].bytes.size() != counts[i] * bytes_of_dtype(operand.dtype).value_or(0))
      return wrong_usage(
          fmt::format("{}: the operand \"{}\" has an unknown type or needs broadcasting",
                      function.name, operand.name));
  }
  if (to == nullptr || !count || quantised)
    return wrong_usage(fmt::format("{}: quantised numbers, or an unknown type of \"{}\"",
                                   function.name, output.name));
  const std::size_t bytes = *bytes_of_dtype(output.dtype);
  std::vector<std::byte> result(*count * bytes);
  const auto operand = [&](std::size_t which, std::uint64_t i) {
    if (which >= function.operands) return 0.0;
    const std::size_t size = operands[which].bytes.size() / counts[which];
    return from[which]->load(operands[which].bytes.data() + (counts[which] == 1 ? 0 : i) * size);
  };
  for (std::uint64_t i = 0; i < *count; ++i)
    to->save(function.compute(operand(0, i), operand(1, i)), result.data() + i * bytes);
  return result;
}

}  // namespace

Result<std::vector<std::byte>> run_on_host(std::string_view op,
                                           std::span<const HostOperand> operands,
                                           const Tensor& output) {
  if (op == "Reshape" && !operands.empty()) return reshape(operands, output);
  const auto* function = std::ranges::find(functions, op, &Function::name);
  if (function == std::end(functions) || operands.size() < function->operands)
    return wrong_usage(fmt::format("operator {} runs on the CPU and is not built in", op));
  return element_wise(*function, operands, output);
}

}  // namespace npuscope
