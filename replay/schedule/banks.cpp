#include "replay/schedule/banks.h"

#include <algorithm>

namespace npuscope {

namespace {

// Bytes that one pixel of a first layer takes in the convolution buffer: 1, 2 or 4 lanes of four
// elements. Two lanes for two channels are inferred, no capture has them.
std::uint32_t pixel_bytes(const ConvShape& shape) {
  const std::uint32_t lanes = shape.in_channels <= 2 ? shape.in_channels : 4;
  return 4 * element_bytes(shape.element) * lanes;
}

BankPlan needs(const ConvShape& shape, const ConvSite& site, std::uint32_t channels) {
  BankPlan plan;
  plan.banks = site.banks;
  plan.channels = channels;
  plan.row_bytes = row_bytes(shape, site, channels);
  plan.input_banks = banks_for_rows(plan.row_bytes, shape.in_height);
  plan.weight_banks_needed = ceil_div(weight_bytes(shape, site), bank_bytes);
  return plan;
}

void set_data_banks(BankPlan& plan, const ConvShape& shape, std::uint64_t banks) {
  plan.data_banks = static_cast<std::uint32_t>(banks);
  plan.weights_fit = plan.weight_banks_needed <= plan.weight_banks();
  plan.rows = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(shape.in_height, rows_in_banks(plan.row_bytes, banks)));
}

}  // namespace

// Rows lie in whole entries, pixels in blocks of eight: no record of any public model holds more
// than its banks by that count, and boards compute wrong values where it overflows.
std::uint64_t row_bytes(const ConvShape& shape, const ConvSite& site, std::uint32_t channels) {
  if (site.pixel_input) return align_up(shape.in_width, 8) * pixel_bytes(shape);
  return align_up(std::uint64_t{shape.in_width} * cbuf_channels(shape.element, channels) *
                      element_bytes(shape.element),
                  entry_bytes);
}

std::uint64_t kernel_bytes(const ConvShape& shape, const ConvSite& site, std::uint32_t channels) {
  const std::uint32_t stored = site.pixel_input ? pixel_weight_channels(shape.element)
                                                : weight_channels(shape.element, channels);
  return std::uint64_t{element_bytes(shape.element)} * shape.kernel_height * shape.kernel_width *
         stored;
}

std::uint64_t weight_bytes(const ConvShape& shape, const ConvSite& site) {
  const std::uint64_t one = kernel_bytes(shape, site, shape.in_channels);
  return shape.depthwise() ? one : one * shape.out_channels;
}

// Source: 83 of 83 decoded captures, 3,860 programs of public models. The exception, that one bank
// is not enough for weights that need more than one, rests on four nodes of one geometry.
BankPlan direct_banks(const ConvShape& shape, const ConvSite& site) {
  BankPlan plan = needs(shape, site, shape.in_channels);
  const std::uint64_t kernel = kernel_bytes(shape, site, shape.in_channels);
  plan.group_banks = ceil_div(32 * kernel, bank_bytes);
  const std::uint64_t weights =
      plan.weight_banks_needed < site.banks ? plan.weight_banks_needed : plan.group_banks;
  const std::uint64_t least = std::max<std::uint64_t>(
      2, ceil_div(std::min<std::uint64_t>(32, shape.out_channels) * kernel, bank_bytes));
  const bool input_fits = plan.input_banks < site.banks;
  plan.weights_first =
      input_fits && site.banks - plan.input_banks < std::min(plan.weight_banks_needed, least);
  const bool keep_input = input_fits && !plan.weights_first;
  // A group of 32 kernels that leaves no bank for the input has no vendor schedule: the planner
  // sees rows == 0.
  set_data_banks(
      plan, shape,
      keep_input ? plan.input_banks : site.banks - std::min<std::uint64_t>(weights, site.banks));
  return plan;
}

// Source: captures of 224+32, 480+96, 448+320, 32x4+16 and 32x3 channels, 24 depthwise i8 nodes of
// models.
BankPlan depthwise_block_banks(const ConvShape& shape, const ConvSite& site) {
  BankPlan plan = needs(shape, site, shape.in_channels);
  if (plan.input_banks >= site.banks) {
    const std::uint32_t unit = depthwise_unit(shape.element);
    // One unit of channels at full height takes an entry for each pixel.
    const std::uint64_t fitting = std::uint64_t{site.banks - 1} * entries_per_bank /
                                  (std::uint64_t{shape.in_height} * shape.in_width);
    const std::uint64_t units = std::min<std::uint64_t>(fitting, ceil_div(shape.in_channels, unit));
    // Fewer channels than a unit are planned as the few that they are: one public i8 node of 16.
    const std::uint64_t block = std::max<std::uint64_t>(units, 1) * unit;
    plan = needs(shape, site,
                 static_cast<std::uint32_t>(std::min<std::uint64_t>(block, shape.in_channels)));
  }
  const std::uint64_t weights = ceil_div(kernel_bytes(shape, site, plan.channels), bank_bytes);
  set_data_banks(
      plan, shape,
      plan.input_banks >= site.banks
          ? site.banks - 1
          : std::min<std::uint64_t>(plan.input_banks,
                                    site.banks - std::min<std::uint64_t>(weights, site.banks)));
  return plan;
}

BankPlan depthwise_whole_banks(const ConvShape& shape, const ConvSite& site) {
  BankPlan plan = needs(shape, site, shape.in_channels);
  const std::uint64_t left =
      site.banks - std::min<std::uint64_t>(plan.weight_banks_needed, site.banks);
  set_data_banks(plan, shape, std::min(plan.input_banks, left));
  return plan;
}

// One unit of kernels at least must be in the buffer: weights stream through it in such groups.
BankPlan general_banks(const ConvShape& shape, const ConvSite& site) {
  const bool depthwise = shape.depthwise();
  BankPlan plan = needs(
      shape, site,
      depthwise ? std::min(shape.in_channels, depthwise_unit(shape.element)) : shape.in_channels);
  plan.ours = true;
  const std::uint64_t kernels =
      depthwise ? 1 : std::min(shape.out_channels, kernel_unit(shape.element));
  plan.group_banks = ceil_div(kernels * kernel_bytes(shape, site, plan.channels), bank_bytes);
  const std::uint64_t left = site.banks - std::min<std::uint64_t>(plan.group_banks, site.banks);
  set_data_banks(plan, shape, std::min(plan.input_banks, left));
  return plan;
}

}  // namespace npuscope
