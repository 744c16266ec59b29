#include "replay/schedule/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/schedule/groups.h"

namespace npuscope {

namespace {

std::string entries_text(std::uint64_t bytes) {
  if (bytes % entry_bytes == 0)
    return fmt::format("{} entries of {}", bytes / entry_bytes, entry_bytes);
  return fmt::format("{}/{} entries", bytes, entry_bytes);
}

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string rows_text(const ConvLane& lane) {
  std::vector<std::string> parts;
  for (const ConvTile& tile : lane)
    if (parts.size() < 8) parts.push_back(fmt::format("{}", tile.output.count));
  return fmt::format("{}{}", fmt::join(parts, ","), lane.size() > 8 ? ",..." : "");
}

class Explainer {
 public:
  explicit Explainer(const ConvPlan& plan)
      : plan_(plan), part_(parts_of(plan.shape, plan.site).front().shape), banks_(plan.banks) {}

  std::vector<Explanation> run() {
    basis();
    loops();
    input();
    weights();
    if (part_.depthwise()) {
      depthwise_banks();
    } else {
      direct_banks();
    }
    tile();
    for (unsigned cores = 1; cores <= 3; ++cores) program(cores);
    grains();
    return std::move(lines_);
  }

 private:
  template <typename... Args>
  void say(std::string subject, fmt::format_string<Args...> text, Args&&... args) {
    lines_.push_back({std::move(subject), fmt::format(text, std::forward<Args>(args)...)});
  }

  void basis() {
    switch (plan_.basis) {
      case Basis::vendor:
        say("schedule", "the vendor's");
        break;
      case Basis::inferred:
        say("schedule", "inferred: the vendor's formulas, not confirmed for this shape");
        break;
      case Basis::general:
        say("schedule", "general: our own, correct but not the vendor's");
        break;
    }
    for (const std::string& reason : plan_.reasons) say("", "{}", reason);
  }

  void loops() {
    const std::vector<ConvPart> parts = parts_of(plan_.shape, plan_.site);
    if (parts.size() > 1)
      say("groups", "{} of {} -> {} channels each; the numbers below are those of the first",
          plural(parts.size(), "convolution"), part_.in_channels, part_.out_channels);
    if (plan_.shape.batch > 1)
      say("batch", "{}, one after the other", plural(plan_.shape.batch, "image"));
  }

  void input() {
    const std::uint32_t bytes = element_bytes(part_.element);
    if (plan_.site.pixel_input) {
      say("input row", "pixels of {}: {} wide, {} bytes each = {} bytes = {}",
          plural(part_.in_channels, "channel"), part_.in_width, banks_.row_bytes / part_.in_width,
          banks_.row_bytes, entries_text(banks_.row_bytes));
    } else {
      const std::uint32_t stored = cbuf_channels(part_.element, banks_.channels);
      say("input row", "{} wide, {} channels{}, {} byte{} each: {}*{}*{} = {} bytes = {}",
          part_.in_width, banks_.channels,
          stored == banks_.channels ? "" : fmt::format(" (stored as {})", stored), bytes,
          bytes == 1 ? "" : "s", part_.in_width, stored, bytes, banks_.row_bytes,
          entries_text(banks_.row_bytes));
    }
    const std::uint64_t entries = ceil_div(banks_.row_bytes * part_.in_height, entry_bytes);
    say("input", "{} rows = {} entries = {} of {}", part_.in_height, entries,
        plural(banks_.input_banks, "bank"), entries_per_bank);
  }

  void weights() {
    const std::uint64_t one = kernel_bytes(part_, plan_.site, part_.in_channels);
    if (part_.depthwise()) {
      say("weights", "{}x{} for {} channels = {} bytes = {}", part_.kernel_height,
          part_.kernel_width, part_.in_channels, one, plural(banks_.weight_banks_needed, "bank"));
    } else {
      say("weights", "{} bytes a kernel, {} = {} bytes = {}", one,
          plural(part_.out_channels, "kernel"), one * part_.out_channels,
          plural(banks_.weight_banks_needed, "bank"));
    }
  }

  void direct_banks() {
    if (banks_.input_banks <= 11 && !banks_.weights_first &&
        banks_.data_banks == banks_.input_banks) {
      say("banks", "the whole input fits: {} for data, {} for weights", banks_.data_banks,
          banks_.weight_banks());
    } else if (banks_.weights_first) {
      say("banks",
          "{} for the input would leave {} for weights that need more: {} for data, {} for weights",
          banks_.input_banks, cbuf_banks - banks_.input_banks, banks_.data_banks,
          banks_.weight_banks());
    } else if (banks_.weight_banks_needed <= 11) {
      say("banks",
          "{} > 11, the input does not fit; all weights stay: {} for weights, 12 - {} = {} for "
          "data",
          banks_.input_banks, banks_.weight_banks(), banks_.weight_banks(), banks_.data_banks);
    } else {
      say("banks",
          "neither fits; the weights come in groups of {}: {} for weights, 12 - {} = {} for data",
          plan_.basis == Basis::general ? "one unit of kernels" : "32 kernels",
          banks_.weight_banks(), banks_.weight_banks(), banks_.data_banks);
    }
    say("weights fit", "{} {} {}: {}", banks_.weight_banks_needed, banks_.weights_fit ? "<=" : ">",
        banks_.weight_banks(),
        banks_.weights_fit ? "they are loaded once and kept from tile to tile"
                           : "they stream in again for each tile");
  }

