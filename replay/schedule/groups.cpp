#include "replay/schedule/groups.h"

#include <algorithm>
#include <numeric>

#include "replay/schedule/banks.h"

namespace npuscope {

std::uint32_t groups_together(const ConvShape& shape) {
  const std::uint32_t cell = cell_channels(shape.element);
  const std::uint32_t unit = kernel_unit(shape.element);
  const std::uint32_t for_input = cell / std::gcd(cell, shape.group_in_channels());
  const std::uint32_t for_output = unit / std::gcd(unit, shape.group_out_channels());
  return std::min(std::lcm(for_input, for_output), shape.groups);
}

std::vector<ConvPart> parts_of(const ConvShape& shape, const ConvSite& site) {
  ConvShape one = shape;
  one.batch = 1;
  if (shape.groups == 1 || shape.depthwise()) return {{one, 0, 0, 0}};
  const std::uint32_t together = groups_together(shape);
  std::vector<ConvPart> parts;
  std::uint64_t weight_offset = 0;
  for (std::uint32_t group = 0; group < shape.groups; group += together) {
    const std::uint32_t count = std::min(together, shape.groups - group);
    one.groups = 1;
    one.in_channels = count * shape.group_in_channels();
    one.out_channels = count * shape.group_out_channels();
    parts.push_back({one, group * shape.group_in_channels(), group * shape.group_out_channels(),
                     weight_offset});
    weight_offset += align_up(weight_bytes(one, site), entry_bytes);
  }
  return parts;
}

}  // namespace npuscope
