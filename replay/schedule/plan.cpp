#include "replay/schedule/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/schedule/groups.h"
#include "replay/schedule/operator_plan.h"

namespace npuscope {

namespace {

void append(ConvLane& lane, const ConvLane& part, const ConvPart& where, std::uint32_t image,
            std::uint32_t family) {
  for (ConvTile tile : part) {
    tile.image = image;
    tile.family = family;
    tile.channels.first += where.first_channel;
    tile.kernels.first += where.first_kernel;
    tile.weight_offset += where.weight_offset;
    tile.reuses_weights = false;
    lane.push_back(tile);
  }
}

// All parts of all images, one after the other; each divided among the cores as it would be alone,
// or, if one cannot be divided, given to the cores in turns.
ConvProgram combine(const std::vector<ConvPart>& parts, const std::vector<OperatorPlan>& plans,
                    std::uint32_t images, unsigned cores) {
  ConvProgram program;
  program.cores = cores;
  const bool divided = std::all_of(plans.begin(), plans.end(), [&](const OperatorPlan& plan) {
    return cores == 1 || !plan.programs[cores - 1].repeats();
  });
  const std::size_t count = parts.size() * images;
  if (cores > 1 && !divided && count < cores) {
    program = combine(parts, plans, images, 1);
    program.cores = cores;
    return program;
  }
  program.lanes.resize(cores);
  program.in_turns = !divided;
  if (cores > 1) program.split = divided ? plans.front().programs[cores - 1].split : Split::rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t part = i % parts.size();
    const auto image = static_cast<std::uint32_t>(i / parts.size());
    const ConvProgram& own = plans[part].programs[divided ? cores - 1 : 0];
    for (std::size_t lane = 0; lane < own.lanes.size(); ++lane)
      append(program.lanes[divided ? lane : i % cores], own.lanes[lane], parts[part], image,
             family_bits(divided ? own.split : program.split, cores));
  }
  return program;
}

// What in the shape no capture or model confirms. The formulas hold in its neighbourhood.
std::vector<std::string> unconfirmed(const ConvShape& shape, const ConvSite& site,
                                     const OperatorPlan& plan) {
  std::vector<std::string> reasons;
  const auto add = [&reasons](bool condition, std::string reason) {
    if (condition) reasons.push_back(std::move(reason));
  };
  add(site.pixel_input && (shape.in_channels == 2 || shape.in_channels == 4),
      fmt::format("no capture has pixels of {} channels", shape.in_channels));
  add(!site.pixel_input && shape.element == Element::f16 && shape.in_channels % 8 != 0,
      fmt::format("no capture has {} f16 channels in a cube: not a multiple of 8",
                  shape.in_channels));
  add(shape.dilation_y > 1, "no capture has vertical dilation");
  // Every i8 node and every residual add of the public models has a bias.
  add(shape.element == Element::i8 && !shape.fusion.bias,
      "no capture has an i8 convolution without bias");
  add(shape.fusion.residual && !shape.fusion.bias, "no capture has a residual add without bias");
  add(shape.fusion.residual && shape.depthwise(),
      "no capture has a residual add behind a depthwise convolution");
  add(plan.banks.weights_first,
      "the rule that weights come first rests on four nodes of one geometry");
  add(shape.depthwise() && shape.element == Element::i8 && plan.banks.channels < shape.in_channels,
      "no capture has an i8 depthwise convolution in channel blocks");
  add(!plan.programs[1].repeats() && plan.programs[2].repeats(),
      "no capture has a split for two cores but not for three");
  add(plan.programs[1].split == Split::rows && !plan.shared_banks.weights_fit,
      "no capture divides rows while the weights do not fit");
  return reasons;
}

}  // namespace

std::string_view name_of(Basis basis) {
  switch (basis) {
    case Basis::vendor:
      return "vendor";
    case Basis::inferred:
      return "inferred";
    case Basis::general:
      break;
  }
  return "general";
}

Result<ConvPlan> plan_convolution(const ConvShape& shape, const ConvSite& site) {
  if (site.version < oldest_compiler)
    return wrong_usage(fmt::format("compiler {}.{}.{} writes records of another form",
                                   site.version.major, site.version.minor, site.version.patch),
                       "1.6.0 and later are generated");
  ConvPlan plan;
  plan.shape = shape;
  plan.site = site;
  const std::vector<ConvPart> parts = parts_of(shape, site);
  std::vector<OperatorPlan> operators;
  for (const ConvPart& part : parts) {
    auto planned = plan_operator(part.shape, site);
    if (!planned) return tl::unexpected(planned.error());
    operators.push_back(std::move(*planned));
  }
  plan.banks = operators.front().banks;
  plan.shared_banks = operators.front().shared_banks;

  if (shape.batch > 1)
    plan.reasons.push_back("nothing is known of the vendor's batches: one image after the other");
  if (shape.groups > 1 && !shape.depthwise())
    plan.reasons.push_back(fmt::format(
        "nothing is known of the vendor's groups: {} direct convolution{} of {} group{}",
        parts.size(), parts.size() == 1 ? "" : "s", groups_together(shape),
        groups_together(shape) == 1 ? "" : "s"));
  if (operators.front().general)
    plan.reasons.push_back(
        "the vendor's banks leave no room for a tile: one kernel unit at a time");
  plan.basis = plan.reasons.empty() ? Basis::vendor : Basis::general;
  if (plan.basis == Basis::vendor) {
    plan.reasons = unconfirmed(shape, site, operators.front());
    if (!plan.reasons.empty()) plan.basis = Basis::inferred;
    plan.programs = operators.front().programs;
    return plan;
  }
  for (unsigned cores = 1; cores <= 3; ++cores)
    plan.programs[cores - 1] = combine(parts, operators, shape.batch, cores);
  return plan;
}

}  // namespace npuscope
