// The sums of a convolution, sixteen output channels at a time: what CORE hands to the DPU.
//
//   auto sums = ConvolutionSums<float>::prepare(config, dma, products);
//   sums->begin_block(0);                        // output channels 0 to 15
//   sums->fill(first_pixel, count, values);      // values[pixel][16]
//
// V is float for f16 (accumulated in the order that replay/sim/inner_product.h defines) or int64_t
// for integers (exact, then saturated to the 32 bits of the accumulator).
#pragma once

#include "replay/sim/feature_fetch.h"
#include "replay/sim/weight_fetch.h"

namespace npuscope::sim {

template <typename V>
class ConvolutionSums {
 public:
  // Operands of more elements than this are refused: no task that fits the hardware's buffer comes
  // near it.
  static constexpr std::uint64_t most_elements = std::uint64_t{1} << 27U;

  [[nodiscard]] static Modelled<ConvolutionSums> prepare(const ConvConfig& config, Dma& dma,
                                                         const InnerProducts& products);

  [[nodiscard]] std::size_t pixels() const { return config_.out_pixels(); }
  [[nodiscard]] std::uint64_t macs() const;

  void begin_block(std::size_t block);
  // Channels that do not exist have sums of zero; so have pixels behind the last one.
  void fill(std::size_t first_pixel, std::size_t count, V* values);
  // Adds factor[lane] * (sum of the inputs in the window): over all channels, or the lane's own in
  // a depthwise convolution. Padding counts. Integers only.
  void add_window_sums(std::size_t first_pixel, std::size_t count, const std::int64_t* factor,
                       V* values);

 private:
  using Element = std::conditional_t<std::is_same_v<V, float>, float, std::int16_t>;

  ConvolutionSums(const ConvConfig& config, const InnerProducts& products)
      : config_(config), products_(&products) {}
  void plan_runs();
  void locate(std::size_t first_pixel, std::size_t count);
  void sum(V* values);
  void window_sums_of_pixels(std::int64_t* sums);

  ConvConfig config_;
  const InnerProducts* products_;
  Feature<Element> feature_;
  WeightStream stream_;
  std::vector<Run> runs_;            // direct
  std::vector<std::size_t> places_;  // depthwise
  std::size_t longest_sum_ = 0;      // products of one sum
  std::vector<Element> rows_;        // weights of the block
  std::vector<std::size_t> origins_;
  std::vector<std::int32_t> narrow_;
  std::vector<std::int64_t> window_;
  std::size_t block_ = 0;
};

}  // namespace npuscope::sim
