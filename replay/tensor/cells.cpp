#include "replay/tensor/cells.h"

#include <array>
#include <cstring>

#include "replay/tensor/element_kind.h"

namespace npuscope {

namespace {

template <typename T>
constexpr std::uint32_t lanes_of = cell_bytes / sizeof(T);

// In the common case of a full cell the number of lanes is a constant, so that the loop unrolls.
template <typename T, bool full>
void pack_run(const std::byte* plain, LaneSteps steps, std::uint32_t lanes, std::size_t count,
              T fill, std::byte* cells) {
  const std::uint32_t real = full ? lanes_of<T> : lanes;
  std::array<T, lanes_of<T>> cell;
  cell.fill(fill);
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    for (std::uint32_t lane = 0; lane < real; ++lane)
      std::memcpy(&cell[lane], plain + lane * steps.channel, sizeof(T));
    std::memcpy(cells, cell.data(), cell_bytes);
    plain += steps.pixel;
    cells += cell_bytes;
  }
}

template <typename T, bool full>
void unpack_run(const std::byte* cells, LaneSteps steps, std::uint32_t lanes, std::size_t count,
                std::byte* plain) {
  const std::uint32_t real = full ? lanes_of<T> : lanes;
  std::array<T, lanes_of<T>> cell;
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    std::memcpy(cell.data(), cells, cell_bytes);
    for (std::uint32_t lane = 0; lane < real; ++lane)
      std::memcpy(plain + lane * steps.channel, &cell[lane], sizeof(T));
    plain += steps.pixel;
    cells += cell_bytes;
  }
}

template <typename T>
void pack(const std::byte* plain, LaneSteps steps, std::uint32_t lanes, std::size_t count, T fill,
          std::byte* cells) {
  if (lanes < lanes_of<T>) return pack_run<T, false>(plain, steps, lanes, count, fill, cells);
  if (steps.channel != sizeof(T)) return pack_run<T, true>(plain, steps, lanes, count, fill, cells);
  for (std::size_t pixel = 0; pixel < count; ++pixel)  // channels side by side: a cell is a copy
    std::memcpy(cells + pixel * cell_bytes, plain + pixel * steps.pixel, cell_bytes);
}

template <typename T>
void unpack(const std::byte* cells, LaneSteps steps, std::uint32_t lanes, std::size_t count,
            std::byte* plain) {
  if (lanes < lanes_of<T>) return unpack_run<T, false>(cells, steps, lanes, count, plain);
  if (steps.channel != sizeof(T)) return unpack_run<T, true>(cells, steps, lanes, count, plain);
  for (std::size_t pixel = 0; pixel < count; ++pixel)
    std::memcpy(plain + pixel * steps.pixel, cells + pixel * cell_bytes, cell_bytes);
}

}  // namespace

void pack_cells(std::uint32_t element_bytes, const std::byte* plain, LaneSteps steps,
                std::uint32_t lanes, std::size_t count, std::uint32_t fill, std::byte* cells) {
  if (element_bytes == 1)
    return pack(plain, steps, lanes, count, static_cast<std::uint8_t>(fill), cells);
  if (element_bytes == 2)
    return pack(plain, steps, lanes, count, static_cast<std::uint16_t>(fill), cells);
  pack(plain, steps, lanes, count, fill, cells);
}

void unpack_cells(std::uint32_t element_bytes, const std::byte* cells, LaneSteps steps,
                  std::uint32_t lanes, std::size_t count, std::byte* plain) {
  if (element_bytes == 1) return unpack<std::uint8_t>(cells, steps, lanes, count, plain);
  if (element_bytes == 2) return unpack<std::uint16_t>(cells, steps, lanes, count, plain);
  unpack<std::uint32_t>(cells, steps, lanes, count, plain);
}

}  // namespace npuscope
