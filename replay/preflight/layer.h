// The tiles of one convolution in each of its programs, from registers and addresses alone.
//
//   for (const Layer& layer : find_layers(context))
//     if (layer.problem.empty()) for (const Tile& tile : layer.programs[0].tiles) ...
//
// For captures and generated programs, where nobody states the size of a tensor: the output is the
// box around what all programs write. Model files state it; decoder/check looks at those.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/preflight/context.h"

namespace npuscope::preflight {

// Half-open ranges; rows and columns in cells, channels as the registers count them.
struct Tile {
  const TaskView* task = nullptr;
  std::int64_t first_surface = 0, end_surface = 0;  // of the output; only real channels
  std::int64_t first_row = 0, end_row = 0, first_column = 0, end_column = 0;
  std::int64_t first_kernel = 0, end_kernel = 0;
  std::int64_t input_row = 0, input_end = 0;  // rows that the task reads; of a cube only
  std::int64_t input_width = 0;
  std::int64_t input_pitch = 0;  // cells from surface to surface
  std::int64_t input_surfaces = 0;
  bool cube = true;        // the input is no interleaved image
  bool dense_rows = true;  // stride 1: every row of the input is read

  [[nodiscard]] bool overlaps(const Tile& other) const;
  [[nodiscard]] std::int64_t cells() const;
};

struct LayerProgram {
  std::size_t program = 0;  // index into ProgramSet::programs
  unsigned cores = 1;
  std::vector<Tile> tiles;
};

struct Layer {
  std::size_t set = 0;
  std::uint32_t op_idx = 0;
  std::vector<LayerProgram> programs;
  std::int64_t surfaces = 0, rows = 0, columns = 0, kernels = 0;  // of the whole output
  std::string problem;  // why the tiles are not known; empty: they are
};

// One per operator that runs the CNA, and image of its batch. Empty for model files.
[[nodiscard]] std::vector<Layer> find_layers(const Context& context);

}  // namespace npuscope::preflight
