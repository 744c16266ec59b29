// How the DPU stores its result: surfaces in groups, and three ways to transpose.
//
//   store_cube(cube, config.store, dma);
//
// Cells of a surface go row by row; surface s begins at
//
//   (s div E)*SURF_ADD + (s mod E)*DST_SURF_STRIDE            rows are width + NOTCH cells apart
//
// Transposed stores emit blocks of E or 8 cells; cell e of a block goes to e*DST_SURF_STRIDE behind
// its place. Blocks are counted by three counters, see replay/sim/wdma.cpp. Source: 683 + 2,320
// vendor tasks, and every reshape and transpose node of whole models.
#pragma once

#include "replay/sim/cell_cube.h"
#include "replay/sim/dma.h"
#include "replay/sim/dpu_config.h"

namespace npuscope::sim {

// Refused: transposes of cubes that were never seen.
[[nodiscard]] Modelled<void> store_cube(const CellCube& cube, const StoreConfig& store,
                                        Precision stored, Dma& dma);

}  // namespace npuscope::sim
