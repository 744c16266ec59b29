// Rules that need register state: short records (E6, W2), relocated paths (E7), tile coverage (E8).
//
// Each block has two register groups that alternate, so a short record completes itself from the
// record two back in its list that enabled the same block. This file keeps just enough state for
// that; the register file for decoding and simulation is decoder/program's.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "decoder/check/view.h"

namespace npuscope::model_rules {
namespace {

// One register group of one block after a record: values, the record that made it.
struct Group {
  std::array<std::optional<std::uint32_t>, 64> value;
  std::size_t task = 0;
  bool used = false;
};

struct BlockHistory {
  std::array<Group, 2> groups;  // [0] the last record of the block, [1] the one before
};

// State while walking one list.
struct Walk {
  std::array<BlockHistory, block_count> blocks;
};

// Last write of each register of a record: word index, by block and place in its set.
using Writes = std::array<std::array<std::int32_t, 64>, block_count>;

void find_writes(WordView body, Writes& writes) {
  for (auto& block : writes) block.fill(-1);
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto block = block_of_target(body[i].target());
    if (!block) continue;
    const int place = place_in_set(*block, body[i].offset());
    if (place < 0) continue;
    writes[static_cast<std::size_t>(*block)][static_cast<std::size_t>(place)] =
        static_cast<std::int32_t>(i);
  }
}

bool enables(const Task& task, Block block) {
  const int bit = facts_of(block).enable_bit;
  return bit >= 0 && (task.enable_mask >> bit & 1U) != 0;
}

constexpr std::array<Block, 6> vendor_blocks{Block::cna,      Block::core, Block::dpu,
                                             Block::dpu_rdma, Block::ppu,  Block::ppu_rdma};

// The state of `block` for this record; records E6 and W2.
const Group& advance(const ProgramView& view, std::size_t task, std::size_t list_first, Block block,
                     const Writes& writes, Walk& walk, Collector& found) {
  BlockHistory& history = walk.blocks[static_cast<std::size_t>(block)];
  std::swap(history.groups[0], history.groups[1]);  // [0] is now the record two back
  Group& group = history.groups[0];
  const auto& written = writes[static_cast<std::size_t>(block)];
  const std::size_t size = set_size(block);
  const auto missing = static_cast<std::size_t>(
      std::count(written.begin(), written.begin() + static_cast<std::ptrdiff_t>(size), -1));
  const auto place = [&] { return view.place_of_task(task); };
  if (missing > 0 && !group.used) {
    found.error(
        "E6",
        fmt::format("task {}: {} writes {} of {} registers and has no reference two records back",
                    task, name_of(block), size - missing, size),
        place());
  } else if (missing > 0) {
    if (view.tasks()[group.task].op_idx != view.tasks()[task].op_idx || group.task + 2 != task ||
        group.task < list_first) {
      found.warning(
          "W2",
          fmt::format("task {}: {} continues task {}, not the record two back in its node", task,
                      name_of(block), group.task),
          place());
    }
  }
  if (missing == 0) group.value = {};
  const WordView body = view.body(task);
  for (std::size_t i = 0; i < size; ++i) {
    if (written[i] >= 0) group.value[i] = body[static_cast<std::size_t>(written[i])].value();
  }
  const auto known =
      std::count_if(group.value.begin(), group.value.begin() + static_cast<std::ptrdiff_t>(size),
                    [](const auto& v) { return v.has_value(); });
  if (missing > 0 && group.used && static_cast<std::size_t>(known) < size) {
    found.error("E6",
                fmt::format("task {}: {} registers of {} have no value", task,
                            size - static_cast<std::size_t>(known), name_of(block)),
                place());
  }
  group.task = task;
  group.used = true;
  return group;
}

std::optional<std::uint32_t> value_of(const Walk& walk, std::uint16_t offset) {
  const Block block = *block_of_offset(offset);
  const int place = place_in_set(block, offset);
  return walk.blocks[static_cast<std::size_t>(block)]
      .groups[0]
      .value[static_cast<std::size_t>(place)];
}

// The relocation of the last write of `offset` in this record. `written`: whether there is a write.
const Relocation* relocation_in(const ProgramView& view, std::size_t task, const Writes& writes,
                                std::uint16_t offset, bool& written) {
  const Block block = *block_of_offset(offset);
  const auto at = writes[static_cast<std::size_t>(block)]
                        [static_cast<std::size_t>(place_in_set(block, offset))];
  written = at >= 0;
  return written ? view.relocation_of(view.first_word(task) + static_cast<std::size_t>(at))
                 : nullptr;
}

void check_paths(const ProgramView& view, std::size_t task, const Writes& writes, const Walk& walk,
                 Collector& found) {
  const Task& t = view.tasks()[task];
  bool written = false;
  constexpr std::array<std::uint16_t, 5> always{0x1070, 0x1110, 0x4020, 0x6070, 0x701c};
  for (const std::uint16_t offset : always) {
    const Relocation* relocation = relocation_in(view, task, writes, offset, written);
    if (!written || relocation != nullptr || !enables(t, *block_of_offset(offset))) continue;
    found.error("E7",
                fmt::format("task {}: address register {:04x} is not relocated", task, offset),
                view.place_of_task(task));
  }
  struct Path {
    std::uint16_t address, control;
    std::uint32_t mask;
    bool on_when_set;
  };
  // 5044 bit 4 disables the main source, 5034 bit 0 the element-wise one; 501C selects bias
  // records.
  constexpr Path paths[] = {{0x5018, 0x5044, 0x10, false},
                            {0x5020, 0x501c, 0xffffffff, true},
                            {0x5038, 0x5034, 0x1, false}};
  if (!enables(t, Block::dpu_rdma)) return;
  for (const Path& path : paths) {
    const Relocation* relocation = relocation_in(view, task, writes, path.address, written);
    const auto control = value_of(walk, path.control);
    if (!written || !control) continue;
    const bool on = ((*control & path.mask) != 0) == path.on_when_set;
    if (on == (relocation != nullptr)) continue;
    found.error(
        "E7",
        fmt::format("task {}: {:04x} is {}relocated, {:04x} says that its path is {}", task,
                    path.address, relocation ? "" : "not ", path.control, on ? "on" : "off"),
        view.place_of_task(task));
  }
}

struct Tile {
  std::uint64_t s0, s1, y0, y1, x0, x1;
  std::size_t task;
  [[nodiscard]] bool overlaps(const Tile& o) const {
    return s0 < o.s1 && o.s0 < s1 && y0 < o.y1 && o.y0 < y1 && x0 < o.x1 && o.x0 < x1;
  }
};

struct Output {
  std::uint64_t height = 0, width = 0, channels = 0;
};

std::optional<Output> output_of(const Model& model, std::uint32_t tensor) {
  if (tensor >= model.tensors.size()) return std::nullopt;
  const auto& native = model.tensors[tensor].native_shape;
  const auto& logical = model.tensors[tensor].logical_shape;
  if (native.size() < 5 || logical.size() < 2) return std::nullopt;
  if (native[2] <= 0 || native[3] <= 0 || logical[1] <= 0) return std::nullopt;
  return Output{static_cast<std::uint64_t>(native[2]), static_cast<std::uint64_t>(native[3]),
                static_cast<std::uint64_t>(logical[1])};
}

// Bytes of an output element by DPU output precision (4010 bits 31..29), 0 for codes never seen.
std::uint64_t output_bytes(std::uint32_t format) {
  constexpr std::array<std::uint64_t, 8> bytes{1, 2, 2, 0, 4, 4, 0, 0};
  return bytes[format >> 29U];
}

// The tiles of one node in one program.
struct Coverage {
  std::uint32_t node = 0, tensor = no_tensor;
  std::uint64_t cell_channels = 0;
  std::vector<Tile> tiles;
  std::string problem;
};

void add_tile(const ProgramView& view, std::size_t task, const Writes& writes, const Walk& walk,
              Coverage& coverage) {
  bool written = false;
  const Relocation* destination = relocation_in(view, task, writes, 0x4020, written);
  const auto stride = value_of(walk, 0x4024), size = value_of(walk, 0x405c);
  const auto channel = value_of(walk, 0x4058), format = value_of(walk, 0x4010);
  if (destination == nullptr || !stride || !size || !channel || !format) {
    coverage.problem = fmt::format("task {} has no destination", task);
    return;
  }
  const auto output = output_of(view.model(), destination->tensor);
  const std::uint64_t bytes = output_bytes(*format);
  if (!output || bytes == 0 || *stride == 0) {
    coverage.problem = fmt::format("task {} writes a tensor without cells", task);
    return;
  }
  const std::uint64_t in_surface = destination->addend % *stride;
  if (in_surface % 16 != 0)
    coverage.problem = fmt::format("task {} does not start at a cell", task);
  coverage.tensor = destination->tensor;
  coverage.cell_channels = 16 / bytes;
  Tile tile{};
  tile.task = task;
  tile.s0 = destination->addend / *stride;
  tile.y0 = in_surface / (16 * output->width);
  tile.x0 = in_surface % (16 * output->width) / 16;
  tile.s1 = tile.s0 + ((*channel & 0x1fffU) + coverage.cell_channels) / coverage.cell_channels;
  tile.y1 = tile.y0 + (*size >> 16U & 0x1fffU) + 1;
  tile.x1 = tile.x0 + (*size & 0x1fffU) + 1;
  if (tile.y1 > output->height || tile.x1 > output->width) {
    coverage.problem =
        fmt::format("task {} reaches beyond {} rows of {}", task, output->height, output->width);
  }
  coverage.tiles.push_back(tile);
}

// Every cell exactly once: no two tiles overlap and their volumes inside the tensor add up.
void judge(const ProgramView& view, Coverage& coverage, int cores, Collector& found) {
  constexpr std::size_t believable_tiles = 2048;
  if (coverage.problem.empty() && coverage.tiles.size() > believable_tiles)
    coverage.problem = "too many tiles to check";
  if (coverage.problem.empty() && !coverage.tiles.empty()) {
    const Output output = *output_of(view.model(), coverage.tensor);
    const std::uint64_t surfaces =
        (output.channels + coverage.cell_channels - 1) / coverage.cell_channels;
    std::uint64_t cells = 0;
    for (std::size_t i = 0; i < coverage.tiles.size(); ++i) {
      const Tile& a = coverage.tiles[i];
      cells +=
          (std::min(a.s1, surfaces) - std::min(a.s0, surfaces)) * (a.y1 - a.y0) * (a.x1 - a.x0);
      for (std::size_t k = 0; k < i; ++k) {
        if (!a.overlaps(coverage.tiles[k])) continue;
        coverage.problem =
            fmt::format("tasks {} and {} write the same cells", coverage.tiles[k].task, a.task);
      }
    }
    if (coverage.problem.empty() && cells != surfaces * output.height * output.width) {
      coverage.problem =
          fmt::format("{} of {} cells are written", cells, surfaces * output.height * output.width);
    }
  }
  if (coverage.problem.empty()) return;
  found.error("E8",
              fmt::format("node {}, program for {} core{}: {}", coverage.node, cores,
                          cores == 1 ? "" : "s", coverage.problem),
              view.table().place);
}

// ConvRelu, ConvExSwish, ConvTranspose ...; Resize uses the same blocks but tiles otherwise.
bool is_convolution(const Node& node) {
  return node.on_npu() && node.op.starts_with("Conv") && !node.op.starts_with("Convert");
}

}  // namespace

