#include "replay/tensor/tensor.h"

#include <fmt/format.h>

#include "replay/tensor/sizes.h"

namespace npuscope {

namespace {

// Device addresses have 32 bits.
constexpr std::uint64_t largest_tensor = 0xffffffff;

// Offset and length of one image in `bytes`; the length is 0 if it does not exist.
std::pair<std::size_t, std::size_t> range_of(const PlainTensor& tensor, std::uint32_t index) {
  const Extents& e = tensor.extents;
  const std::uint64_t length = size_product({e.channels, e.height, e.width, bytes_of(tensor.kind)});
  const std::uint64_t begin = size_product({length, index});
  if (index >= e.batch || size_sum(begin, length) > tensor.bytes.size()) return {0, 0};
  return {begin, length};
}

}  // namespace

std::span<const std::byte> PlainTensor::image(std::uint32_t index) const {
  const auto [begin, length] = range_of(*this, index);
  return std::span(bytes).subspan(begin, length);
}

std::span<std::byte> PlainTensor::image(std::uint32_t index) {
  const auto [begin, length] = range_of(*this, index);
  return std::span(bytes).subspan(begin, length);
}

Result<PlainTensor> zero_tensor(ElementKind kind, const Extents& e) {
  const std::uint64_t bytes =
      size_product({e.batch, e.channels, e.height, e.width, bytes_of(kind)});
  if (bytes == 0 || bytes > largest_tensor)
    return wrong_usage(fmt::format("a tensor of {}x{}x{}x{} {} elements has {}", e.batch,
                                   e.channels, e.height, e.width, name_of(kind),
                                   bytes == 0 ? "nothing in it" : "more than 4 GiB"));
  return PlainTensor{kind, e, std::vector<std::byte>(bytes)};
}

}  // namespace npuscope
