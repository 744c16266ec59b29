#include "replay/schedule/split.h"

#include "replay/schedule/channels.h"

namespace npuscope {

std::string_view name_of(Split split) {
  switch (split) {
    case Split::rows:
      return "rows";
    case Split::kernels:
      return "kernels";
    case Split::none:
      break;
  }
  return "none";
}

Split choose_split(const ConvShape& shape, bool weights_fit, unsigned cores) {
  if (shape.fusion.table != TableFunction::none) return Split::none;
  const Split rows = shape.out_height() >= cores ? Split::rows : Split::none;
  if (shape.depthwise()) return rows;
  const std::uint32_t unit = kernel_unit(shape.element);
  const bool balanced = ceil_div(shape.out_channels, unit) % cores == 0;
  const bool wanted = !weights_fit || balanced || rows == Split::none;
  return shape.out_channels / unit >= cores && wanted ? Split::kernels : rows;
}

std::vector<Extent> shared_kernels(const ConvShape& shape, unsigned cores) {
  const std::uint32_t unit = kernel_unit(shape.element);
  const auto units = static_cast<std::uint32_t>(ceil_div(shape.out_channels, unit));
  const std::uint32_t whole_units = shape.out_channels / unit;
  std::vector<Extent> ranges;
  std::uint32_t first = 0;
  for (unsigned core = 0; core < cores; ++core) {
    const std::uint32_t even =
        units % cores == 0 ? whole_units / cores : units / cores + (core < units % cores ? 1 : 0);
    const std::uint32_t count = core + 1 == cores ? shape.out_channels - first : unit * even;
    ranges.push_back({first, count});
    first += count;
  }
  return ranges;
}

std::uint32_t family_bits(Split split, unsigned cores) {
  if (cores < 2 || split == Split::none) return 0;
  return (split == Split::kernels ? 3U : 0U) + (cores - 1);
}

}  // namespace npuscope
