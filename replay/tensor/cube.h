// Feature cubes: the layout of every tensor between two tasks of the NPU (NC1HWC2).
//
//   const CubeLayout layout = padded_cube(ElementKind::f16, 40, 5, 5);   // channels, height, width
//   std::vector<std::byte> memory(bytes_of(layout));
//   Result<void> packed = pack_cube(layout, plain, PlainOrder::nchw, 0, memory);
//
// A cube is a stack of surfaces. A surface holds 16 bytes of channels (a cell: 16, 8 or 4 of them,
// by the size of an element) for each pixel, row by row. Element (c, y, x) of one image is lane
// c mod C2 of the cell of surface s = c div C2 at
//
//   base + (s div E)*group_pitch + (s mod E)*surface_pitch + y*row_pitch + x*16
//
// in bytes. Inputs have E = 1; output tasks place the E surfaces of one kernel group by one
// register and the groups by another (replay/tensor/cube_registers.h). Source of the formula:
// 683 decoded records and 2,320 records of model files agree with it.
//
// The functions know sizes of elements, not kinds: codes are moved, never converted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regdb/error.h"
#include "replay/tensor/tensor.h"

namespace npuscope {

struct CubeLayout {
  std::uint32_t element_bytes = 2;  // 1, 2 or 4
  std::uint32_t channels = 1, height = 1, width = 1;
  // Stored surfaces, at least ceil(channels / C2). What they hold beyond the channels is filled.
  std::uint32_t surfaces = 1;
  // All in bytes. Pitches may be larger than what they step over; the gaps belong to nobody.
  std::uint64_t base = 0;
  std::uint64_t row_pitch = cell_bytes;
  std::uint64_t surface_pitch = cell_bytes;
  std::uint32_t group_surfaces = 1;  // E
  std::uint64_t group_pitch = cell_bytes;

  friend bool operator==(const CubeLayout&, const CubeLayout&) = default;
};

// Cells of a surface in internal and output tensors of vendor programs ("surf"): 1 for a single
// pixel, else height * width rounded up to 4. Source: HWM-R6 (5x5 output: 28).
[[nodiscard]] std::uint64_t padded_surface_cells(std::uint32_t height, std::uint32_t width);

// As vendor programs lay out internal and output tensors. Base 0, one surface per C2 channels.
[[nodiscard]] CubeLayout padded_cube(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                                     std::uint32_t width);

// As vendor programs expect graph inputs: no cell between two surfaces (7x7 input: 49).
[[nodiscard]] CubeLayout dense_cube(ElementKind kind, std::uint32_t channels, std::uint32_t height,
                                    std::uint32_t width);

// Bytes from the begin of the memory to the end of the last cell, base included; size_too_large
// (replay/tensor/sizes.h) if 64 bits do not hold it. Of a padded cube the allocation is larger: the
// last surface has its padding as well (allocation_of()).
[[nodiscard]] std::uint64_t bytes_of(const CubeLayout& layout);

// Bytes that a vendor program reserves: base, and whole groups of whole surfaces (of a single group
// the surfaces that are stored). Source: schedules.md 3.5, output buffers of all raw board logs.
[[nodiscard]] std::uint64_t allocation_of(const CubeLayout& layout);

// Bytes of the plain image: channels * height * width * element_bytes.
[[nodiscard]] std::uint64_t plain_bytes_of(const CubeLayout& layout);

// Writes every cell of the cube. `plain` is one image of exactly plain_bytes_of(), in `order`.
// Lanes without a channel get the low bytes of `fill`: 0, or the zero point of an int8 tensor.
// Bytes between rows and surfaces stay as they are. Where surfaces overlap, the lowest-numbered
// one wins, as one public client expects of the hardware.
// Errors (usage): an empty or impossible layout, a span of the wrong size; each names both sizes.
[[nodiscard]] Result<void> pack_cube(const CubeLayout& layout, std::span<const std::byte> plain,
                                     PlainOrder order, std::uint32_t fill,
                                     std::span<std::byte> memory);

// The inverse: reads the channels and drops the other lanes. Same errors.
[[nodiscard]] Result<void> unpack_cube(const CubeLayout& layout, std::span<const std::byte> memory,
                                       PlainOrder order, std::span<std::byte> plain);

}  // namespace npuscope
