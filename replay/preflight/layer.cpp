#include "replay/preflight/layer.h"

#include <algorithm>
#include <map>

#include "regdb/register_fields.h"

namespace npuscope::preflight {

namespace {

constexpr std::int64_t cell_bytes_of_memory = 16;

// Lowest addresses of the operator's input and output: where its tensors begin.
struct Bases {
  std::uint32_t input = UINT32_MAX, output = UINT32_MAX;
};

Bases bases_of(const std::vector<const TaskView*>& tasks) {
  Bases bases;
  for (const TaskView* task : tasks) {
    if (const Cell* cell = task->cell(reg::CNA_FEATURE_DATA_ADDR))
      bases.input = std::min(bases.input, cell->value);
    if (const Cell* cell = task->cell(reg::DPU_DST_BASE_ADDR))
      bases.output = std::min(bases.output, cell->value);
  }
  return bases;
}

void read_output(Reading& read, const Bases& bases, Tile& tile, std::string& problem) {
  const std::int64_t bytes = element_bytes(read(reg::DPU_DATA_FORMAT_OUT_PRECISION));
  const std::int64_t pitch = read(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE);
  const std::int64_t width = std::int64_t{read(reg::DPU_DATA_CUBE_WIDTH_WIDTH)} + 1;
  const std::int64_t line = width + read(reg::DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_0);
  const std::int64_t cell =
      (std::int64_t{read.whole(reg::DPU_DST_BASE_ADDR)} - bases.output) / cell_bytes_of_memory;
  if (bytes == 0 || pitch == 0 || read(reg::DPU_BS_OW_CFG_TP_ORG_EN) != 0 ||
      read(reg::DPU_FEATURE_MODE_CFG_TP_EN) != 0) {
    problem = "the output is no cube of surfaces";
    return;
  }
  const std::int64_t lanes = cell_bytes_of_memory / bytes;
  tile.first_surface = cell / pitch;
  tile.first_row = cell % pitch / line;
  tile.first_column = cell % pitch % line;
  tile.end_row = tile.first_row + std::int64_t{read(reg::DPU_DATA_CUBE_HEIGHT_HEIGHT)} + 1;
  tile.end_column = tile.first_column + width;
  tile.first_kernel = tile.first_surface * lanes;
  tile.end_kernel =
      tile.first_kernel + std::int64_t{read(reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL)} + 1;
  tile.end_surface = (tile.end_kernel + lanes - 1) / lanes;
}

void read_input(Reading& read, const Bases& bases, Tile& tile) {
  const std::int64_t bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  const bool single = read(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0;
  const std::int64_t stride = read(reg::CNA_DMA_CON1_LINE_STRIDE);
  const std::int64_t line = single ? stride : stride / 4;
  tile.cube = read(reg::CNA_CONV_CON1_ARGB_IN) == 0 && bytes != 0 && line > 0;
  tile.dense_rows = read(reg::CNA_CONV_CON3_CONV_Y_STRIDE) <= 1;
  tile.input_width = read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  tile.input_surfaces =
      (std::int64_t{read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL)} * bytes + 15) / cell_bytes_of_memory;
  tile.input_pitch =
      (single ? tile.input_width : stride) + read.signed_field(reg::CNA_DMA_CON2_SURF_STRIDE);
  if (!tile.cube || tile.input_pitch <= 0) return;
  const std::int64_t cell =
      (std::int64_t{read.whole(reg::CNA_FEATURE_DATA_ADDR)} - bases.input) / cell_bytes_of_memory;
  tile.input_row = cell % tile.input_pitch / line;
  tile.input_end = tile.input_row + std::int64_t{read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT)};
}

void add_tile(const TaskView& task, const Bases& bases, Layer& layer) {
  Reading read(task);
  Tile tile;
  tile.task = &task;
  std::string problem;
  read_output(read, bases, tile, problem);
  read_input(read, bases, tile);
  if (!read.complete()) problem = read.reason();
  if (!problem.empty()) layer.problem = problem;
  if (layer.programs.empty() || layer.programs.back().program != task.program)
    layer.programs.push_back({task.program, task.cores, {}});
  layer.programs.back().tiles.push_back(tile);
}

// The surface at which the image of this task begins: of a batch, each image is a layer of its own.
// Kernels are counted by the address of the weights, surfaces by that of the output.
std::int64_t image_of(const TaskView& task, std::uint32_t weights, std::uint32_t output) {
  Reading read(task);
  const bool depthwise = read(reg::CNA_CONV_CON1_CONV_MODE) == 3;
  const std::int64_t bytes = element_bytes(read(reg::DPU_DATA_FORMAT_OUT_PRECISION));
  const std::int64_t pitch = read(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE);
  const std::int64_t of_channel = std::int64_t{read(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH)} *
                                  read(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT) *
                                  element_bytes(read(reg::CNA_CONV_CON1_PROC_PRECISION));
  const std::int64_t of_kernel =
      depthwise ? of_channel : read(reg::CNA_WEIGHT_SIZE1_WEIGHT_BYTES_PER_KERNEL);
  const std::int64_t offset = std::int64_t{read.whole(reg::CNA_DCOMP_ADDR0)} - weights;
  const std::int64_t place = std::int64_t{read.whole(reg::DPU_DST_BASE_ADDR)} - output;
  if (!read.complete() || of_kernel <= 0 || bytes == 0 || pitch == 0) return 0;
  const std::int64_t kernel = offset / of_kernel;
  return place / cell_bytes_of_memory / pitch - kernel / (cell_bytes_of_memory / bytes);
}

using Tasks = std::vector<const TaskView*>;

std::map<std::int64_t, Tasks> images_of(const Tasks& tasks) {
  std::uint32_t weights = UINT32_MAX;
  for (const TaskView* task : tasks)
    if (const Cell* cell = task->cell(reg::CNA_DCOMP_ADDR0))
      weights = std::min(weights, cell->value);
  const std::uint32_t output = bases_of(tasks).output;
  std::map<std::int64_t, Tasks> images;
  for (const TaskView* task : tasks) images[image_of(*task, weights, output)].push_back(task);
  return images;
}

Layer layer_of(std::size_t set, std::uint32_t op_idx, const std::vector<const TaskView*>& tasks) {
  Layer layer;
  layer.set = set;
  layer.op_idx = op_idx;
  const Bases bases = bases_of(tasks);
  // Far more tiles than any real convolution: comparing them pairwise would take too long.
  constexpr std::size_t believable_tiles = 2048;
  if (tasks.size() > believable_tiles) {
    layer.problem = "too many tiles to compare";
    return layer;
  }
  for (const TaskView* task : tasks) add_tile(*task, bases, layer);
  for (LayerProgram& program : layer.programs) {
    // Cores of a program that repeats the 1-core records name the same work.
    std::vector<const Record*> seen;
    std::erase_if(program.tiles, [&](const Tile& tile) {
      const bool again = std::find(seen.begin(), seen.end(), tile.task->record) != seen.end();
      seen.push_back(tile.task->record);
      return again;
    });
    for (const Tile& tile : program.tiles) {
      layer.surfaces = std::max(layer.surfaces, tile.end_surface);
      layer.rows = std::max(layer.rows, tile.end_row);
      layer.columns = std::max(layer.columns, tile.end_column);
      layer.kernels = std::max(layer.kernels, tile.end_kernel);
    }
  }
  return layer;
}

}  // namespace

bool Tile::overlaps(const Tile& other) const {
  return first_surface < other.end_surface && other.first_surface < end_surface &&
         first_row < other.end_row && other.first_row < end_row &&
         first_column < other.end_column && other.first_column < end_column;
}

std::int64_t Tile::cells() const {
  return (end_surface - first_surface) * (end_row - first_row) * (end_column - first_column);
}

std::vector<Layer> find_layers(const Context& context) {
  std::vector<Layer> layers;
  if (context.capture().model) return layers;
  std::map<std::pair<std::size_t, std::uint32_t>, std::vector<const TaskView*>> operators;
  for (const TaskView& task : context.tasks())
    if (task.runs(Block::cna))
      operators[{task.set_index, task.entry->task.op_idx}].push_back(&task);
  for (const auto& [key, tasks] : operators)
    for (const auto& [image, of_image] : images_of(tasks))
      layers.push_back(layer_of(key.first, key.second, of_image));
  return layers;
}

}  // namespace npuscope::preflight
