#include "replay/sim/register_groups.h"

#include <algorithm>

#include "regdb/register_fields.h"

namespace npuscope::sim {

namespace {

// S_POINTER is the same in every block.
constexpr std::size_t index_of(std::uint16_t offset) {
  return (offset & 0xfffU) / 4;
}
constexpr std::size_t s_pointer = index_of(reg::DPU_S_POINTER);

}  // namespace

std::uint32_t RegisterView::raw(std::uint16_t offset) const {
  if (written(offset)) return group_->values[index_of(offset)];
  const auto place = std::ranges::lower_bound(unknown_, offset);
  if (place == unknown_.end() || *place != offset) unknown_.insert(place, offset);
  return 0;
}

std::int32_t RegisterView::signed_at(const reg::RegisterField& field) const {
  const unsigned unused = 31U - (field.high - field.low);
  return static_cast<std::int32_t>((*this)[field] << unused) >> unused;
}

void RegisterGroups::write(std::uint16_t offset, std::uint32_t value) {
  const std::size_t index = index_of(offset);
  if (index == s_pointer) return write_pointer(value);
  if (index < s_pointer) return;  // S_STATUS is read only
  groups_[pointer_].values[index] = value;
  groups_[pointer_].written.set(index);
}

void RegisterGroups::write_pointer(std::uint32_t value) {
  using namespace reg;
  pointer_toggles_ = DPU_S_POINTER_POINTER_PP_EN.in(value) != 0;
  executer_toggles_ = DPU_S_POINTER_EXECUTER_PP_EN.in(value) != 0;
  by_pointer_ = DPU_S_POINTER_POINTER_PP_MODE.in(value) != 0;
  if (DPU_S_POINTER_POINTER_PP_CLEAR.in(value) != 0) pointer_ = 0;
  if (DPU_S_POINTER_EXECUTER_PP_CLEAR.in(value) != 0) executer_ = 0;
  // The pointer itself can be set only while it does not toggle (inferred).
  if (!pointer_toggles_) pointer_ = DPU_S_POINTER_POINTER.in(value);
}

RegisterView RegisterGroups::launch() {
  // Without toggling, execution uses the group that is written (inferred; one client needs it).
  const unsigned running = executer_toggles_ ? executer_ : pointer_;
  if (pointer_toggles_) pointer_ = by_pointer_ ? pointer_ ^ 1U : executer_ ^ 1U;
  if (executer_toggles_) executer_ ^= 1U;
  return RegisterView(groups_[running]);
}

std::uint32_t RegisterGroups::read(std::uint16_t offset) const {
  const std::size_t index = index_of(offset);
  if (index == s_pointer)
    return pointer_ | (pointer_toggles_ ? 2U : 0U) | (executer_toggles_ ? 4U : 0U) |
           (by_pointer_ ? 8U : 0U) | executer_ << 16U;
  return index < s_pointer ? 0 : groups_[pointer_].values[index];
}

}  // namespace npuscope::sim
