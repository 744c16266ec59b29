// The ioctl interface of the mainline kernel driver `rocket`, our own declaration of it.
//
//   rocket::CreateBo create{.size = 65536};
//   ioctl(fd, ioctl_word('d', rocket::first_number + rocket::create_bo, sizeof create), &create);
//
// Source: drivers/accel/rocket of Linux 6.18, and clients that run on it.
#pragma once

#include "replay/device/uabi/rknpu.h"

namespace npuscope::uabi::rocket {

inline constexpr std::uint32_t first_number = 0x40;
enum Number : std::uint32_t { create_bo, submit, prep_bo, fini_bo };

struct CreateBo {
  std::uint32_t size = 0;
  std::uint32_t handle = 0;
  std::uint64_t dma_address = 0;
  std::uint64_t offset = 0;  // for mmap
};

struct PrepBo {
  std::uint32_t handle = 0;
  std::uint32_t reserved = 0;
  std::int64_t timeout_ns = 0;  // of CLOCK_MONOTONIC, absolute
};

struct FiniBo {
  std::uint32_t handle = 0;
  std::uint32_t reserved = 0;
};

struct Task {
  std::uint32_t regcmd = 0;        // device address
  std::uint32_t regcmd_count = 0;  // words
};

struct Job {
  std::uint64_t tasks = 0;  // pointers of the client
  std::uint64_t in_bo_handles = 0;
  std::uint64_t out_bo_handles = 0;
  std::uint32_t task_count = 0;
  std::uint32_t task_struct_size = 0;
  std::uint32_t in_bo_handle_count = 0;
  std::uint32_t out_bo_handle_count = 0;
};

struct Submit {
  std::uint64_t jobs = 0;  // a pointer of the client
  std::uint32_t job_count = 0;
  std::uint32_t job_struct_size = 0;
  std::uint64_t reserved = 0;
};

static_assert(sizeof(CreateBo) == 24 && offsetof(CreateBo, handle) == 4 &&
              offsetof(CreateBo, dma_address) == 8 && offsetof(CreateBo, offset) == 16);
static_assert(sizeof(PrepBo) == 16 && offsetof(PrepBo, timeout_ns) == 8);
static_assert(sizeof(FiniBo) == 8 && sizeof(Task) == 8);
static_assert(sizeof(Job) == 40 && offsetof(Job, in_bo_handles) == 8 &&
              offsetof(Job, out_bo_handles) == 16 && offsetof(Job, task_count) == 24 &&
              offsetof(Job, task_struct_size) == 28 && offsetof(Job, in_bo_handle_count) == 32 &&
              offsetof(Job, out_bo_handle_count) == 36);
static_assert(sizeof(Submit) == 24 && offsetof(Submit, job_count) == 8 &&
              offsetof(Submit, job_struct_size) == 12 && offsetof(Submit, reserved) == 16);
static_assert(ioctl_word('d', first_number + create_bo, sizeof(CreateBo)) == 0xC0186440);
static_assert(ioctl_word('d', first_number + submit, sizeof(Submit), 1) == 0x40186441);
static_assert(ioctl_word('d', first_number + prep_bo, sizeof(PrepBo), 1) == 0x40106442);
static_assert(ioctl_word('d', first_number + fini_bo, sizeof(FiniBo), 1) == 0x40086443);

}  // namespace npuscope::uabi::rocket
