// Rules over the tiles of a whole program: together they make the output, once.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "regdb/register_fields.h"
#include "replay/preflight/layer.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"
#include "replay/tensor/cube.h"

namespace npuscope::preflight {

namespace {

// Calls visit(layer, program) for each program of each operator whose tiles are known.
template <typename Visit>
void for_each_layer_program(const Context& context, Verdict& verdict, Visit&& visit) {
  if (context.capture().model) verdict.skip("model files: RKNN-E8 compares with their tensors");
  for (const Layer& layer : find_layers(context)) {
    if (!layer.problem.empty()) {
      verdict.skip(layer.problem);
      continue;
    }
    for (const LayerProgram& program : layer.programs) visit(layer, program);
  }
}

Where where_of(const Context& context, const LayerProgram& program) {
  Where where = context.where(*program.tiles.front().task);
  where.core = 0;
  return where;
}

std::string cores_text(unsigned cores) {
  return fmt::format("program for {} core{}", cores, cores == 1 ? "" : "s");
}

void output_covered_once(const Context& context, Verdict& verdict) {
  for_each_layer_program(context, verdict, [&](const Layer& layer, const LayerProgram& program) {
    verdict.looked();
    std::int64_t cells = 0;
    for (std::size_t i = 0; i < program.tiles.size(); ++i) {
      const Tile& tile = program.tiles[i];
      cells += tile.cells();
      for (std::size_t k = 0; k < i; ++k) {
        if (!tile.overlaps(program.tiles[k])) continue;
        verdict.find(
            context.where(*tile.task, reg::DPU_DST_BASE_ADDR),
            fmt::format("writes cells that task {} writes too", program.tiles[k].task->task),
            "cells of its own");
        return;
      }
    }
    const std::int64_t whole = layer.surfaces * layer.rows * layer.columns;
    if (cells != whole)
      verdict.find(where_of(context, program),
                   fmt::format("{} of {} cells of the output are written by the {}", cells, whole,
                               cores_text(program.cores)),
                   "all of them");
  });
}

void input_rows_inside(const Context& context, Verdict& verdict) {
  for_each_layer_program(context, verdict, [&](const Layer&, const LayerProgram& program) {
    for (const Tile& tile : program.tiles) {
      if (!tile.cube || tile.input_surfaces <= 1 || tile.input_pitch <= 0) continue;
      verdict.looked();
      const std::int64_t rows = tile.input_pitch / std::max<std::int64_t>(tile.input_width, 1);
      if (tile.input_end <= rows) continue;
      verdict.find(context.where(*tile.task, reg::CNA_FEATURE_DATA_ADDR),
                   fmt::format("input rows {}..{}", tile.input_row, tile.input_end),
                   fmt::format("at most {}: a surface has {} cells", rows, tile.input_pitch));
    }
  });
}

// The height of the whole tensor, as far as the tiles of a program reach, is in the pitch.
void pitch_of_whole_tensor(const Context& context, Verdict& verdict) {
  for_each_layer_program(context, verdict, [&](const Layer&, const LayerProgram& program) {
    std::int64_t height = 0;
    for (const Tile& tile : program.tiles) height = std::max(height, tile.input_end);
    for (const Tile& tile : program.tiles) {
      if (!tile.cube || !tile.dense_rows || tile.input_surfaces <= 1) continue;
      verdict.looked();
      const std::int64_t cells = tile.input_width * height;
      const auto padded = static_cast<std::int64_t>(padded_surface_cells(
          static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(tile.input_width)));
      if (tile.input_pitch == cells || tile.input_pitch == padded) continue;
      verdict.find(context.where(*tile.task, reg::CNA_DMA_CON2),
                   fmt::format("surfaces {} cells apart", tile.input_pitch),
                   fmt::format("{}: {} rows of {}", cells, height, tile.input_width));
    }
  });
}

// Kernels are cut in sixteens: a slice begins where the one before ends.
void kernel_slices(const Context& context, Verdict& verdict) {
  for_each_layer_program(context, verdict, [&](const Layer& layer, const LayerProgram& program) {
    std::map<std::int64_t, const Tile*> slices;  // by first kernel
    for (const Tile& tile : program.tiles) slices.emplace(tile.first_kernel, &tile);
    verdict.looked();
    std::int64_t expected = 0;
    for (const auto& [first, tile] : slices) {
      if (first != expected) {
        verdict.find(context.where(*tile->task, reg::DPU_DST_BASE_ADDR),
                     fmt::format("kernels from {}", first), fmt::format("from {}", expected));
        return;
      }
      expected = tile->end_kernel;
      if (expected % 16 != 0 && expected != layer.kernels) {
        verdict.find(context.where(*tile->task, reg::DPU_DATA_CUBE_CHANNEL),
                     fmt::format("{} kernels in a slice that is not the last", expected - first),
                     "a multiple of 16");
        return;
      }
    }
    if (expected != layer.kernels)
      verdict.find(where_of(context, program), fmt::format("{} kernels", expected),
                   fmt::format("{}, as the other programs", layer.kernels));
  });
}

// A pooling of one cell of 32 channels: the compiler's barrier between cores. Real pooling tasks
// have 26 words too.
bool is_barrier(const TaskView& task) {
  constexpr std::uint32_t barrier_channels = 31;
  if (!task.runs(Block::ppu) || task.runs(Block::dpu)) return false;
  Reading read(task);
  return read.whole(reg::PPU_DATA_CUBE_IN_WIDTH) == 0 &&
         read.whole(reg::PPU_DATA_CUBE_IN_HEIGHT) == 0 &&
         read.whole(reg::PPU_DATA_CUBE_OUT_WIDTH) == 0 &&
         read.whole(reg::PPU_DATA_CUBE_OUT_HEIGHT) == 0 &&
         read.whole(reg::PPU_DATA_CUBE_IN_CHANNEL) == barrier_channels && read.complete();
}

// Records of their own, not those of the 1-core program.
bool is_own(const Context& context, const TaskView& task) {
  if (task.record == nullptr) return false;
  const TaskView* owner = context.view_of(task.set_index, task.record->first_task);
  return owner != nullptr && owner->cores == task.cores;
}

// Nodes that are not split need none, whatever they compute.
bool is_split_convolution(const TaskView& task) {
  if (!task.runs(Block::cna)) return false;
  Reading read(task);
  return read(reg::CNA_CONV_CON2_TILE_FAMILY) != 0;
}

void barriers(const Context& context, Verdict& verdict) {
  const auto tasks = context.tasks();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const TaskView& task = tasks[i];
    const bool last = i + 1 == tasks.size() || tasks[i + 1].position == 0;
    if (task.lost_words) {
      verdict.skip("words were not captured");
      continue;
    }
    if (task.cores == 1 && task.runs(Block::ppu)) {
      verdict.looked();
      if (is_barrier(task))
        verdict.find(context.where(task), "a barrier record", "none in a program for one core");
    } else if (task.cores > 1 && last && is_own(context, task)) {
      verdict.looked();
      if (is_split_convolution(task))
        verdict.find(context.where(task), "the lane ends without a barrier record",
                     "a pooling of one cell of 32 channels");
    }
  }
}

constexpr Rule rules[] = {
    {"SCHED-L2", "kernel-slices", "", Severity::error, Scope::program,
     "kernels are cut without gap, in multiples of 16, and add up",
     "output channels are missing or made twice", "83 of 83 decoded captures",
     "every slice but the last a multiple of 16", kernel_slices},
    {"SCHED-L3", "output-covered", "", Severity::error, Scope::program,
     "the tiles of each program cover the output exactly once",
     "cells keep old content, or two cores write the same", "83 of 83 decoded captures",
     "check destination and size of each record", output_covered_once},
    {"SCHED-L3-input", "input-rows", "", Severity::error, Scope::program,
     "a tile reads rows of the input and no others", "rows of the next surface are read",
     "83 of 83 decoded captures", "check feature address and height", input_rows_inside},
    {"HW-E11-whole", "pitch-of-whole-tensor", "", Severity::warning, Scope::program,
     "input surfaces are as far apart as the tiles of the program say",
     "channels behind the first surface are read from wrong places: 12 shapes failed on a board",
     "12 board failures reproduced digit by digit; 683 decoded records",
     "SURF_STRIDE = W * (H - 4) with the height of the whole tensor, negative below 4 rows",
     pitch_of_whole_tensor},
    {"SCHED-L13", "barriers", "", Severity::warning, Scope::program,
     "a barrier record ends a split convolution in each lane, and none stands in the 1-core "
     "program",
     "the meaning is inferred: cores wait for one another there", "910 of 910 such records",
     "append or drop the record", barriers},
};

}  // namespace

std::span<const Rule> schedule_rules() {
  return rules;
}

}  // namespace npuscope::preflight
