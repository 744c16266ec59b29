// What registers say about a cube: the input that a convolution reads, the output that it stores.
//
//   const InputRegisters input{.base = 0, .line_stride = 4 * 56, .surface_stride = 56 * 52, ...};
//   Result<CubeLayout> in = cube_of(input);
//   Result<CubeLayout> out = cube_of(OutputRegisters{.surface_stride = 3136, .size_e = 1, ...});
//
// Strides are counted in cells of 16 bytes, as the registers hold them; bases in bytes.
#pragma once

#include <cstdint>

#include "replay/tensor/cube.h"

namespace npuscope {

// The address generator of the CNA. Its DMA walks four lines (one, with GROUP_LINE_OFF set) and
// then adds the surface stride, which is signed, to reach the same place of the next surface.
struct InputRegisters {
  std::uint64_t base = 0;           // 1070, bytes
  std::uint32_t line_stride = 0;    // 107c
  std::int32_t surface_stride = 0;  // 1080: negative for tensors of less than four rows
  bool group_line_off = false;      // 100c
  std::uint32_t element_bytes = 2;
  std::uint32_t channels = 1, height = 1, width = 1;  // 1020, 1024: of the task's window
};

// The cube that the task reads. Source: 1,635 tasks that walk four lines and 447 that walk one.
// Errors (usage): a line stride that is no multiple of 4 where four lines are walked, strides that
// add up to less than nothing.
[[nodiscard]] Result<CubeLayout> cube_of(const InputRegisters& registers);

struct OutputRegisters {
  std::uint64_t base = 0;                             // 4020, bytes
  std::uint32_t surface_stride = 0;                   // 4024
  std::uint32_t surface_add = 0;                      // 40c0: from one kernel group to the next
  std::uint32_t size_e = 0;                           // surfaces of a kernel group, minus 1
  std::uint32_t notch = 0;                            // cells between two rows
  std::uint32_t element_bytes = 2;                    // of what is stored
  std::uint32_t channels = 1, height = 1, width = 1;  // of the stored cube, surplus included
};

// The cube that the task stores. With one group of surfaces SURF_ADD has no effect.
// Errors (usage): a cube without elements, an element of other than 1, 2 or 4 bytes, SIZE_E > 7.
[[nodiscard]] Result<CubeLayout> cube_of(const OutputRegisters& registers);

// SIZE_E for a convolution: the surfaces that one kernel group (direct) or channel group
// (depthwise) of `weights` fills with elements of `stored`, minus 1. f16 1, f16 -> f32 3, i8 1,
// i8 -> i32 7; depthwise 3, f16 -> f32 7. Source: 683 + 857 tasks.
// Errors (usage): weights of a kind whose layout is not known, more surfaces than SIZE_E can say
// (i8 -> i32, depthwise).
[[nodiscard]] Result<std::uint32_t> size_e_of(ElementKind weights, ElementKind stored,
                                              bool depthwise);

}  // namespace npuscope
