#include "replay/run/tensor_codes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "replay/prepare/tensor_memory.h"
#include "replay/tensor/float16.h"

namespace npuscope {

namespace {

template <typename T>
T element(std::span<const std::byte> data, std::size_t i) {
  T value;
  std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
  return value;
}

// Any number type of .npy as a double; integers beyond 53 bits are rounded.
double number_at(std::string_view type, std::span<const std::byte> data, std::size_t i) {
  const char kind = type[1];
  switch (type[2]) {
    case '1':
      return kind == 'i' ? element<std::int8_t>(data, i) : element<std::uint8_t>(data, i);
    case '2':
      if (kind == 'f') return static_cast<double>(f32_from_f16(element<std::uint16_t>(data, i)));
      return kind == 'i' ? element<std::int16_t>(data, i) : element<std::uint16_t>(data, i);
    case '4':
      if (kind == 'f') return static_cast<double>(element<float>(data, i));
      return kind == 'i' ? element<std::int32_t>(data, i) : element<std::uint32_t>(data, i);
    default:
      if (kind == 'f') return element<double>(data, i);
      return kind == 'i' ? static_cast<double>(element<std::int64_t>(data, i))
                         : static_cast<double>(element<std::uint64_t>(data, i));
  }
}

// The nearest number that the type can hold; what is no number is 0.
std::uint64_t saturated(double whole, std::string_view type) {
  const bool is_signed = type[1] == 'i';
  const int bits = 8 * (type[2] - '0') - (is_signed ? 1 : 0);
  const double limit = std::ldexp(1, bits);
  if (std::isnan(whole)) return 0;
  if (whole >= limit) return UINT64_MAX >> static_cast<unsigned>(64 - bits);
  if (whole >= 0) return static_cast<std::uint64_t>(whole);
  return is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(std::max(whole, -limit)))
                   : 0;
}

bool is_quantised(const Tensor& tensor) {
  return !tensor.quantised_type.empty() && !tensor.scale.empty();
}

double scale_of(const Tensor& tensor) {
  return is_quantised(tensor) ? static_cast<double>(tensor.scale[0]) : 1;
}
double zero_of(const Tensor& tensor) {
  return is_quantised(tensor) && !tensor.zero_point.empty()
             ? static_cast<double>(tensor.zero_point[0])
             : 0;
}

void store_code(const Tensor& tensor, std::string_view type, double value, std::byte* to) {
  if (type == "<f2") {
    const std::uint16_t code = f16_from_f64(value);
    std::memcpy(to, &code, sizeof code);
  } else if (type == "<f4") {
    const auto code = static_cast<float>(value);
    std::memcpy(to, &code, sizeof code);
  } else {
    const std::uint64_t whole =
        saturated(std::nearbyint(value / scale_of(tensor)) + zero_of(tensor), type);
    std::memcpy(to, &whole, static_cast<std::size_t>(type[2] - '0'));
  }
}

std::vector<std::uint64_t> extents_of(const Tensor& tensor) {
  std::vector<std::uint64_t> extents;
  for (const std::int32_t extent : tensor.logical_shape)
    extents.push_back(static_cast<std::uint64_t>(std::max(extent, 0)));
  return extents;
}

// Box and Muller's method: the standard library's differs between implementations.
double normal(std::mt19937& random) {
  constexpr double pi = 3.14159265358979323846;
  const double u = (static_cast<double>(random()) + 1) / 4294967297.0;
  const double v = static_cast<double>(random()) / 4294967296.0;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * pi * v);
}

}  // namespace

std::string npy_type_of(std::uint8_t dtype) {
  const std::string_view name = name_of_dtype(dtype);
  if (name == "bool") return "|b1";
  if (name.size() < 2) return {};
  const auto bytes = bytes_of_dtype(dtype);
  if (!bytes) return {};
  return fmt::format("{}{}{}", *bytes == 1 ? '|' : '<', name[0], *bytes);
}

