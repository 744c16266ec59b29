#include "npu.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct mem_create {
  uint32_t handle, flags;
  uint64_t size, obj_addr, dma_addr, sram_size;
  int32_t domain;
  uint32_t core_mask;
};
struct mem_map {
  uint32_t handle, reserved;
  uint64_t offset;
};
struct mem_destroy {
  uint32_t handle, reserved;
  uint64_t obj_addr;
};
struct mem_sync {
  uint32_t flags, reserved;
  uint64_t obj_addr, offset, size;
};
struct rknpu_submit {
  uint32_t flags, timeout, task_start, task_number, task_counter;
  int32_t priority;
  uint64_t task_obj_addr;
  uint32_t domain, reserved;
  uint64_t task_base_addr;
  int64_t elapsed;
  uint32_t core_mask;
  int32_t fence_fd;
  uint32_t subcore[5][2];
};
struct __attribute__((packed)) rknpu_task {
  uint32_t flags, op_idx, enable_mask, int_mask, int_clear, int_status, amount, offset;
  uint64_t address;
};
struct rocket_create {
  uint32_t size, handle;
  uint64_t dma_address, offset;
};
struct rocket_prep {
  uint32_t handle, reserved;
  int64_t timeout_ns;
};
struct rocket_fini {
  uint32_t handle, reserved;
};
struct rocket_task {
  uint32_t regcmd, regcmd_count;
};
struct rocket_job {
  uint64_t tasks, in_handles, out_handles;
  uint32_t task_count, task_struct_size, in_count, out_count;
};
struct rocket_submit {
  uint64_t jobs;
  uint32_t job_count, job_struct_size;
  uint64_t reserved;
};
struct gem_close {
  uint32_t handle, pad;
};

struct npu npu_open(const char* driver) {
  struct npu npu = {-1, strcmp(driver, "rocket") == 0};
  npu.fd = open(npu.rocket ? "/dev/accel/accel0" : "/dev/dri/card1", O_RDWR | O_CLOEXEC);
  return npu;
}

void npu_close(struct npu* npu) {
  close(npu->fd);
}

struct buffer npu_buffer(const struct npu* npu, uint64_t size) {
  struct buffer b;
  memset(&b, 0, sizeof b);
  uint64_t offset = 0;
  if (npu->rocket) {
    struct rocket_create c = {(uint32_t)size, 0, 0, 0};
    if (ioctl(npu->fd, _IOWR('d', 0x40, struct rocket_create), &c) != 0) return b;
    b.handle = c.handle, b.size = size, b.address = c.dma_address, offset = c.offset;
  } else {
    struct mem_create c = {0, 0x40b, size, 0, 0, 0, 0, 0};
    if (ioctl(npu->fd, _IOWR('d', 0x42, struct mem_create), &c) != 0) return b;
    b.handle = c.handle, b.size = c.size, b.address = c.dma_addr, b.object = c.obj_addr;
    struct mem_map m = {c.handle, 0, 0};
    if (ioctl(npu->fd, _IOWR('d', 0x43, struct mem_map), &m) != 0) return b;
    offset = m.offset;
  }
  void* at = mmap(NULL, b.size, PROT_READ | PROT_WRITE, MAP_SHARED, npu->fd, (off_t)offset);
  b.data = at == MAP_FAILED ? NULL : at;
  return b;
}

void npu_free(const struct npu* npu, struct buffer* b) {
  munmap(b->data, b->size);
  if (npu->rocket) {
    struct gem_close c = {b->handle, 0};
    ioctl(npu->fd, _IOW('d', 0x09, struct gem_close), &c);
  } else {
    struct mem_destroy d = {b->handle, 0, 0};
    ioctl(npu->fd, _IOWR('d', 0x44, struct mem_destroy), &d);
  }
}

void npu_next_core(struct job* job) {
  if (job->cores == 0) job->cores = 1;
  job->first_of_core[job->cores++] = job->task_count;
}

static size_t tasks_of_core(const struct job* job, unsigned core) {
  const size_t end = core + 1 < job->cores ? job->first_of_core[core + 1] : job->task_count;
  return end - job->first_of_core[core];
}

void npu_add_task(struct job* job, const uint64_t* words, size_t count, uint32_t enable,
                  uint32_t interrupt) {
  uint64_t* to = job->commands->data;
  size_t first = 0;
  if (job->task_count > 0) {
    const struct task* last = &job->tasks[job->task_count - 1];
    first = (last->first + last->count + 4 + 7) / 8 * 8;
    if (job->cores == 0 || job->first_of_core[job->cores - 1] != job->task_count) {
      to[last->first + last->count] =
          UINT64_C(0x0101) << 48 | (job->commands->address + first * 8) << 16 | 0x10;
      to[last->first + last->count + 1] =
          UINT64_C(0x0101) << 48 | (uint64_t)((count + 4 + 1) / 2 - 1) << 16 | 0x14;
    }
  }
  memcpy(to + first, words, count * 8);
  to[first + count] = 0;
  to[first + count + 1] = UINT64_C(0x0101) << 48 | 0x14;
  to[first + count + 2] = UINT64_C(0x0041) << 48;
  to[first + count + 3] = UINT64_C(0x0081) << 48 | (uint64_t)enable << 16 | 0x08;
  job->tasks[job->task_count++] = (struct task){first, count, enable, interrupt};
}

