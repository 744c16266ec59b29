#include "replay/schedule/traffic.h"

#include <algorithm>

#include "replay/schedule/channels.h"

namespace npuscope {

namespace {

// Products of one core in a cycle and bytes of its bus. Source: 6 TOPS of i8 for three cores at
// 1 GHz, half of that for f16; a bus of 128 bits, as the addresses of all tensors are aligned.
constexpr std::uint64_t products_of_a_cycle_i8 = 1024;
constexpr std::uint64_t bytes_of_a_cycle = 16;

Traffic traffic_of(const ConvPlan& plan, const ConvTile& tile) {
  const ConvShape& shape = plan.shape;
  const std::uint64_t size = element_bytes(shape.element);
  const std::uint64_t pixels = std::uint64_t{tile.output.count} * shape.out_width();
  Traffic traffic;
  traffic.tasks = 1;
  const std::uint64_t channels = plan.site.pixel_input
                                     ? shape.in_channels
                                     : fetched_channels(shape.element, tile.channels.count);
  traffic.input_bytes = channels * size * tile.input.count * shape.in_width;
  const std::uint64_t kernels = shape.depthwise() ? 1 : tile.kernels.count;
  if (!tile.reuses_weights)
    traffic.weight_bytes = kernels * kernel_bytes(shape, plan.site, tile.channels.count);
  traffic.output_bytes = pixels * align_up(tile.kernels.count, cell_channels(shape.element)) * size;
  traffic.products = pixels * tile.kernels.count * shape.kernel_height * shape.kernel_width *
                     (shape.depthwise() ? 1 : tile.channels.count);
  traffic.cycles = std::max(ceil_div(traffic.products * size, products_of_a_cycle_i8),
                            ceil_div(traffic.moved(), bytes_of_a_cycle));
  return traffic;
}

}  // namespace

Traffic traffic_of(const ConvPlan& plan, unsigned cores) {
  Traffic all;
  for (const ConvLane& lane : plan.program(cores).lanes) {
    std::uint64_t cycles = 0;
    for (const ConvTile& tile : lane) {
      const Traffic one = traffic_of(plan, tile);
      all.tasks += one.tasks;
      all.input_bytes += one.input_bytes;
      all.weight_bytes += one.weight_bytes;
      all.output_bytes += one.output_bytes;
      all.products += one.products;
      cycles += one.cycles;
    }
    all.cycles = std::max(all.cycles, cycles);
  }
  return all;
}

Result<ConvPlan> plan_with_banks(const ConvShape& shape, ConvSite site, std::uint32_t banks) {
  site.banks = banks;
  return plan_convolution(shape, site);
}

Result<std::uint32_t> least_banks_without_tiles(const ConvShape& shape, const ConvSite& site) {
  const auto whole = plan_with_banks(shape, site, unlimited_banks);
  if (!whole) return tl::unexpected(whole.error());
  const std::uint64_t least = traffic_of(*whole, 1).tasks;
  const auto enough = [&](std::uint32_t banks) {
    const auto plan = plan_with_banks(shape, site, banks);
    return plan && traffic_of(*plan, 1).tasks <= least;
  };
  std::uint32_t low = 1, high = unlimited_banks;  // too few, enough
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace npuscope
