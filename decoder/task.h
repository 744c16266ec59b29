// One 40-byte entry of a task table, as the kernel driver reads it (rknpu_ioctl.h, struct
// rknpu_task).
//
//   Task task = load_task(bytes);   if (is_vendor_task(task)) ... record_stride(task.regcfg_amount)
//   ...
//
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace npuscope {

struct Task {
  std::uint32_t flags = 0;
  std::uint32_t op_idx = 0;         // index of the node in the model graph
  std::uint32_t enable_mask = 0;    // blocks that the record starts: OPERATION_ENABLE bits
  std::uint32_t int_mask = 0;       // 0x300 when the DPU finishes, 0xc00 when the PPU does
  std::uint32_t int_clear = 0;      // 0x1ffff
  std::uint32_t int_status = 0;     // 0 before, interrupt bits after a run
  std::uint32_t regcfg_amount = 0;  // body words, without the four tail words
  std::uint32_t regcfg_offset = 0;  // unused by the hardware in PC mode
  std::uint64_t regcmd_addr = 0;    // device address of the first word; byte offset in a model file

  friend bool operator==(const Task&, const Task&) = default;
};

inline constexpr std::size_t task_bytes = 40;
inline constexpr std::size_t tail_words = 4;
inline constexpr std::uint64_t record_alignment = 64;

static_assert(sizeof(Task) == task_bytes);

// Reads an entry from bytes of any alignment. `bytes` must hold at least task_bytes.
[[nodiscard]] inline Task load_task(std::span<const std::byte> bytes) {
  Task task;
  std::memcpy(&task, bytes.data(), task_bytes);
  return task;
}

// The strict test, all conditions but the last one (that the record lies inside a known buffer),
// which needs the buffers. op_idx is not tested: any value is a node index. Source: 0 false tasks
// in 75 + 35..77 candidates that looser tests accept inside command streams and weights.
[[nodiscard]] constexpr bool is_vendor_task(const Task& task) {
  return task.flags == 0 && task.int_clear == 0x1ffff &&
         (task.int_mask == 0x300 || task.int_mask == 0xc00) && task.regcfg_amount > 0 &&
         task.regcfg_amount < 0x1000 && task.regcmd_addr % record_alignment == 0;
}

// For hand-written clients, and only on a buffer that a submit names as its task object.
[[nodiscard]] constexpr bool is_foreign_task(const Task& task) {
  const std::uint32_t m = task.int_mask;
  const bool known_interrupt =
      m == 0x3 || m == 0xc || m == 0x30 || m == 0xc0 || m == 0x300 || m == 0xc00;
  return known_interrupt && task.regcfg_amount > 0 && task.regcfg_amount < 0x10000 &&
         task.regcmd_addr % 16 == 0;
}

// Bytes from the first word of this record to the next 64-byte boundary behind its tail.
[[nodiscard]] constexpr std::uint64_t record_stride(std::uint64_t amount) {
  return (8 * (amount + tail_words) + record_alignment - 1) & ~(record_alignment - 1);
}

// The value of REGISTER_AMOUNTS[15:0] that a link to a record of `amount` body words carries: the
// fetch unit counts 128-bit beats, minus one. Source: 177 of 177 links in captures, 22,641 of
// 22,641 in model files.
[[nodiscard]] constexpr std::uint32_t link_amount(std::uint32_t amount) {
  return (amount + static_cast<std::uint32_t>(tail_words) + 1) / 2 - 1;
}

}  // namespace npuscope
