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
int npu_run(const struct npu* npu, struct job* job);
