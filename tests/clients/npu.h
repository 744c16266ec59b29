// A small client library for the NPU, as its users write them: no part of npuscope is used.
//
//   struct npu npu = npu_open("rknpu");
//   struct buffer b = npu_buffer(&npu, 4096);     // b.data, b.address
//   npu_run(&npu, &job);                           // 0, or -errno
//
// Both kernel drivers: "rknpu" and "rocket".
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { most_buffers = 8, most_tasks = 16 };

struct buffer {
  uint32_t handle;
  uint64_t size, address, object;
  void* data;
};

struct npu {
  int fd, rocket;
};

// Register words of one task; words are in `commands` from `first` on.
struct task {
  size_t first, count;  // without the four words at the end
  uint32_t enable, interrupt;
};

struct job {
  unsigned cores;           // 0 is 1
  size_t first_of_core[3];  // in `tasks`; npu_next_core() sets it
  struct buffer *commands, *table;
  const struct buffer* reads[most_buffers];
  const struct buffer* writes[most_buffers];
  size_t read_count, write_count;
  struct task tasks[most_tasks];
  size_t task_count;
};

struct npu npu_open(const char* driver);  // fd < 0: errno says why
void npu_close(struct npu* npu);
struct buffer npu_buffer(const struct npu* npu, uint64_t size);  // data NULL: errno says why
void npu_free(const struct npu* npu, struct buffer* buffer);
// Adds the words of a task to the commands of a job; 64-byte alignment, four words at the end.
void npu_add_task(struct job* job, const uint64_t* words, size_t count, uint32_t enable,
                  uint32_t interrupt);
// What is added from here on runs on the next core; rknpu only.
void npu_next_core(struct job* job);
// rknpu only: what npu_run() consists of. Flags of a sync are 1 to the device, 2 from it. A range
// is the first entry of the table and the number of them. All give 0, or -errno.
int npu_sync(const struct npu* npu, const struct buffer* buffer, uint32_t flags);
int npu_submit(const struct npu* npu, const struct buffer* table, uint32_t task_number,
               uint32_t core_mask, uint32_t ranges[5][2]);
// One entry of a table.
void npu_set_task(const struct buffer* table, size_t index, const struct task* task,
                  uint64_t command_address);
int npu_run(const struct npu* npu, struct job* job);
