#include "replay/sim/wdma.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace npuscope::sim {

namespace {

using Cell = std::array<std::byte, CellCube::cell_bytes>;

// Surfaces in descending order: where they overlap, the lowest-numbered one wins (inferred from one
// client; rule E7 says so).
void store_surfaces(const CellCube& cube, const StoreConfig& store, Dma& dma) {
  const std::uint64_t line = std::uint64_t{cube.width} + store.notch;
  for (std::size_t s = cube.surfaces; s-- > 0;) {
    const std::uint64_t surface = s / store.group_surfaces * std::uint64_t{store.surface_add} +
                                  s % store.group_surfaces * std::uint64_t{store.surface_stride};
    const std::size_t rows = store.notch == 0 ? 1 : cube.height;
    const std::size_t cells = cube.pixels() / rows;
    for (std::size_t row = 0; row < rows; ++row)
      dma.write(DmaPath::output, store.address + (surface + row * line) * CellCube::cell_bytes,
                std::span(cube.cell(s, row * cells), cells * CellCube::cell_bytes));
  }
}

// Places blocks one after the other: w counts fastest, then h, then c.
class BlockStore {
 public:
  BlockStore(const StoreConfig& store, Dma& dma) : store_(store), dma_(dma) {}

  void put(std::span<const Cell> block) {
    const std::uint64_t w = next_ % store_.blocks_x;
    const std::uint64_t h = next_ / store_.blocks_x % store_.blocks_y;
    const std::uint64_t c = next_ / store_.blocks_x / store_.blocks_y;
    ++next_;
    if (c >= store_.blocks_c) return;  // the counters say how much is stored
    const std::uint64_t place =
        c * store_.surface_add + h * (std::uint64_t{store_.blocks_x} + store_.notch) + w;
    for (std::size_t e = 0; e < block.size(); ++e)
      dma_.write(DmaPath::output,
                 store_.address + (place + e * store_.surface_stride) * CellCube::cell_bytes,
                 block[e]);
  }

 private:
  const StoreConfig& store_;
  Dma& dma_;
  std::uint64_t next_ = 0;
};

// TP_ORG_EN on elements of `element_bytes`: a block is eight channels times as many pixels as fill
// a cell; cell e holds channel e. Pixels are numbered over the whole cube.
void store_transposed(const CellCube& cube, std::size_t element_bytes, const StoreConfig& store,
                      Dma& dma) {
  const std::size_t lanes = CellCube::cell_bytes / element_bytes;  // channels of a cell
  const std::size_t halves = lanes / 8;
  const std::size_t groups = (cube.pixels() + lanes - 1) / lanes;
  BlockStore blocks(store, dma);
  std::array<Cell, 8> block;
  for (std::size_t s = 0; s < cube.surfaces; ++s)
    for (std::size_t group = 0; group < groups; ++group)
      for (std::size_t half = 0; half < halves; ++half) {
        block.fill(Cell{});
        for (std::size_t i = 0; i < lanes && group * lanes + i < cube.pixels(); ++i) {
          const std::byte* cell = cube.cell(s, group * lanes + i) + half * 8 * element_bytes;
          for (std::size_t e = 0; e < 8; ++e)
            std::memcpy(block[e].data() + i * element_bytes, cell + e * element_bytes,
                        element_bytes);
        }
        blocks.put(block);
      }
}

// TP_EN: a block is E columns of one line of one surface.
void store_columns(const CellCube& cube, const StoreConfig& store, Dma& dma) {
  BlockStore blocks(store, dma);
  std::vector<Cell> block(store.group_surfaces);
  for (std::size_t s = 0; s < cube.surfaces; ++s)
    for (std::size_t y = 0; y < cube.height; ++y)
      for (std::size_t x = 0; x < cube.width; x += store.group_surfaces) {
        const std::size_t count = std::min<std::size_t>(store.group_surfaces, cube.width - x);
        for (std::size_t e = 0; e < count; ++e)
          std::memcpy(block[e].data(), cube.cell(s, y * cube.width + x + e), sizeof(Cell));
        blocks.put(std::span(block).first(count));
      }
}

}  // namespace

Modelled<void> store_cube(const CellCube& cube, const StoreConfig& store, Precision stored,
                          Dma& dma) {
  if (store.transposes_channels && store.transposes_columns)
    return refuse("DPU_BS_OW_CFG.TP_ORG_EN together with DPU_FEATURE_MODE_CFG.TP_EN");
  if (store.transposes_channels) {
    if (bytes_of(stored) != 2U)
      return refuse(
          fmt::format("DPU_BS_OW_CFG.TP_ORG_EN: a transposed store of {}", name_of(stored)));
    store_transposed(cube, store.wide_transpose ? 2 : 1, store, dma);
  } else if (store.transposes_columns) {
    store_columns(cube, store, dma);
  } else {
    store_surfaces(cube, store, dma);
  }
  return {};
}

}  // namespace npuscope::sim
