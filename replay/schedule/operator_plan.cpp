#include "replay/schedule/operator_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/schedule/grains.h"

namespace npuscope {

namespace {

// Makes the records of one operator.
class Planner {
 public:
  Planner(const ConvShape& shape, const ConvSite& site) : shape_(shape), site_(site) {}

  Result<OperatorPlan> plan() {
    choose_banks();
    if (!usable(plan_.banks) || !usable(plan_.shared_banks)) choose_general_banks();
    if (!usable(plan_.banks)) return tl::unexpected(no_room());
    for (unsigned cores = 1; cores <= 3; ++cores) plan_.programs[cores - 1] = program(cores);
    return plan_;
  }

 private:
  [[nodiscard]] bool usable(const BankPlan& banks) const {
    return banks.data_banks >= 1 && banks.data_banks < banks.banks &&
           !greedy_tiles(shape_, banks.rows).empty() &&
           (banks.rows >= shape_.in_height || tile_height(shape_, banks.rows, 0) > 0);
  }

  void choose_banks() {
    plan_.banks =
        shape_.depthwise() ? depthwise_block_banks(shape_, site_) : direct_banks(shape_, site_);
    plan_.shared_banks = shape_.depthwise() ? depthwise_whole_banks(shape_, site_) : plan_.banks;
  }

  // The least that the hardware needs for weights: one unit of kernels (or channels) at a time.
  void choose_general_banks() {
    plan_.general = true;
    plan_.banks = general_banks(shape_, site_);
    plan_.shared_banks = plan_.banks;
  }

  [[nodiscard]] Error no_room() const {
    const BankPlan& banks = plan_.banks;
    return wrong_usage(fmt::format("{} does not fit into the convolution buffer: an input row of "
                                   "{} channels takes {} "
                                   "bytes, {} kernels at a time take {} banks of {}, and the "
                                   "kernel reaches over {} rows",
                                   key_of(shape_), banks.channels, banks.row_bytes,
                                   kernel_unit(shape_.element), banks.group_banks, banks.banks,
                                   shape_.reach_y()),
                       "divide the operator by input channels or width, and add the parts")
        .value();
  }

  [[nodiscard]] std::vector<Extent> channel_blocks(const BankPlan& banks) const {
    std::vector<Extent> blocks;
    const std::uint32_t unit = shape_.depthwise() ? banks.channels : shape_.in_channels;
    for (std::uint32_t c = 0; c < shape_.in_channels; c += unit)
      blocks.push_back({c, std::min(unit, shape_.in_channels - c)});
    return blocks;
  }

  [[nodiscard]] ConvTile tile(Extent output, Extent channels, Extent kernels,
                              const BankPlan& banks) const {
    ConvTile tile;
    tile.output = output;
    tile.input = input_rows(shape_, output);
    tile.channels = channels;
    tile.kernels = kernels;
    tile.weight_offset = shape_.depthwise()
                             ? std::uint64_t{channels.first} * element_bytes(shape_.element) *
                                   shape_.kernel_height * shape_.kernel_width
                             : kernels.first * kernel_bytes(shape_, site_, shape_.in_channels);
    tile.data_banks = banks.data_banks;
    tile.grains = feature_grains(shape_, site_, channels.count, tile.input);
    return tile;
  }

  // Rows outside, channel blocks inside.
  [[nodiscard]] ConvLane lane(const std::vector<Extent>& rows, Extent kernels,
                              const BankPlan& banks, bool keeps_weights) const {
    const std::vector<Extent> blocks = channel_blocks(banks);
    ConvLane lane;
    for (const Extent& output : rows) {
      for (const Extent& block : blocks) {
        lane.push_back(tile(output, block, shape_.depthwise() ? block : kernels, banks));
        lane.back().reuses_weights = keeps_weights && blocks.size() == 1 && lane.size() > 1;
      }
    }
    return lane;
  }

  [[nodiscard]] ConvProgram program(unsigned cores) const {
    ConvProgram program;
    program.cores = cores;
    const Extent all{0, shape_.out_channels};
    const BankPlan& banks = cores == 1 ? plan_.banks : plan_.shared_banks;
    if (cores > 1) program.split = choose_split(shape_, banks.weights_fit, cores);
    switch (program.split) {
      case Split::none:
        program.lanes.push_back(lane(greedy_tiles(shape_, plan_.banks.rows), all, plan_.banks,
                                     plan_.banks.weights_fit));
        break;
      case Split::kernels:
        for (const Extent& kernels : shared_kernels(shape_, cores))
          program.lanes.push_back(lane(greedy_tiles(shape_, banks.rows), kernels, banks, false));
        break;
      case Split::rows:
        // That weights which do not fit are kept too was never seen: it would be wrong, so they are
        // not.
        for (const std::vector<Extent>& rows : shared_tiles(shape_, banks.rows, cores))
          program.lanes.push_back(lane(rows, all, banks, banks.weights_fit));
        break;
    }
    for (ConvLane& each : program.lanes)
      for (ConvTile& tile : each) tile.family = family_bits(program.split, cores);
    return program;
  }

  const ConvShape& shape_;
  const ConvSite& site_;
  OperatorPlan plan_;
};

}  // namespace

Result<OperatorPlan> plan_operator(const ConvShape& shape, const ConvSite& site) {
  return Planner(shape, site).plan();
}

}  // namespace npuscope
