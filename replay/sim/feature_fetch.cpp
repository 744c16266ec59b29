#include "replay/sim/feature_fetch.h"

#include <algorithm>
#include <cstring>

namespace npuscope::sim {

namespace {

constexpr std::uint64_t cell_bytes = 16;

std::uint64_t reach(std::uint32_t out, std::uint32_t stride, std::uint32_t kernel,
                    std::uint32_t step) {
  return std::uint64_t{out - 1} * stride + std::uint64_t{kernel - 1} * step + 1;
}

// Depthwise sums run over vectors of 16 channels; int16 weights come in pairs of channels.
std::uint64_t pitch_of(const ConvConfig& config) {
  if (config.depthwise)
    return (std::uint64_t{config.channels} + block_kernels - 1) / block_kernels * block_kernels;
  return config.integer() ? (std::uint64_t{config.padded} + 1) / 2 * 2 : config.padded;
}

template <typename T>
class Fetch {
 public:
  Fetch(const ConvConfig& config, Dma& dma, const InnerProducts& products)
      : config_(config), dma_(dma), products_(products) {
    feature_.width = reach(config.out_width, config.stride_x, config.kernel_width, config.step_x);
    feature_.height =
        reach(config.out_height, config.stride_y, config.kernel_height, config.step_y);
    feature_.pitch = pitch_of(config);
    feature_.values.assign(feature_.width * feature_.height * feature_.pitch, T{0});
    row_.resize(std::size_t{config.width} * 16);
  }

  Feature<T> run() {
    fill_padding();
    if (config_.pixel_channels != 0) {
      for (std::uint32_t y = 0; y < config_.height; ++y) fetch_pixels(y);
    } else {
      const std::uint32_t surfaces =
          (config_.channels + config_.cell_lanes() - 1) / config_.cell_lanes();
      for (std::uint32_t s = 0; s < surfaces; ++s)
        for (std::uint32_t y = 0; y < config_.height; ++y) fetch_cells(s, y);
    }
    return std::move(feature_);
  }

 private:
  // Bits of one element as a number.
  [[nodiscard]] T number(std::uint32_t bits) const {
    if constexpr (std::is_same_v<T, float>) {
      return f32_from_f16(static_cast<std::uint16_t>(bits));
    } else {
      return config_.precision == Precision::i8 ? static_cast<std::int8_t>(bits)
                                                : static_cast<std::int16_t>(bits);
    }
  }

  void fill_padding() {
    const T value = number(config_.pad_value);
    if (value == T{0}) return;
    for (std::size_t pixel = 0; pixel < feature_.width * feature_.height; ++pixel)
      std::fill_n(feature_.values.begin() + static_cast<std::ptrdiff_t>(pixel * feature_.pitch),
                  std::min<std::size_t>(config_.padded, feature_.pitch), value);
  }

  // Converts `count` elements of memory into row_.
  void widen(const std::byte* from, std::size_t count) {
    if constexpr (std::is_same_v<T, float>) {
      products_.widen_f16(from, count, row_.data());
    } else if (config_.precision == Precision::i8) {
      for (std::size_t i = 0; i < count; ++i) row_[i] = static_cast<std::int8_t>(from[i]);
    } else {
      std::memcpy(row_.data(), from, count * sizeof(std::int16_t));
    }
  }

  // Moves row_, `lanes` elements a pixel of which `used` count, to channel `first` of line y.
  void place(std::uint32_t y, std::size_t first, std::size_t lanes, std::size_t used) {
    const std::size_t row = config_.pad_top + std::size_t{y} * config_.spread_y;
    if (row >= feature_.height || used == 0) return;
    T* line = feature_.values.data() + row * feature_.width * feature_.pitch + first;
    for (std::size_t x = 0; x < config_.width; ++x) {
      const std::size_t column = config_.pad_left + x * config_.spread_x;
      if (column >= feature_.width) break;
      std::copy_n(row_.data() + x * lanes, used, line + column * feature_.pitch);
    }
  }

  void fetch_cells(std::uint32_t surface, std::uint32_t y) {
    const std::int64_t line = config_.line_stride;
    const std::int64_t surface_pitch =
        (config_.group_line_off ? std::int64_t{config_.width} : line) + config_.surface_stride;
    const std::int64_t in_surface =
        config_.group_line_off ? y * line : (y / 4) * line + (y % 4) * (line / 4);
    const std::int64_t cell = surface * surface_pitch + in_surface;
    const std::byte* cells =
        dma_.read(DmaPath::feature, static_cast<std::uint64_t>(config_.feature_address + cell * 16),
                  config_.width * cell_bytes);
    const std::size_t lanes = config_.cell_lanes();
    const std::size_t first = surface * lanes;
    const std::size_t used =
        first >= config_.real ? 0 : std::min<std::size_t>(lanes, config_.real - first);
    if (used == 0) return;
    widen(cells, config_.width * lanes);
    place(y, first, lanes, used);
  }

  void fetch_pixels(std::uint32_t y) {
    const std::size_t lanes = config_.pixel_channels;
    const std::size_t elements = config_.width * lanes;
    const std::uint64_t offset =
        std::uint64_t{y} * config_.line_stride * lanes * config_.element_bytes();
    const std::byte* pixels = dma_.read(DmaPath::feature, config_.feature_address + offset,
                                        elements * config_.element_bytes());
    widen(pixels, elements);
    if constexpr (!std::is_same_v<T, float>) convert(pixels, elements);
    place(y, 0, lanes, config_.real);
  }

  // The input converter; only for integers.
  void convert(const std::byte* pixels, std::size_t elements) {
    const InputConverter& cvt = config_.converter;
    if (cvt.bypass) return;
    for (std::size_t i = 0; i < elements; ++i) {
      const std::size_t n = i % config_.pixel_channels;
      std::int64_t v = row_[i];
      if (!cvt.is_signed)
        v = config_.precision == Precision::i8 ? static_cast<std::uint8_t>(pixels[i])
                                               : static_cast<std::uint16_t>(row_[i]);
      const auto shift = [&](std::int64_t value) {
        return rounding_shift(value, cvt.truncate[n], Rounding::half_up);
      };
      v = cvt.offset_first ? shift((v + cvt.offset[n]) * cvt.scale[n])
                           : shift(v * cvt.scale[n]) + cvt.offset[n];
      row_[i] = static_cast<T>(config_.precision == Precision::i8 ? saturate<std::int8_t>(v)
                                                                  : saturate<std::int16_t>(v));
    }
  }

  const ConvConfig& config_;
  Dma& dma_;
  const InnerProducts& products_;
  Feature<T> feature_;
  std::vector<T> row_;
};

}  // namespace

std::uint64_t feature_elements(const ConvConfig& config) {
  return reach(config.out_width, config.stride_x, config.kernel_width, config.step_x) *
         reach(config.out_height, config.stride_y, config.kernel_height, config.step_y) *
         pitch_of(config);
}

template <typename T>
Feature<T> fetch_feature(const ConvConfig& config, Dma& dma, const InnerProducts& products) {
  return Fetch<T>(config, dma, products).run();
}

template Feature<float> fetch_feature(const ConvConfig&, Dma&, const InnerProducts&);
template Feature<std::int16_t> fetch_feature(const ConvConfig&, Dma&, const InnerProducts&);

}  // namespace npuscope::sim