  void depthwise_banks() {
    if (banks_.channels >= part_.in_channels) {
      say("banks", "all channels in one block: {} for data, {} for weights", banks_.data_banks,
          banks_.weight_banks());
      return;
    }
    say("channels", "{} channels do not fit; a block of {} takes {}", part_.in_channels,
        banks_.channels, plural(banks_.input_banks, "bank"));
    say("banks", "{} for data, {} for weights", banks_.data_banks, banks_.weight_banks());
  }

  void tile() {
    const std::uint64_t entries = std::uint64_t{banks_.data_banks} * entries_per_bank;
    if (banks_.rows >= part_.in_height) {
      say("tile", "all {} input rows fit into {}: one tile of {} output rows", part_.in_height,
          plural(banks_.data_banks, "bank"), part_.out_height());
      return;
    }
    say("tile",
        "floor({}*{} / ({}/{})) = {} input rows; the kernel reaches over {}, stride {}: {} output "
        "rows",
        banks_.data_banks, entries_per_bank, banks_.row_bytes, entry_bytes,
        entries * entry_bytes / banks_.row_bytes, part_.reach_y(), part_.stride_y,
        tile_height(part_, banks_.rows, 0));
    if (part_.pad_top > 0)
      say("", "the first tile has {} of padding above and makes {}", plural(part_.pad_top, "row"),
          tile_height(part_, banks_.rows, part_.pad_top));
  }

  void program(unsigned cores) {
    const ConvProgram& program = plan_.program(cores);
    const std::string subject = plural(cores, "core");
    if (cores == 1) {
      const std::size_t records = program.lanes.front().size();
      say(subject, "{}: output rows {}", plural(records, "record"),
          rows_text(program.lanes.front()));
      return;
    }
    say(subject, "{}", split_reason(program));
    for (std::size_t lane = 0; lane < program.lanes.size() && !program.repeats(); ++lane) {
      const ConvLane& tiles = program.lanes[lane];
      if (tiles.empty()) continue;
      say("", "core {}: {}, kernels {}..{}, rows {}", lane, plural(tiles.size(), "record"),
          tiles.front().kernels.first, tiles.back().kernels.first + tiles.back().kernels.count - 1,
          rows_text(tiles));
    }
  }

  [[nodiscard]] std::string split_reason(const ConvProgram& program) const {
    const unsigned cores = program.cores;
    if (part_.fusion.table != TableFunction::none)
      return "a node with a lookup table is not divided";
    if (part_.depthwise())
      return program.repeats()
                 ? fmt::format("{} output rows cannot be divided: as one core", part_.out_height())
                 : std::string("depthwise: divided by rows");
    const std::uint32_t unit = kernel_unit(part_.element);
    const std::uint64_t units = ceil_div(part_.out_channels, unit);
    const bool enough = part_.out_channels / unit >= cores;
    const std::string count = fmt::format("{} = {} of {}", plural(part_.out_channels, "kernel"),
                                          plural(units, "unit"), unit);
    if (program.repeats())
      return fmt::format("{} and {} output rows cannot be divided by {}: as one core", count,
                         part_.out_height(), cores);
    if (program.split == Split::kernels) {
      if (units % cores == 0)
        return fmt::format("{}, {} mod {} = 0: divided by kernels", count, units, cores);
      return fmt::format("{}; {}: divided by kernels", count,
                         banks_.weights_fit ? "too few rows" : "the weights do not fit");
    }
    if (!enough) return fmt::format("{}, fewer than {} whole ones: divided by rows", count, cores);
    return fmt::format("{}, {} mod {} = {}, and the weights fit: divided by rows", count, units,
                       cores, units % cores);
  }

  void grains() {
    std::vector<std::uint32_t> values;
    for (const ConvTile& tile : plan_.program(1).lanes.front())
      if (values.empty() || values.back() != tile.grains) values.push_back(tile.grains);
    if (values.size() > 8) values.resize(8);
    say("grains", "{} rows ahead (performance only)", fmt::join(values, ", "));
  }

  const ConvPlan& plan_;
  const ConvShape part_;
  const BankPlan& banks_;
  std::vector<Explanation> lines_;
};

}  // namespace

std::vector<Explanation> explain(const ConvPlan& plan) {
  return Explainer(plan).run();
}

}  // namespace npuscope
