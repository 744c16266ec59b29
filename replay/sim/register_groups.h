// The registers of one block: two groups of them, one written while the other one runs.
//
//   RegisterGroups cna(Block::cna);
//   cna.write(0x1040, 0xb1);
//   RegisterView view = cna.launch();            // the group that runs; then the groups change
//   view[reg::CNA_CBUF_CON0_DATA_BANK]           // 1
//
// A group keeps its values until they are rewritten, across tasks and jobs: a register that a task
// does not write has the value of the task two executions back. S_STATUS and S_POINTER exist once.
// Source: 36,202 optional writes of short vendor records, none of which repeats the value of two
// tasks back; chained public clients with records of 12 words.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "regdb/block.h"
#include "regdb/register_field.h"

namespace npuscope::sim {

inline constexpr std::size_t page_registers = 0x1000 / 4;

struct RegisterGroup {
  std::array<std::uint32_t, page_registers> values{};
  std::bitset<page_registers> written;
};

// The registers that a task runs with. Remembers which of them were read but never written; they
// read as zero.
class RegisterView {
 public:
  RegisterView() = default;
  explicit RegisterView(const RegisterGroup& group) : group_(&group) {}

  [[nodiscard]] std::uint32_t operator[](const reg::RegisterField& field) const {
    return field.in(raw(field.offset));
  }
  // The field as a signed number of its width.
  [[nodiscard]] std::int32_t signed_at(const reg::RegisterField& field) const;
  [[nodiscard]] std::uint32_t raw(std::uint16_t offset) const;
  [[nodiscard]] bool written(std::uint16_t offset) const {
    return group_ != nullptr && group_->written[(offset & 0xfffU) / 4];
  }
  // Ascending offsets.
  [[nodiscard]] const std::vector<std::uint16_t>& unknown() const { return unknown_; }

 private:
  const RegisterGroup* group_ = nullptr;
  mutable std::vector<std::uint16_t> unknown_;
};

class RegisterGroups {
 public:
  void write(std::uint16_t offset, std::uint32_t value);
  // The view is valid until the group is written again.
  [[nodiscard]] RegisterView launch();
  // What a reset of the block does: pointers to zero. Values survive (a public client's cleanup
  // and a client that never writes some registers show it).
  void reset_pointers() { pointer_ = executer_ = 0; }

  // Whether the group that would run is the one that is written. Blocks need not agree with one
  // another: tasks that leave one of them out change the others only.
  [[nodiscard]] bool in_step() const { return !executer_toggles_ || executer_ == pointer_; }
  [[nodiscard]] unsigned pointer() const { return pointer_; }
  [[nodiscard]] unsigned executer() const { return executer_; }
  [[nodiscard]] std::uint32_t read(std::uint16_t offset) const;

 private:
  void write_pointer(std::uint32_t value);

  std::array<RegisterGroup, 2> groups_;
  unsigned pointer_ = 0, executer_ = 0;
  bool pointer_toggles_ = false, executer_toggles_ = false, by_pointer_ = false;
};

}  // namespace npuscope::sim
