#include "replay/schedule/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "replay/schedule/groups.h"

namespace npuscope {

namespace {

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "112", or "(96/64)" where rows lie in parts of an entry (i8 pixels of one channel).
std::string entries_of_row(std::uint64_t bytes) {
  if (bytes % entry_bytes == 0) return fmt::format("{}", bytes / entry_bytes);
  return fmt::format("({}/{})", bytes, entry_bytes);
}

std::string entries_text(std::uint64_t bytes) {
  return fmt::format("{} {}", entries_of_row(bytes), bytes == entry_bytes ? "entry" : "entries");
}

// Equal neighbours together, as amounts are written elsewhere: "19x2,18x4".
std::string list_text(const std::vector<std::uint32_t>& values) {
  constexpr std::size_t most = 12;
  std::vector<std::string> parts;
  for (std::size_t i = 0, next = 0; i < values.size() && parts.size() <= most; i = next) {
    while (next < values.size() && values[next] == values[i]) ++next;
    parts.push_back(next - i == 1 ? fmt::format("{}", values[i])
                                  : fmt::format("{}x{}", values[i], next - i));
  }
  if (parts.size() > most) parts.back() = "...";
  return fmt::format("{}", fmt::join(parts, ","));
}

// The heights of the tiles of a lane; every record has one of `blocks` channel blocks of its rows.
std::string rows_text(const ConvLane& lane, std::size_t blocks) {
  std::vector<std::uint32_t> heights;
  for (std::size_t i = 0; i < lane.size(); i += blocks) heights.push_back(lane[i].output.count);
  return blocks == 1 ? list_text(heights)
                     : fmt::format("{} in {} channel blocks each", list_text(heights), blocks);
}

class Explainer {
 public:
  explicit Explainer(const ConvPlan& plan)
      : plan_(plan), part_(parts_of(plan.shape, plan.site).front().shape), banks_(plan.banks) {}

  std::vector<PlanNote> run(unsigned wanted) {
    basis();
    loops();
    if (channel_blocks() > 1)
      say("channels", "{} channels do not fit at full height: blocks of {}", part_.in_channels,
          banks_.channels);
    input();
    weights();
    if (banks_.ours) {
      general_banks();
    } else if (part_.depthwise()) {
      say("banks", "{} for data, {} for weights", banks_.data_banks, banks_.weight_banks());
    } else {
      direct_banks();
    }
    if (!part_.depthwise()) weights_fit();
    tile();
    for (unsigned cores = 1; cores <= 3; ++cores)
      if (wanted == 0 || wanted == cores) program(cores);
    grains(wanted == 0 ? 1 : wanted);
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
      const std::uint64_t wide = align_up(part_.in_width, 8);
      say("input row", "pixels of {}, {} wide{}, {} bytes each: {} bytes = {} of {}",
          plural(part_.in_channels, "channel"), part_.in_width,
          wide == part_.in_width ? "" : fmt::format(" (in blocks of 8: {})", wide),
          banks_.row_bytes / wide, banks_.row_bytes, entries_text(banks_.row_bytes), entry_bytes);
    } else {
      const std::uint32_t stored = cbuf_channels(part_.element, banks_.channels);
      const std::uint64_t exact = std::uint64_t{part_.in_width} * stored * bytes;
      say("input row", "{} wide, {}{}, {} each: {}*{}*{} = {} bytes{}{} of {}", part_.in_width,
          plural(banks_.channels, "channel"),
          stored == banks_.channels ? "" : fmt::format(" (stored as {})", stored),
          plural(bytes, "byte"), part_.in_width, stored, bytes, exact,
          exact == banks_.row_bytes ? " = " : ", rounded up to ", entries_text(banks_.row_bytes),
          entry_bytes);
    }
    const std::uint64_t entries = ceil_div(banks_.row_bytes * part_.in_height, entry_bytes);
    say("input", "{} = {} = {} of {}", plural(part_.in_height, "row"),
        entries_text(entries * entry_bytes), plural(banks_.input_banks, "bank"), entries_per_bank);
  }

  void weights() {
    const std::uint64_t one = kernel_bytes(part_, plan_.site, part_.in_channels);
    if (part_.depthwise()) {
      say("weights", "{}x{} for {} = {} bytes = {}", part_.kernel_height, part_.kernel_width,
          plural(part_.in_channels, "channel"), one, plural(banks_.weight_banks_needed, "bank"));
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
          "neither fits; the weights come in groups of 32 kernels: {} for weights, 12 - {} = {} "
          "for "
          "data",
          banks_.weight_banks(), banks_.weight_banks(), banks_.data_banks);
    }
  }

  void general_banks() {
    say("banks", "one unit of {} at a time takes {}: {} for data, {} for weights",
        part_.depthwise() ? "channels" : "kernels", plural(banks_.group_banks, "bank"),
        banks_.data_banks, banks_.weight_banks());
  }

