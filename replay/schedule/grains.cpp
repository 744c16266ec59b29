#include "replay/schedule/grains.h"

#include <algorithm>

#include "replay/schedule/banks.h"

namespace npuscope {

std::uint32_t feature_grains(const ConvShape& shape, const ConvSite& site, std::uint32_t channels,
                             InputRows rows) {
  const std::uint32_t height = rows.count;
  // Exact here, not in whole entries; and a pixel counts as one cell, whatever it takes in the
  // buffer.
  const std::uint64_t bytes =
      std::uint64_t{shape.in_width} *
      (site.pixel_input ? cell_bytes
                        : cbuf_channels(shape.element, channels) * element_bytes(shape.element));
  const auto per_bank = static_cast<std::uint32_t>(ceil_div(bank_bytes, bytes));
  // Output rows beyond the first that the first 16 pixels take. That this counts output columns,
  // and input rows by the stride, rests on two geometries (depthwise 5x5 with stride 2, 7x7 with
  // stride 7).
  const auto extra = static_cast<std::uint32_t>(ceil_div(16, shape.out_width())) - 1;
  const std::uint32_t lead = shape.kernel_height + shape.stride_y * extra;
  const std::uint32_t least = 2 * shape.kernel_height + 4 * shape.stride_y + 1 +
                              (shape.depthwise() ? 0 : 2 * shape.stride_y * extra);
  const auto banks =
      std::max<std::uint32_t>(2, static_cast<std::uint32_t>(ceil_div(least, per_bank)));
  const std::uint32_t whole_banks = site.pixel_input ? height : std::min(height, per_bank * banks);
  const std::uint32_t first_rows =
      shape.kernel_height + rows.padding +
      std::min(height, static_cast<std::uint32_t>(align_up(per_bank + lead, 4)));
  return std::max(whole_banks, first_rows);
}

}  // namespace npuscope
