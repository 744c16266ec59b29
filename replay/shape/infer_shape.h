// Which convolution a captured program computes, from its registers alone: names of captures lie.
//
//   auto shape = infer_shape(records);      // the records of its 1-core program
//
// File names and slugs leave out kernel and groups, and some name another operator than the file
// holds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "decoder/program.h"
#include "replay/shape/conv_shape.h"

namespace npuscope {

// The effective value of a register of one record; none: not known.
using RegisterLookup = std::function<std::optional<std::uint32_t>(std::uint16_t offset)>;

// The shape that the records of one convolution node make together. None if they are no
// convolution, or if a register is missing without which the shape stays open (stride and padding
// count as none where they are not known). Padding below and right has no register: it is what the
// output needs beyond the input.
[[nodiscard]] std::optional<ConvShape> infer_shape(const std::vector<RegisterLookup>& records);

// The same for a set with the programs of one single convolution.
[[nodiscard]] std::optional<ConvShape> infer_shape(const ProgramSet& set);

}  // namespace npuscope
