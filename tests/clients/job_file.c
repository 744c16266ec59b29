#include "job_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_file_buffers = 64, table_bytes = 40 * 4096 };

struct file_job {
  struct npu npu;
  struct buffer buffers[most_file_buffers], table;
  size_t buffer_count, task_count;
};

// The words of the program are at their final places: the table is told each by its address.
static int read_line(struct file_job* job, const char* line, FILE* content) {
  uint64_t n[11];
  uint32_t ranges[5][2];
  if (sscanf(line, "buffer %" SCNu64 " %" SCNu64, n, n + 1) == 2) {
    struct buffer b = npu_buffer(&job->npu, n[0]);
    if (b.data == NULL || job->buffer_count == most_file_buffers) return -ENOMEM;
    job->buffers[job->buffer_count++] = b;
    return fread(b.data, 1, n[1], content) == n[1] ? 0 : -EIO;
  }
  if (sscanf(line, "address %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, n, n + 1, n + 2,
             n + 3) == 4) {
    uint64_t* word = (uint64_t*)((char*)job->buffers[n[0]].data + n[1]);
    const uint64_t value = job->buffers[n[2]].address + n[3];
    *word = (*word & ~(UINT64_C(0xffffffff) << 16)) | value << 16;
    return 0;
  }
  if (sscanf(line, "task %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, n, n + 1, n + 2,
             n + 3, n + 4) == 5) {
    const struct task task = {n[1] / 8, n[2], (uint32_t)n[3], (uint32_t)n[4]};
    npu_set_task(&job->table, job->task_count++, &task, job->buffers[n[0]].address);
    return 0;
  }
  if (sscanf(line,
             "submit %" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32
             " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32,
             n, ranges[0], ranges[0] + 1, ranges[1], ranges[1] + 1, ranges[2], ranges[2] + 1,
             ranges[3], ranges[3] + 1, ranges[4], ranges[4] + 1) == 11) {
    int error = npu_sync(&job->npu, &job->table, 1);
    for (size_t i = 0; i < job->buffer_count && error == 0; ++i)
      error = npu_sync(&job->npu, &job->buffers[i], 3);
    if (error != 0) return error;
    return npu_submit(&job->npu, &job->table, (uint32_t)job->task_count, (uint32_t)n[0], ranges);
  }
  if (sscanf(line, "output %" SCNu64, n) == 1) {
    const struct buffer* b = &job->buffers[n[0]];
    return fwrite(b->data, 1, b->size, stdout) == b->size ? 0 : -EIO;
  }
  return -EINVAL;
}

int run_job_file(const char* driver, const char* path, const char* content_path) {
  static struct file_job job;
  FILE *lines = fopen(path, "r"), *content = fopen(content_path, "rb");
  job.npu = npu_open(driver);
  if (lines == NULL || content == NULL || job.npu.fd < 0) return perror("open"), 2;
  job.table = npu_buffer(&job.npu, table_bytes);
  char line[256];
  while (fgets(line, sizeof line, lines) != NULL) {
    const int error = read_line(&job, line, content);
    if (error == 0) continue;
    fprintf(stderr, "%s: %s\n", strerror(-error), line);
    return 2;
  }
  return fclose(lines), fclose(content), 0;
}
