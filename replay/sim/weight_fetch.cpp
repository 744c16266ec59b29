#include "replay/sim/weight_fetch.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace npuscope::sim {

namespace {

constexpr std::uint32_t block_channels = 32;

std::uint32_t kernel_group(const ConvConfig& config) {
  return config.precision == Precision::i8 ? 32 : 16;
}
std::uint32_t channel_group(const ConvConfig& config) {
  if (!config.depthwise) return block_channels;
  return config.precision == Precision::i8 ? 64 : 32;
}

// Channels that a remainder of a block is stored with: three cells take the room of four.
std::uint32_t stored_rest(const ConvConfig& config, std::uint32_t rest) {
  const std::uint32_t lanes = config.cell_lanes();
  return (rest + lanes - 1) / lanes == 3 && !config.short_remainders ? 4 * lanes : rest;
}

std::uint64_t stored_channels(const ConvConfig& config) {
  const std::uint32_t group = channel_group(config);
  const std::uint32_t rest = config.channels % group;
  return std::uint64_t{config.channels} - rest + stored_rest(config, rest);
}

template <typename T>
void widen(const ConvConfig& config, const std::byte* from, std::size_t count,
           const InnerProducts& products, T* to) {
  if constexpr (std::is_same_v<T, float>) {
    products.widen_f16(from, count, to);
  } else if (config.precision == Precision::i8) {
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::int8_t>(from[i]);
  } else {
    std::memcpy(to, from, count * sizeof(std::int16_t));
  }
}

// Element (row r, lane) of the rows.
template <typename T>
constexpr std::size_t place_of(std::size_t r, std::size_t lane) {
  if constexpr (std::is_same_v<T, float>) return r * block_kernels + lane;
  return r / 2 * 2 * block_kernels + lane * 2 + r % 2;
}

}  // namespace

std::uint64_t weight_bytes(const ConvConfig& config) {
  return stored_channels(config) * config.kernel_height * config.kernel_width *
         config.element_bytes() * (config.depthwise ? 1 : config.kernels);
}

WeightStream fetch_weights(const ConvConfig& config, Dma& dma) {
  return {dma.read(DmaPath::weights, config.weight_address, weight_bytes(config)),
          stored_channels(config)};
}

template <typename T>
void unpack_direct(const ConvConfig& config, const WeightStream& stream, std::size_t pitch,
                   std::uint32_t first, const InnerProducts& products, std::vector<T>& rows) {
  const std::size_t window = std::size_t{config.kernel_height} * config.kernel_width;
  rows.assign(window * pitch * block_kernels, T{0});
  const std::uint32_t group_first = first / kernel_group(config) * kernel_group(config);
  const std::uint32_t in_group = std::min(kernel_group(config), config.kernels - group_first);
  const std::uint32_t count = std::min<std::uint32_t>(block_kernels, config.kernels - first);
  const std::byte* group =
      stream.bytes + group_first * stream.stored_channels * window * config.element_bytes();
  std::array<T, block_channels> run;
  for (std::uint32_t channel = 0; channel < config.padded; channel += block_channels) {
    const std::size_t lanes =
        std::min<std::uint64_t>(block_channels, stream.stored_channels - channel);
    const std::size_t used = std::min<std::size_t>(lanes, config.padded - channel);
    const std::byte* block = group + channel * window * in_group * config.element_bytes();
    for (std::size_t place = 0; place < window; ++place)
      for (std::uint32_t k = 0; k < count; ++k) {
        const std::size_t kernel = place * in_group + (first - group_first) + k;
        widen(config, block + kernel * lanes * config.element_bytes(), used, products, run.data());
        const std::size_t row = place * pitch + channel;
        for (std::size_t c = 0; c < used; ++c) rows[place_of<T>(row + c, k)] = run[c];
      }
  }
}

template <typename T>
void unpack_depthwise(const ConvConfig& config, const WeightStream& stream, std::uint32_t first,
                      const InnerProducts& products, std::vector<T>& rows) {
  const std::size_t window = std::size_t{config.kernel_height} * config.kernel_width;
  rows.assign(window * block_kernels, T{0});
  const std::uint32_t group = first / channel_group(config) * channel_group(config);
  const std::uint64_t lanes =
      std::min<std::uint64_t>(channel_group(config), stream.stored_channels - group);
  const std::uint32_t count = std::min<std::uint32_t>(block_kernels, config.channels - first);
  const std::byte* begin = stream.bytes + group * window * config.element_bytes();
  for (std::size_t place = 0; place < window; ++place)
    widen(config, begin + (place * lanes + first - group) * config.element_bytes(), count, products,
          rows.data() + place * block_kernels);
}

template void unpack_direct(const ConvConfig&, const WeightStream&, std::size_t, std::uint32_t,
                            const InnerProducts&, std::vector<float>&);
template void unpack_direct(const ConvConfig&, const WeightStream&, std::size_t, std::uint32_t,
                            const InnerProducts&, std::vector<std::int16_t>&);
template void unpack_depthwise(const ConvConfig&, const WeightStream&, std::uint32_t,
                               const InnerProducts&, std::vector<float>&);
template void unpack_depthwise(const ConvConfig&, const WeightStream&, std::uint32_t,
                               const InnerProducts&, std::vector<std::int16_t>&);

}  // namespace npuscope::sim