  void weights_fit() {
    std::string_view consequence = "later tiles of a core keep them, where kernels are not divided";
    if (plan_.basis == Basis::general)
      consequence = "every record of a general schedule loads its own";
    if (!banks_.weights_fit) consequence = "they stream in again for each tile";
    say("weights fit", "{} {} {}: {}", banks_.weight_banks_needed, banks_.weights_fit ? "<=" : ">",
        banks_.weight_banks(), consequence);
  }

  void tile() {
    if (banks_.rows >= part_.in_height) {
      say("tile", "{} into {}: one tile of {}",
          part_.in_height == 1 ? "the input row fits"
                               : fmt::format("all {} input rows fit", part_.in_height),
          plural(banks_.data_banks, "bank"), plural(part_.out_height(), "output row"));
      return;
    }
    say("tile", "floor({}*{} / {}) = {}; the kernel reaches over {}, stride {}: {}",
        banks_.data_banks, entries_per_bank, entries_of_row(banks_.row_bytes),
        plural(rows_in_banks(banks_.row_bytes, banks_.data_banks), "input row"), part_.reach_y(),
        part_.stride_y, plural(tile_height(part_, banks_.rows, 0), "output row"));
    if (part_.pad_top > 0)
      say("", "the first tile has {} of padding above and makes {}", plural(part_.pad_top, "row"),
          tile_height(part_, banks_.rows, part_.pad_top));
  }

  // Records that the same rows of a depthwise convolution take.
  [[nodiscard]] std::size_t channel_blocks() const {
    return part_.depthwise() ? ceil_div(part_.in_channels, banks_.channels) : 1;
  }

  void program(unsigned cores) {
    const ConvProgram& program = plan_.program(cores);
    const std::string subject = plural(cores, "core");
    if (cores == 1) {
      const std::size_t records = program.lanes.front().size();
      say(subject, "{}: output rows {}", plural(records, "record"),
          rows_text(program.lanes.front(), channel_blocks()));
      return;
    }
    say(subject, "{}", split_reason(program));
    // Ours has the same blocks in all programs; the vendor's has them in the 1-core program only.
    const std::size_t blocks =
        plan_.shared_banks.channels == banks_.channels || program.in_turns ? channel_blocks() : 1;
    if (blocks == 1 && channel_blocks() > 1 && !program.repeats())
      say("", "all channels in each record: {} of data hold {}",
          plural(plan_.shared_banks.data_banks, "bank"),
          plural(rows_in_banks(plan_.shared_banks.row_bytes, plan_.shared_banks.data_banks),
                 "input row"));
    for (std::size_t lane = 0; lane < program.lanes.size() && !program.repeats(); ++lane) {
      const ConvLane& tiles = program.lanes[lane];
      if (tiles.empty()) continue;
      say("", "core {}: {}, kernels {}..{}, rows {}", lane, plural(tiles.size(), "record"),
          tiles.front().kernels.first, tiles.back().kernels.first + tiles.back().kernels.count - 1,
          rows_text(tiles, blocks));
    }
  }

  [[nodiscard]] std::string split_reason(const ConvProgram& program) const {
    const unsigned cores = program.cores;
    if (program.in_turns)
      return "not every part can be divided: whole ones, given to the cores in turns";
    if (part_.fusion.table != TableFunction::none)
      return "a node with a lookup table is not divided";
    if (part_.depthwise())
      return program.repeats() ? fmt::format("{} cannot be divided: as one core",
                                             plural(part_.out_height(), "output row"))
                               : std::string("depthwise: divided by rows");
    const std::uint32_t unit = kernel_unit(part_.element);
    const std::uint64_t units = ceil_div(part_.out_channels, unit);
    const bool enough = part_.out_channels / unit >= cores;
    const std::string count = fmt::format("{} = {} of {}", plural(part_.out_channels, "kernel"),
                                          plural(units, "unit"), unit);
    if (program.repeats())
      return fmt::format("{} and {} cannot be divided by {}: as one core", count,
                         plural(part_.out_height(), "output row"), cores);
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

  void grains(unsigned cores) {
    std::vector<std::uint32_t> values;
    for (const ConvLane& lane : plan_.program(cores).lanes)
      for (const ConvTile& tile : lane)
        if (std::find(values.begin(), values.end(), tile.grains) == values.end())
          values.push_back(tile.grains);
    say("grains", "{} rows fetched ahead (concerns speed only)", list_text(values));
  }

  const ConvPlan& plan_;
  const ConvShape part_;
  const BankPlan& banks_;
  std::vector<PlanNote> lines_;
};

}  // namespace

std::vector<PlanNote> explain(const ConvPlan& plan, unsigned cores) {
  return Explainer(plan).run(cores);
}

}  // namespace npuscope
