// The padding behind an axis of a convolution, which no register holds: from the output's size.
//
//   complete_axis({.extent = 8, .out = 4, .reach = 3, .pad_before = 0, .stride = 2})
//     // {.pad_after = 1, .stride = 2}
#pragma once

#include <cstdint>
#include <optional>

namespace npuscope {

struct KnownAxis {
  std::uint64_t extent = 1, out = 1;  // input and output, in rows or columns; not 0
  std::uint64_t reach = 1;            // (kernel - 1) * dilation + 1
  std::uint64_t pad_before = 0;
  std::uint32_t stride = 1;  // not 0
};

struct CompletedAxis {
  std::uint32_t pad_after = 0, stride = 1;
  friend bool operator==(const CompletedAxis&, const CompletedAxis&) = default;
};

// As much behind as before, if that gives `out`; else the smallest amount below `reach` that does;
// none if there is no such. A single output hides its stride, since compilers write 1 there: it is
// enlarged to the smallest that gives one output.
[[nodiscard]] std::optional<CompletedAxis> complete_axis(const KnownAxis& known);

}  // namespace npuscope