int npu_sync(const struct npu* npu, const struct buffer* b, uint32_t flags) {
  struct mem_sync s = {flags, 0, b->object, 0, b->size};
  return ioctl(npu->fd, _IOWR('d', 0x45, struct mem_sync), &s) == 0 ? 0 : -errno;
}

int npu_submit(const struct npu* npu, const struct buffer* table, uint32_t task_number,
               uint32_t core_mask, uint32_t ranges[5][2]) {
  struct rknpu_submit s;
  memset(&s, 0, sizeof s);
  s.flags = 5, s.timeout = 6000, s.task_number = task_number;
  s.task_obj_addr = table->object, s.core_mask = core_mask, s.fence_fd = -1;
  memcpy(s.subcore, ranges, sizeof s.subcore);
  if (ioctl(npu->fd, _IOWR('d', 0x41, struct rknpu_submit), &s) != 0) return -errno;
  return s.task_counter == task_number && s.elapsed > 0 ? 0 : -EPROTO;
}

void npu_set_task(const struct buffer* table, size_t index, const struct task* task,
                  uint64_t command_address) {
  struct rknpu_task entry = {0, (uint32_t)index, task->enable, task->interrupt, 0x1ffff, 0, 0, 0,
                             0};
  entry.amount = (uint32_t)task->count;
  entry.address = command_address + task->first * 8;
  memcpy((char*)table->data + index * sizeof entry, &entry, sizeof entry);
}

static int run_rknpu(const struct npu* npu, struct job* job) {
  for (size_t i = 0; i < job->task_count; ++i)
    npu_set_task(job->table, i, &job->tasks[i], job->commands->address);
  int error = npu_sync(npu, job->table, 1);
  if (error == 0) error = npu_sync(npu, job->commands, 1);
  for (size_t i = 0; i < job->read_count && error == 0; ++i)
    error = npu_sync(npu, job->reads[i], 1);
  if (error != 0) return error;
  const unsigned cores = job->cores == 0 ? 1 : job->cores;
  uint32_t ranges[5][2] = {{0, 0}};
  for (unsigned core = 0; core < cores; ++core) {
    uint32_t* range = ranges[core + (cores == 3 ? 2 : 0)];
    range[0] = (uint32_t)job->first_of_core[core];
    range[1] = (uint32_t)tasks_of_core(job, core);
  }
  error = npu_submit(npu, job->table, (uint32_t)job->task_count, (1U << cores) - 1, ranges);
  for (size_t i = 0; i < job->write_count && error == 0; ++i)
    error = npu_sync(npu, job->writes[i], 2);
  return error;
}

static int run_rocket(const struct npu* npu, struct job* job) {
  uint32_t in[most_buffers + 1], out[most_buffers];
  in[0] = job->commands->handle;
  for (size_t i = 0; i < job->read_count; ++i) in[i + 1] = job->reads[i]->handle;
  for (size_t i = 0; i < job->write_count; ++i) out[i] = job->writes[i]->handle;
  for (size_t i = 0; i <= job->read_count; ++i) {
    struct rocket_fini f = {in[i], 0};
    if (ioctl(npu->fd, _IOW('d', 0x43, struct rocket_fini), &f) != 0) return -errno;
  }
  struct rocket_task tasks[most_tasks];
  for (size_t i = 0; i < job->task_count; ++i)
    tasks[i] = (struct rocket_task){(uint32_t)(job->commands->address + job->tasks[i].first * 8),
                                    (uint32_t)job->tasks[i].count + 4};
  struct rocket_job j = {(uintptr_t)tasks,          (uintptr_t)in,   (uintptr_t)out,
                         (uint32_t)job->task_count, sizeof tasks[0], (uint32_t)job->read_count + 1,
                         (uint32_t)job->write_count};
  struct rocket_submit s = {(uintptr_t)&j, 1, sizeof j, 0};
  if (ioctl(npu->fd, _IOW('d', 0x41, struct rocket_submit), &s) != 0) return -errno;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  for (size_t i = 0; i < job->write_count; ++i) {
    struct rocket_prep p = {out[i], 0, (int64_t)now.tv_sec * 1000000000 + 5000000000};
    if (ioctl(npu->fd, _IOW('d', 0x42, struct rocket_prep), &p) != 0) return -errno;
  }
  return 0;
}

int npu_run(const struct npu* npu, struct job* job) {
  return npu->rocket ? run_rocket(npu, job) : run_rknpu(npu, job);
}
