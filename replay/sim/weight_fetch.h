// What the CNA's weight DMA brings in, brought into the order of the inner products: sixteen
// kernels side by side.
//
//   WeightStream stream = fetch_weights(config, dma);
//   unpack_direct(config, stream, pitch, first_kernel, products, rows);
//
// Memory holds, for each group of kernels (16 of 16 bits, 32 of int8), for each block of 32
// channels, for each place of the window, kernel by kernel the channels of the block. Remainders
// are short, except that a last block of three cells is stored as four. Depthwise: for each group
// of channels (32 of 16 bits, 64 of int8), for each place, the channels.
#pragma once

#include <vector>

#include "replay/sim/conv_config.h"
#include "replay/sim/dma.h"
#include "replay/sim/inner_product.h"

namespace npuscope::sim {

struct WeightStream {
  const std::byte* bytes = nullptr;  // valid until the next access to memory
  std::uint64_t stored_channels = 0;
};

// Bytes of the stream; the caller decides whether that is too much.
[[nodiscard]] std::uint64_t weight_bytes(const ConvConfig& config);
[[nodiscard]] WeightStream fetch_weights(const ConvConfig& config, Dma& dma);

// The rows of weights of kernels (channels) [first, first + 16); those that do not exist are zero.
// `rows` has kernel_height * kernel_width * pitch * 16 elements for direct (in pairs for int16_t),
// kernel_height * kernel_width * 16 for depthwise convolutions.
template <typename T>
void unpack_direct(const ConvConfig& config, const WeightStream& stream, std::size_t pitch,
                   std::uint32_t first, const InnerProducts& products, std::vector<T>& rows);
template <typename T>
void unpack_depthwise(const ConvConfig& config, const WeightStream& stream, std::uint32_t first,
                      const InnerProducts& products, std::vector<T>& rows);

}  // namespace npuscope::sim
