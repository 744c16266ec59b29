#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "replay/ledger/next.h"
#include "replay/schedule/plan.h"

namespace npuscope::ledger {

namespace {

void traits_of_plan(const ConvPlan& plan, std::set<std::string>& traits) {
  const ConvShape& shape = plan.shape;
  const std::string_view family = name_of(family_of(shape));
  const std::string split =
      fmt::format("split {} / {} on 2 / 3 cores", name_of(plan.program(2).split),
                  name_of(plan.program(3).split));
  traits.insert(fmt::format("{}, {}", family, split));
  const ConvLane& lane = plan.program(1).lanes.front();
  const std::string records = lane.size() > 2    ? "short records"
                              : lane.size() == 2 ? "two records"
                                                 : "one record";
  traits.insert(fmt::format("{}, {} on one core", family, records));
  const bool blocks = std::ranges::any_of(lane, [&](const ConvTile& tile) {
    return tile.channels.first != lane.front().channels.first;
  });
  const bool rows = std::ranges::any_of(
      lane, [&](const ConvTile& tile) { return tile.output.first != lane.front().output.first; });
  if (blocks)
    traits.insert(fmt::format("{} {}x{} in channel blocks{}", family, shape.kernel_height,
                              shape.kernel_width, rows ? " and rows" : ""));
  if (!plan.banks.weights_fit)
    traits.insert(fmt::format("{}, weights that do not fit, {}", family, split));
  for (const ConvLane& each : plan.program(2).lanes)
    if (plan.program(2).split == Split::rows && each.size() > 1)
      traits.insert(fmt::format("{}, several parts in turn for each core", family));
  for (const std::string& reason : plan.reasons) traits.insert("not the vendor's: " + reason);
}

}  // namespace

std::vector<std::string> traits_of(const ConvShape& shape) {
  std::set<std::string> traits;
  traits.insert(
      fmt::format("{} {}x{}", name_of(family_of(shape)), shape.kernel_height, shape.kernel_width));
  if (shape.in_channels % 32 != 0)
    traits.insert(fmt::format("{} input channels beyond a multiple of 32", shape.in_channels % 32));
  if (shape.out_channels % 16 != 0) traits.insert("output channels that are no multiple of 16");
  if (shape.batch > 1) traits.insert("a batch");
  if (shape.groups > 1 && !shape.depthwise()) traits.insert("groups");
  if (shape.in_height != shape.in_width) traits.insert("an image that is not square");
  ConvSite site;
  site.pixel_input = uses_pixels(shape);
  if (site.pixel_input) traits.insert("input of interleaved pixels");
  if (const auto plan = plan_convolution(shape, site)) traits_of_plan(*plan, traits);
  return {traits.begin(), traits.end()};
}

}  // namespace npuscope::ledger
