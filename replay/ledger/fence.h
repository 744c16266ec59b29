// Why a client refused to run a shape, as data: what kept it back, for which split of which
// operator.
//
//   fence_of("error: BY_K/k_tile is fenced pending RKNN 108/104/26-row closure; ...")
//   // {FenceCause::no_capture, split "kernels", operator ""}
//
// Older notes call the programs BY_Y, BY_K and BY_YK; what they are is said in words of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace npuscope::ledger {

enum class FenceCause : std::uint8_t {
  no_capture,    // waits for a capture of the vendor's program
  not_in_table,  // the client has no row for it in its table of captured bodies
  unresolved,    // the client does not know what its program should be
  crash,         // a program of this kind took a board down
  wrong_values,  // known to give wrong numbers
  unknown,       // a reason that is not known here; the text is kept
};

[[nodiscard]] std::string_view name_of(FenceCause cause);
[[nodiscard]] std::optional<FenceCause> fence_cause(std::string_view name);

struct Fence {
  FenceCause cause = FenceCause::unknown;
  std::string split;      // "rows", "kernels", "rows and kernels", "none"; empty: any
  std::string operation;  // "depthwise", "pointwise", "spatial"; empty: any
  friend bool operator==(const Fence&, const Fence&) = default;
  friend bool operator<(const Fence& a, const Fence& b) {
    return std::tie(a.cause, a.split, a.operation) < std::tie(b.cause, b.split, b.operation);
  }
};

// The reason in the words of the client, cut short or not.
[[nodiscard]] Fence fence_of(std::string_view text);
// "no-capture, kernels, depthwise"
[[nodiscard]] std::string text_of(const Fence& fence);

}  // namespace npuscope::ledger
