#include "replay/shape/axis.h"

namespace npuscope {

namespace {

std::uint64_t outputs(const KnownAxis& axis, std::uint64_t pad_after) {
  const std::uint64_t padded = axis.extent + axis.pad_before + pad_after;
  return padded < axis.reach ? 0 : (padded - axis.reach) / axis.stride + 1;
}

}  // namespace

std::optional<CompletedAxis> complete_axis(const KnownAxis& known) {
  KnownAxis axis = known;
  if (outputs(axis, axis.pad_before) == axis.out)
    return CompletedAxis{static_cast<std::uint32_t>(axis.pad_before), axis.stride};
  const std::uint64_t have = axis.extent + axis.pad_before;
  if (axis.out == 1 && axis.stride == 1 && have > axis.reach)
    axis.stride = static_cast<std::uint32_t>(have - axis.reach + 1);
  const std::uint64_t needed = (axis.out - 1) * axis.stride + axis.reach;
  const std::uint64_t pad = needed > have ? needed - have : 0;
  if (outputs(axis, pad) != axis.out || pad >= axis.reach) return std::nullopt;
  return CompletedAxis{static_cast<std::uint32_t>(pad), axis.stride};
}

}  // namespace npuscope