void check_state(const ProgramView& view, Collector& found) {
  if (!view.model().has_lists || view.model().container_version != 6) return;
  Writes writes;
  constexpr std::array<std::pair<std::size_t, std::size_t>, 3> programs{{{0, 1}, {1, 3}, {3, 6}}};
  int cores = 0;
  for (const auto& [first_list, end_list] : programs) {
    ++cores;
    std::vector<Coverage> nodes(view.model().nodes.size());
    for (std::size_t list = first_list; list < end_list; ++list) {
      Walk walk;
      const auto [first, end] = view.list(list);
      for (std::size_t i = first; i < end; ++i) {
        const Task& task = view.tasks()[i];
        find_writes(view.body(i), writes);
        for (const Block block : vendor_blocks) {
          if (enables(task, block)) advance(view, i, first, block, writes, walk, found);
        }
        check_paths(view, i, writes, walk, found);
        if (!enables(task, Block::cna) || task.op_idx >= nodes.size() ||
            !is_convolution(view.model().nodes[task.op_idx]))
          continue;
        nodes[task.op_idx].node = task.op_idx;
        add_tile(view, i, writes, walk, nodes[task.op_idx]);
      }
    }
    for (Coverage& coverage : nodes) judge(view, coverage, cores, found);
  }
}

}  // namespace npuscope::model_rules
