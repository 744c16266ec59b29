#include "replay/sim/convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace npuscope::sim {

template <typename V>
Modelled<ConvolutionSums<V>> ConvolutionSums<V>::prepare(const ConvConfig& config, Dma& dma,
                                                         const InnerProducts& products) {
  if (feature_elements(config) > most_elements || weight_bytes(config) > most_elements ||
      std::uint64_t{config.width} * config.height * config.channels > most_elements)
    return refuse(fmt::format("a convolution over {}x{}x{} with {} kernels of {}x{} to {}x{}",
                              config.width, config.height, config.channels, config.kernels,
                              config.kernel_width, config.kernel_height, config.out_width,
                              config.out_height));
  ConvolutionSums sums(config, products);
  sums.feature_ = fetch_feature<Element>(config, dma, products);
  sums.stream_ = fetch_weights(config, dma);
  sums.plan_runs();
  return sums;
}

template <typename V>
std::uint64_t ConvolutionSums<V>::macs() const {
  const std::uint64_t window = std::uint64_t{config_.kernel_height} * config_.kernel_width;
  const std::uint64_t products = config_.depthwise ? 1 : config_.channels;
  return config_.out_pixels() * config_.out_channels() * window * products;
}

// Elements of the feature that one window covers, in the order of the sum.
template <typename V>
void ConvolutionSums<V>::plan_runs() {
  const std::size_t pitch = feature_.pitch;
  // Integers are exact in any order: places side by side are one run.
  const bool whole_rows = config_.integer() && config_.step_x == 1 && !config_.depthwise;
  const std::size_t columns = whole_rows ? 1 : config_.kernel_width;
  const std::size_t length = whole_rows ? config_.kernel_width * pitch : pitch;
  const std::size_t longest = config_.integer() ? length : partial_sum_channels;
  for (std::size_t ky = 0; ky < config_.kernel_height; ++ky)
    for (std::size_t kx = 0; kx < columns; ++kx) {
      const std::size_t place =
          (ky * config_.step_y * feature_.width + kx * config_.step_x) * pitch;
      if (config_.depthwise) places_.push_back(place);
      for (std::size_t c = 0; c < length && !config_.depthwise; c += longest)
        runs_.push_back({place + c, std::min(longest, length - c)});
    }
  longest_sum_ =
      std::size_t{config_.kernel_height} * config_.kernel_width * (config_.depthwise ? 1 : pitch);
}

template <typename V>
void ConvolutionSums<V>::begin_block(std::size_t block) {
  block_ = block;
  const std::size_t first = block * block_kernels;
  if (first >= config_.out_channels()) return;
  const auto kernel = static_cast<std::uint32_t>(first);
  if (config_.depthwise)
    unpack_depthwise(config_, stream_, kernel, *products_, rows_);
  else
    unpack_direct(config_, stream_, feature_.pitch, kernel, *products_, rows_);
}

template <typename V>
void ConvolutionSums<V>::locate(std::size_t first_pixel, std::size_t count) {
  origins_.clear();
  const std::size_t channel = config_.depthwise ? block_ * block_kernels : 0;
  for (std::size_t p = first_pixel; p < first_pixel + count && p < pixels(); ++p) {
    const std::size_t y = p / config_.out_width * config_.stride_y;
    const std::size_t x = p % config_.out_width * config_.stride_x;
    origins_.push_back((y * feature_.width + x) * feature_.pitch + channel);
  }
}

template <typename V>
void ConvolutionSums<V>::fill(std::size_t first_pixel, std::size_t count, V* values) {
  std::fill_n(values, count * block_kernels, V{0});
  if (block_ * block_kernels >= config_.out_channels()) return;
  locate(first_pixel, count);
  sum(values);
}

template <>
void ConvolutionSums<float>::sum(float* values) {
  if (config_.depthwise)
    products_->depthwise_f32(feature_.values.data(), origins_, places_, rows_.data(), values);
  else
    products_->direct_f32(feature_.values.data(), origins_, runs_, rows_.data(), values);
}

template <>
void ConvolutionSums<std::int64_t>::sum(std::int64_t* values) {
  const bool narrow = config_.precision == Precision::i8 && longest_sum_ <= longest_i32_sum;
  if (config_.depthwise) {
    depthwise_i64(feature_.values.data(), origins_, places_, rows_.data(), values);
  } else if (narrow) {
    narrow_.resize(origins_.size() * block_kernels);
    products_->direct_i32(feature_.values.data(), origins_, runs_, rows_.data(), narrow_.data());
    std::ranges::copy(narrow_, values);
  } else {
    direct_i64(feature_.values.data(), origins_, runs_, rows_.data(), values);
  }
  for (std::size_t i = 0; i < origins_.size() * block_kernels; ++i)
    values[i] =
        saturate<std::int32_t>(rounding_shift(values[i], config_.clip_truncate, Rounding::half_up));
}

// One number a pixel, the same for all kernels: computed once, for all pixels.
template <typename V>
void ConvolutionSums<V>::window_sums_of_pixels(std::int64_t* sums) {
  for (const std::size_t origin : origins_) {
    std::int64_t sum = 0;
    for (const Run& run : runs_) {
      const Element* in = feature_.values.data() + origin + run.offset;
      for (std::size_t i = 0; i < run.length; ++i) sum += static_cast<std::int64_t>(in[i]);
    }
    *sums++ = sum;
  }
}

template <typename V>
void ConvolutionSums<V>::add_window_sums(std::size_t first_pixel, std::size_t count,
                                         const std::int64_t* factor, V* values) {
  if (block_ * block_kernels >= config_.out_channels()) return;
  if (!config_.depthwise && window_.empty()) {
    locate(0, pixels());
    window_.resize(pixels());
    window_sums_of_pixels(window_.data());
  }
  locate(first_pixel, count);
  for (std::size_t p = 0; p < origins_.size(); ++p)
    for (std::size_t lane = 0; lane < block_kernels; ++lane) {
      std::int64_t sum = 0;
      if (config_.depthwise)
        for (const std::size_t place : places_)
          sum += static_cast<std::int64_t>(feature_.values[origins_[p] + place + lane]);
      else
        sum = window_[first_pixel + p];
      V& value = values[p * block_kernels + lane];
      value += static_cast<V>(factor[lane] * sum);
    }
}

template class ConvolutionSums<float>;
template class ConvolutionSums<std::int64_t>;

}  // namespace npuscope::sim