Result<std::vector<std::byte>> codes_of(const Tensor& tensor, const NpyArray& array,
                                        const std::string& where) {
  const std::string type = npy_type_of(tensor.dtype);
  const auto count = elements_of_shape(tensor.logical_shape);
  const std::size_t bytes = array.element_bytes();
  if (type.empty() || !count || bytes == 0)
    return wrong_usage(
        fmt::format("tensor \"{}\" has no type that arrays convert to", tensor.name));
  if (array.data.size() / bytes != *count)
    return wrong_usage(fmt::format("{}: {} elements, tensor \"{}\" has {} ({})", where,
                                   array.data.size() / bytes, tensor.name, *count,
                                   fmt::join(tensor.logical_shape, "x")));
  if (array.type == type) return array.data;
  if (array.type[1] != 'f')
    return wrong_usage(
        fmt::format("{}: type {}, tensor \"{}\" has {}", where, array.type, tensor.name, type),
        "floating-point numbers are converted, others are taken as they are");
  const auto to = static_cast<std::size_t>(type[2] - '0');
  std::vector<std::byte> codes(*count * to);
  for (std::size_t i = 0; i < *count; ++i)
    store_code(tensor, type, number_at(array.type, array.data, i), &codes[i * to]);
  return codes;
}

NpyArray code_array(const Tensor& tensor, std::span<const std::byte> codes) {
  return {npy_type_of(tensor.dtype), extents_of(tensor), {codes.begin(), codes.end()}};
}

NpyArray real_numbers(const Tensor& tensor, std::span<const std::byte> codes) {
  NpyArray array = code_array(tensor, codes);
  if (array.type != "<f2" && !is_quantised(tensor)) return array;
  const std::size_t count = array.element_bytes() == 0 ? 0 : codes.size() / array.element_bytes();
  std::vector<std::byte> data(count * sizeof(float));
  for (std::size_t i = 0; i < count; ++i) {
    const auto value =
        static_cast<float>((number_at(array.type, codes, i) - zero_of(tensor)) * scale_of(tensor));
    std::memcpy(&data[i * sizeof value], &value, sizeof value);
  }
  return {"<f4", array.shape, std::move(data)};
}

std::vector<std::byte> random_codes(const Tensor& tensor, std::uint32_t seed) {
  std::mt19937 random(seed);
  const std::string type = npy_type_of(tensor.dtype);
  const std::uint64_t count = elements_of_shape(tensor.logical_shape).value_or(0);
  if (type.empty()) return {};
  const auto bytes = static_cast<std::size_t>(type[2] - '0');
  std::vector<std::byte> codes(count * bytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::byte* to = &codes[i * bytes];
    if (type[1] == 'f') {
      store_code(tensor, type, normal(random), to);
      continue;
    }
    std::uint64_t code = type[1] == 'b' ? random() & 1U : random();
    if (bytes > sizeof(std::uint32_t)) code |= std::uint64_t{random()} << 32U;
    std::memcpy(to, &code, bytes);
  }
  return codes;
}

Result<ArrayDifference> difference_of(const NpyArray& a, const NpyArray& b) {
  const auto count = [](const NpyArray& array) {
    return array.element_bytes() == 0 ? 0 : array.data.size() / array.element_bytes();
  };
  if (count(a) != count(b))
    return wrong_usage(fmt::format("{} elements ({}) and {} ({}) cannot be compared", count(a),
                                   fmt::join(a.shape, "x"), count(b), fmt::join(b.shape, "x")));
  ArrayDifference result;
  result.elements = count(a);
  for (std::size_t i = 0; i < result.elements; ++i) {
    const double x = number_at(a.type, a.data, i), y = number_at(b.type, b.data, i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    ++result.differing;
    const double difference =
        std::isnan(x - y) ? std::numeric_limits<double>::infinity() : std::fabs(x - y);
    if (difference > result.largest) {
      result.largest = difference;
      result.at = i;
    }
  }
  return result;
}

}  // namespace npuscope
