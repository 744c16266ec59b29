// The ioctl interface of the vendor's kernel driver `rknpu`, our own declaration of it.
//
//   rknpu::MemCreate create{.flags = rknpu::non_contiguous | rknpu::cacheable, .size = 65536};
//   ioctl(fd, ioctl_word('d', rknpu::first_number + rknpu::mem_create, sizeof create), &create);
//
// Layouts and numbers: header rknpu_ioctl.h of driver 0.9.8, checked against call traces of real
// boards. The kernel dispatches on the number alone: a shorter structure is extended by zeros, a
// longer one cut, so that the 32 and 40 byte forms of MemCreate in circulation work too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace npuscope::uabi {

// _IOWR(type, number, size) as every Linux architecture but a few old ones encodes it.
[[nodiscard]] constexpr std::uint32_t ioctl_word(char type, std::uint32_t number, std::size_t size,
                                                 std::uint32_t direction = 3) {
  return direction << 30 | static_cast<std::uint32_t>(size) << 16 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(type)) << 8 | number;
}
[[nodiscard]] constexpr std::uint32_t ioctl_number(std::uint32_t word) {
  return word & 0xffU;
}
[[nodiscard]] constexpr char ioctl_type(std::uint32_t word) {
  return static_cast<char>(word >> 8 & 0xffU);
}
[[nodiscard]] constexpr std::uint32_t ioctl_size(std::uint32_t word) {
  return word >> 16 & 0x3fffU;
}

namespace rknpu {

inline constexpr std::uint32_t first_number = 0x40;  // of driver ioctls on a DRM node
enum Number : std::uint32_t { action, submit, mem_create, mem_map, mem_destroy, mem_sync };

enum MemFlag : std::uint32_t {
  non_contiguous = 0x1,
  cacheable = 0x2,
  write_combine = 0x4,
  kernel_mapping = 0x8,  // the driver reads task entries through it
  iommu_limit_iova_alignment = 0x400,
};
enum SyncFlag : std::uint32_t { to_device = 1, from_device = 2 };
enum JobFlag : std::uint32_t {
  job_pc = 1,
  job_nonblock = 2,
  job_pingpong = 4,
  job_fence_in = 8,
  job_fence_out = 16,
};
enum ActionId : std::uint32_t {
  get_hw_version,
  get_drv_version,
  get_freq,
  set_freq,
  get_volt,
  set_volt,
  act_reset,
  get_bw_priority,  // 7 to 12: bandwidth, which this chip has no block for
  set_bw_tw = 12,
  act_clr_total_rw_amount,  // 13 to 17: amounts, which answer without touching the value
  get_total_rw_amount = 17,
  get_iommu_en,
  set_proc_nice,
  power_on,
  power_off,
  get_total_sram_size,
  get_free_sram_size,
  get_iommu_domain_id,
  set_iommu_domain_id,
};

struct Action {
  std::uint32_t flags = 0;  // an ActionId
  std::uint32_t value = 0;
};

struct MemCreate {
  std::uint32_t handle = 0;
  std::uint32_t flags = 0;
  std::uint64_t size = 0;
  std::uint64_t obj_addr = 0;  // a kernel pointer, opaque to us
  std::uint64_t dma_addr = 0;
  std::uint64_t sram_size = 0;
  std::int32_t iommu_domain_id = 0;
  std::uint32_t core_mask = 0;
};

struct MemMap {
  std::uint32_t handle = 0;
  std::uint32_t reserved = 0;
  std::uint64_t offset = 0;
};

struct MemDestroy {
  std::uint32_t handle = 0;
  std::uint32_t reserved = 0;
  std::uint64_t obj_addr = 0;
};

struct MemSync {
  std::uint32_t flags = 0;
  std::uint32_t reserved = 0;
  std::uint64_t obj_addr = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct SubcoreTask {
  std::uint32_t task_start = 0;
  std::uint32_t task_number = 0;
};

struct Submit {
  std::uint32_t flags = 0;
  std::uint32_t timeout = 0;  // milliseconds
  std::uint32_t task_start = 0;
  std::uint32_t task_number = 0;
  std::uint32_t task_counter = 0;
  std::int32_t priority = 0;
  std::uint64_t task_obj_addr = 0;
  std::uint32_t iommu_domain_id = 0;
  std::uint32_t reserved = 0;
  std::uint64_t task_base_addr = 0;
  std::int64_t hw_elapse_time = 0;  // nanoseconds
  std::uint32_t core_mask = 0;
  std::int32_t fence_fd = 0;
  SubcoreTask subcore_task[5];
};

static_assert(sizeof(Action) == 8 && offsetof(Action, value) == 4);
static_assert(sizeof(MemCreate) == 48 && offsetof(MemCreate, size) == 8 &&
              offsetof(MemCreate, obj_addr) == 16 && offsetof(MemCreate, dma_addr) == 24 &&
              offsetof(MemCreate, sram_size) == 32 && offsetof(MemCreate, iommu_domain_id) == 40 &&
              offsetof(MemCreate, core_mask) == 44);
static_assert(sizeof(MemMap) == 16 && offsetof(MemMap, offset) == 8);
static_assert(sizeof(MemDestroy) == 16 && offsetof(MemDestroy, obj_addr) == 8);
static_assert(sizeof(MemSync) == 32 && offsetof(MemSync, obj_addr) == 8 &&
              offsetof(MemSync, offset) == 16 && offsetof(MemSync, size) == 24);
static_assert(sizeof(SubcoreTask) == 8);
static_assert(sizeof(Submit) == 104 && offsetof(Submit, timeout) == 4 &&
              offsetof(Submit, task_start) == 8 && offsetof(Submit, task_number) == 12 &&
              offsetof(Submit, task_counter) == 16 && offsetof(Submit, priority) == 20 &&
              offsetof(Submit, task_obj_addr) == 24 && offsetof(Submit, iommu_domain_id) == 32 &&
              offsetof(Submit, task_base_addr) == 40 && offsetof(Submit, hw_elapse_time) == 48 &&
              offsetof(Submit, core_mask) == 56 && offsetof(Submit, fence_fd) == 60 &&
              offsetof(Submit, subcore_task) == 64);
static_assert(ioctl_word('d', first_number + action, sizeof(Action)) == 0xC0086440);
static_assert(ioctl_word('d', first_number + submit, sizeof(Submit)) == 0xC0686441);
static_assert(ioctl_word('d', first_number + mem_create, sizeof(MemCreate)) == 0xC0306442);
static_assert(ioctl_word('d', first_number + mem_map, sizeof(MemMap)) == 0xC0106443);
static_assert(ioctl_word('d', first_number + mem_destroy, sizeof(MemDestroy)) == 0xC0106444);
static_assert(ioctl_word('d', first_number + mem_sync, sizeof(MemSync)) == 0xC0206445);

}  // namespace rknpu
}  // namespace npuscope::uabi
