#include "replay/tensor/float16.h"

#include <fmt/format.h>

#include <cstring>

namespace npuscope {

namespace {

Result<void> check(std::size_t code_bytes, std::size_t values) {
  if (code_bytes / 2 == values && code_bytes % 2 == 0) return {};
  return wrong_usage(
      fmt::format("{} values need {} bytes as f16, not {}", values, values * 2, code_bytes));
}

}  // namespace

Result<void> f16_from_f32(std::span<const float> values, std::span<std::byte> codes) {
  if (auto fits = check(codes.size(), values.size()); !fits) return fits;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t code = f16_from_f32(values[i]);
    std::memcpy(codes.data() + 2 * i, &code, sizeof code);
  }
  return {};
}

Result<void> f32_from_f16(std::span<const std::byte> codes, std::span<float> values) {
  if (auto fits = check(codes.size(), values.size()); !fits) return fits;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t code;
    std::memcpy(&code, codes.data() + 2 * i, sizeof code);
    values[i] = f32_from_f16(code);
  }
  return {};
}

}  // namespace npuscope
