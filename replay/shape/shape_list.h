// The project's list of convolution shapes: the 217 that public sweeps of this hardware run, and a
// few small ones of our own.
//
//   for (const ListedShape& item : shape_list())
//     if (item.listed) ... item.name, key_of(item.shape), name_of(item.family) ...
//   const ListedShape* found = find_listed("conv1d_bs1_as_conv2d");   // nullptr: no such name
//
// Names and geometry stand in shapes.txt, which is linked into the library. Several names can have
// one geometry: 217 names, 190 geometries.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/shape/conv_shape.h"

namespace npuscope {

enum class Family : std::uint8_t {
  pointwise,  // kernel 1x1
  spatial,    // every other kernel that has rows
  depthwise,  // one kernel per channel, of any size
  grouped,    // several groups, not depthwise
  conv1d,     // a kernel of one row
};

[[nodiscard]] Family family_of(const ConvShape& shape);
[[nodiscard]] std::string_view name_of(Family family);

struct ListedShape {
  std::string name;
  ConvShape shape;
  Family family = Family::pointwise;
  bool listed = true;  // one of the 217; false: an extra one of ours
};

// The 217 in the order of the public list, then the extra ones. Lives as long as the program.
[[nodiscard]] std::span<const ListedShape> shape_list();

// By name, exactly as written in the list; else by canonical key (the first name that has it).
[[nodiscard]] const ListedShape* find_listed(std::string_view name);

// The first name of each geometry, in list order: 190 of the 217 when `with_extra` is false.
[[nodiscard]] std::vector<const ListedShape*> distinct_shapes(bool with_extra);

// What a slug such as "cc_c256_h28_oc256" says; 0 or false where it says nothing.
struct SlugFacts {
  std::uint32_t batch = 0, channels = 0, height = 0, width = 0, out_channels = 0;
  bool depthwise = false, pointwise = false;
};

// The distinct shapes that agree with all that the slug says.
[[nodiscard]] std::vector<const ListedShape*> shapes_of_slug(const SlugFacts& facts);

}  // namespace npuscope
